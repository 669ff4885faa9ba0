"""The lending desk: person, items, done; whatever else is scanned is refused in words, and nothing on the desk is lost."""

import re

import pytest

from archive_service.kernel.actor import Actor
from archive_service.loans import LoanRow, LoanState, UseMode
from archive_service.loans.service.scans import Meaning, Scan
from archive_service.locations import person_code
from tests.loans.counter import Counter
from tests.support.house import House
from tests.support.pages import Desk, text_of


@pytest.mark.parametrize(
    ("line", "meaning", "text", "number"),
    [
        ("", Meaning.DONE, "", 0),
        (" done ", Meaning.DONE, "", 0),
        ("完成", Meaning.DONE, "", 0),
        ("jy-2026-0001", Meaning.SLIP, "JY-2026-0001", 0),
        ("JY－2026－0001", Meaning.SLIP, "JY-2026-0001", 0),
        (person_code(7), Meaning.PERSON, person_code(7), 7),
        ("12", Meaning.PAGES, "", 12),
        ("12 缺第3页", Meaning.PAGES, "缺第3页", 12),
        ("x3", Meaning.COPIES, "", 3),
        ("×3", Meaning.COPIES, "", 3),
        ("x0", Meaning.STRANGE, "", 0),
        ("WY01-WS.02.2026-D10-KF-0018", Meaning.ITEM, "WY01-WS·02·2026-D10-KF-0018", 0),
        ("WY01-H-ZX.01-2026-003", Meaning.BOX, "WY01-H-ZX.01-2026-003", 0),
        ("https://example.com/pay?x=1", Meaning.STRANGE, "", 0),
        ("U0000799", Meaning.STRANGE, "", 0),
        ("<script>alert(1)</script>", Meaning.STRANGE, "", 0),
        ("９" * 5000, Meaning.STRANGE, "", 0),
    ],
)
def test_what_a_line_means(line: str, meaning: Meaning, text: str, number: int) -> None:
    assert Scan.read(line) == Scan(meaning, text, number)


class Scanner:
    """Whoever stands at the desk; what lies there goes along with each line, as the form sends it."""

    def __init__(self, counter: Counter, desk: Desk, who: Actor | None = None) -> None:
        self.counter = counter
        self.page = desk.sits(who or counter.chen)
        self.html = self.page.get("/loans/desk").text

    def lies(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for tag in re.findall(r"<input[^>]*>", self.html.partition('id="desk-state"')[2]):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                found.setdefault(name[1], []).append(value[1] if value else "")
        return found

    def scans(self, line: str, status: int = 200, **changed: str) -> str:
        told = self.lies() | {"scan": [line]} | {name: [value] for name, value in changed.items()}
        answer = self.page.post("/loans/desk", data=told)
        assert answer.status_code == status, text_of(answer.text)
        self.html = answer.text
        return text_of(self.html.partition('role="status"')[2].partition('<div class="row g-3"')[0])

    def scans_paper(self, paper: object, status: int = 200) -> str:
        number = self.counter.house.document(paper).archival_no or ""  # type: ignore[arg-type]  # filed
        return self.scans(number.replace("·", "."), status)


@pytest.fixture
def scanner(counter: Counter, desk: Desk) -> Scanner:
    return Scanner(counter, desk)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def state(counter: Counter, loan: LoanRow) -> LoanState:
    return counter.row(loan).state


def test_person_items_done_goes_out_and_comes_back(counter: Counter, scanner: Scanner) -> None:
    papers = [counter.paper(pages=2), counter.paper()]
    loan = counter.approved(counter.asks(counter.lin, *papers))
    assert counter.lin.user_id is not None
    scanner.scans(person_code(counter.lin.user_id))
    assert loan.number in scanner.html and "林" in text_of(scanner.html)
    scanner.scans_paper(papers[0])
    assert "还有 1 件" in scanner.scans("", 422)  # every paper of the slip goes, or none
    assert state(counter, loan) is LoanState.APPROVED and len(scanner.lies()["item"]) == 1
    scanner.scans_paper(papers[1])
    assert "已借出" in scanner.scans("")
    assert state(counter, loan) is LoanState.ISSUED and "item" not in scanner.lies()
    scanner.scans_paper(papers[0])  # no card is needed to bring something back
    scanner.scans("2")
    assert "已收回" in scanner.scans("DONE")
    assert state(counter, loan) is LoanState.ISSUED
    scanner.scans_paper(papers[1])
    assert "清点" in scanner.scans("")  # the first one was not counted in this turn
    assert state(counter, loan) is LoanState.RETURN_PENDING_CHECK


def test_what_is_counted_at_the_desk_is_checked_at_once(counter: Counter, scanner: Scanner) -> None:
    whole, short = counter.paper(pages=3), counter.paper(pages=3)
    loans = [counter.out(counter.lin, whole), counter.out(counter.wang, short)]
    scanner.scans_paper(whole)
    scanner.scans("3")
    scanner.scans_paper(short)
    scanner.scans("2 缺第3页")
    said = scanner.scans("")
    assert loans[0].number in said and loans[1].number in said
    assert [state(counter, one) for one in loans] == [LoanState.CLOSED, LoanState.REMEDY]
    (item,) = counter.items(loans[1])
    assert item.pages_back == 2 and item.note_back == "缺第3页"


def test_copies_are_counted_and_given_away(counter: Counter, scanner: Scanner) -> None:
    paper = counter.paper(pages=2)
    loan = counter.approved(counter.asks(counter.lin, paper, use=UseMode.COPY))
    scanner.scans(loan.number)
    scanner.scans_paper(paper)
    scanner.scans("x3")
    scanner.scans("")
    assert state(counter, loan) is LoanState.CLOSED and counter.items(loan)[0].copies == 3


def test_what_does_not_fit_is_refused_in_words_and_the_desk_stays(counter: Counter, scanner: Scanner) -> None:
    mine, foreign, free = counter.paper(pages=2), counter.paper(), counter.paper()
    loan = counter.approved(counter.asks(counter.lin, mine))
    other = counter.approved(counter.asks(counter.wang, foreign))
    inside = counter.paper(file=counter.file())
    assert counter.lin.user_id is not None
    scanner.scans("12", 422)
    scanner.scans("", 422)
    scanner.scans(person_code(counter.lin.user_id))
    scanner.scans_paper(mine)
    before = scanner.lies()
    assert other.number in scanner.scans_paper(foreign, 422)
    assert "申请借阅" in scanner.scans_paper(free, 422)
    assert "申请借阅" in scanner.scans_paper(inside, 422)
    scanner.scans(person_code(99_999), 422)
    scanner.scans("JY-2020-0001", 422)
    scanner.scans("WY01-H-ZX.01-2026-003", 422)
    scanner.scans("P00001" + "00", 422)
    scanner.scans("https://example.com/?a=<script>", 422)
    assert "<script>" not in scanner.html.partition("<main")[2].partition("</main>")[0]
    scanner.scans_paper(mine)  # twice does not count twice
    lies = scanner.lies()
    assert (lies["item"], lies["person"]) == (before["item"], before["person"])
    scanner.scans("1")
    assert "2" in scanner.scans("", 422)  # counted one of two pages and said nothing of why
    assert state(counter, loan) is LoanState.APPROVED
    scanner.scans("1 原缺第2页")
    scanner.scans("")
    assert state(counter, loan) is LoanState.ISSUED


def test_a_paper_in_a_file_that_is_out_names_the_file(counter: Counter, scanner: Scanner) -> None:
    file = counter.file()
    inside = counter.paper(file=file)
    loan = counter.out(counter.lin, file)
    said = scanner.scans_paper(inside, 422)
    assert file.file_no in said and loan.number in said
    scanner.scans(file.file_no)
    scanner.scans("")
    assert state(counter, loan) is LoanState.RETURN_PENDING_CHECK


def test_what_was_done_meanwhile_or_forged_changes_nothing(counter: Counter, scanner: Scanner) -> None:
    paper, foreign = counter.paper(), counter.paper()
    loan = counter.approved(counter.asks(counter.lin, paper))
    waiting = counter.asks(counter.wang, foreign)
    scanner.scans(loan.number)
    scanner.scans_paper(paper)
    counter.hands_out(loan)
    scanner.scans("12", 200)
    (item,) = counter.items(waiting)
    forged = {"scan": "", "item": str(item.id), "person": "0", "last": "x"}
    assert scanner.page.post("/loans/desk", data=forged).status_code == 200
    assert state(counter, waiting) is LoanState.SUBMITTED
    assert scanner.page.post("/loans/desk", data={"scan": "", "strange": "1"}).status_code in (400, 422)


def test_only_who_hands_out_stands_at_the_desk_and_nobody_serves_themselves(
    counter: Counter, desk: Desk
) -> None:
    paper = counter.paper()
    loan = counter.approved(counter.asks(counter.chen, paper))
    scanner = Scanner(counter, desk)
    scanner.scans(loan.number)
    scanner.scans_paper(paper)
    scanner.scans("", 422)
    assert state(counter, loan) is LoanState.APPROVED
    assert desk.sits(counter.lin).get("/loans/desk").status_code == 403
