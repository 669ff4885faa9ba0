"""An original is asked for, agreed to, handed out, reminded of for a month, and comes back without a page: the borrower,
the manager and the archivist each in their own browser, on one service whose days the test lets pass."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from archive_service import loans
from archive_service.app import create_app
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.clock import business_day
from archive_service.settings import Settings
from tests.browser.test_story import DESK, PASSWORD, PHONE, PICTURES
from tests.loans.counter import Counter
from tests.support.browser import served, watch
from tests.support.clock import MovableClock
from tests.support.house import House

NAMES = {
    "front_desk": "林晓雨",
    "sc_manager": "王建国",
    "archive_head": "顾文清",
    "company_leader": "周明远",
    "archivist": "陈思远",
}


class Sitting:
    """Somebody with a browser of their own, who signs in anew each day."""

    def __init__(self, browser: Browser, url: str, name: str) -> None:
        self.url, self.name = url, name
        self.page: Page = browser.new_context(
            base_url=url, viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN"
        ).new_page()
        self.complaints = watch(self.page)

    def comes(self) -> Page:
        """In the morning; the session of yesterday is over."""
        self.page.context.clear_cookies()
        self.page.goto("/sign-in")
        self.page.fill("input[name=name]", self.name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button.btn-primary")
        self.page.wait_for_url(f"{self.url}/")
        return self.page

    def presses(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).first.click()
        self.page.wait_for_load_state()

    def shows(self, name: str) -> None:
        """Pictures to look at, at a desk and on a telephone, where nothing may be wider than the screen."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for size, place in ((PHONE, "phone"), (DESK, "desk")):
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            # Charts fit themselves into a new width a moment later.
            self.page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth + 1")
            self.page.screenshot(path=PICTURES / f"lending-{name}-{place}.png", full_page=True)


@pytest.fixture
def lent(sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Archive]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "archive.sqlite3").write_bytes(sqlite_template.read_bytes())
    opened = open_archive(Settings(data_dir=data, two_factor="offered"), clock)
    yield opened
    opened.close()


def unread(page: Page) -> int:
    said = page.locator("a[href='/notices']").first.get_attribute("aria-label") or ""
    return int("".join(filter(str.isdigit, said)) or 0)


def test_a_loan_from_the_request_to_the_remedy_in_three_browsers(
    browser: Browser, lent: Archive, clock: MovableClock
) -> None:
    house = House(lent, clock)
    counter = Counter(house)
    for role, name in NAMES.items():
        house.person(name, role, password=PASSWORD)
    paper = counter.paper(pages=5)
    number = house.document(paper).archival_no
    assert number is not None
    with served(create_app(lent)) as url:
        lin, wang, gu, zhou, chen = (Sitting(browser, url, name) for name in NAMES.values())

        # From the page of the paper to the form; a look first at who is asked and until when.
        page = lin.comes()
        page.goto(f"/documents/{paper}")
        page.locator("a[href^='/loans/new']").first.click()
        expect(page.locator("textarea[name=items]")).to_have_value(number)
        page.select_option("select[name=use]", "take_out")
        page.fill("input[name=days]", "3")
        page.fill("input[name=purpose_text]", "现场核对会议决定")
        lin.presses("先看看由谁审批、何时应还")
        expect(page.locator("#look")).to_contain_text("公司领导")
        lin.shows("asking")
        page.check("input[name=undertaking]")
        lin.presses("提交申请")
        expect(page.locator("main")).to_contain_text("待部门审批")
        address = page.url.removeprefix(url)

        # Three levels, each told by the bell, each in two clicks from the start page.
        for one in (wang, gu, zhou):
            page = one.comes()
            assert unread(page) == 1
            if one is wang:
                wang.shows("home-of-manager")
            page.locator("a.waits[href='/approvals']").click()
            if one is wang:
                wang.shows("deciding")
            one.presses("批准")
            expect(page.locator("main")).to_contain_text("没有待您审批的申请")

        # Counted out.
        page = chen.comes()
        page.goto("/loans")
        page.locator(f"a[href='{address}']").click()
        chen.shows("slip-to-issue")
        chen.presses("借出")
        expect(page.locator("main")).to_contain_text("借出：5 页")
        due = due_day(lent, counter, address)
        printed = sheet(page, f"{address}/print")
        assert all(name in printed for name in (*list(NAMES.values())[:4], "文件借阅申请表"))

        a_month_passes(counter, due, address, lin, wang, zhou, chen)

        # It comes back one page short.
        page = chen.comes()
        page.goto(address)
        chen.shows("slip-suspected")
        expect(page.locator("main")).to_contain_text("催还记录 7")
        chen.presses("收回")
        page.locator("select[name^=outcome-]").select_option("incomplete")
        page.locator("form[action$='/check'] input[name^=pages-]").fill("4")
        page.locator("form[action$='/check'] input[name^=note-]").fill("缺第3页")
        chen.shows("slip-to-check")
        chen.presses("查验")
        page.fill("textarea[name=text]", "在现场翻看时遗失一页，愿意承担责任")
        chen.shows("slip-remedy")
        chen.presses("保存")
        statement = sheet(lin.comes(), "/loans/statement")
        assert page.locator("h1").inner_text().strip() in statement and "缺页" in statement
        page.select_option("select[name=how]", "master")
        page.fill("textarea[name=text]", "由本系统电子原件第3页打印")
        chen.presses("保存")
        page.fill("input[name=amount]", "20")
        page.fill("textarea[name=text]", "按规定收取补制工本费")
        chen.presses("保存")
        page.fill("textarea[name=text]", "第3页为补制件，原页遗失")
        chen.presses("保存")
        expect(page.locator("main")).to_contain_text("补救")
        chen.shows("slip-closed")

        # What it leaves behind: the register, and the slip of the borrower.
        slip = counter_row(lent, counter, address)
        assert slip.state is loans.LoanState.CLOSED_WITH_REMEDY
        today = business_day(clock.now())
        register = sheet(page, f"/loans/register?first=2026-03-01&last={today}")
        assert slip.number in register and "林晓雨" in register
        page = lin.comes()
        page.goto("/loans/mine")
        expect(page.locator("main")).to_contain_text(slip.number)
        lin.shows("mine")
        for one in (lin, wang, gu, zhou, chen):
            assert one.complaints == [], one.name
            one.page.context.close()


def a_month_passes(
    counter: Counter, due: date, address: str, lin: Sitting, wang: Sitting, zhou: Sitting, chen: Sitting
) -> None:
    """Each morning the round; the borrower, the manager and the leader are told on their days, and on no others."""
    clock, archive = counter.house.clock, counter.house.archive
    reminded: list[int] = []
    for _ in range(31):
        clock.passes(days=1)
        late = (business_day(clock.now()) - due).days
        done = loans.daily_round(archive)
        again = loans.daily_round(archive)
        assert (again["reminded"], again["suspected"]) == (0, 0)
        reminded += [late] * done["reminded"]
        assert done["suspected"] == (late == 15)
        if late == 3:
            page = wang.comes()
            page.goto("/notices?show=unread")
            expect(page.locator("main")).to_contain_text("逾期 3 天")
            page = chen.comes()
            page.goto("/loans?show=overdue")
            chen.shows("overdue")
            page.locator(f"a[href='{address}']").click()
            chen.presses("催还")
            expect(page.locator("main form[action$='/chase']")).to_have_count(0)
        if late == 7:
            page = zhou.comes()
            page.goto("/notices?show=unread")
            expect(page.locator("main")).to_contain_text("逾期 7 天")
        if late == 15:
            page = chen.comes()
            page.goto("/notices?show=unread")
            expect(page.locator("main")).to_contain_text("遗失")
    assert reminded == [-1, 0, 1, 3, 7, 15]
    page = lin.comes()
    assert unread(page) == 8  # approved, six times reminded, once chased
    page.goto("/notices")
    lin.shows("notices")


def sheet(page: Page, path: str) -> str:
    """The text of a form as the browser prints it."""
    page.goto(path)
    document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    text = "".join(one.get_textpage().get_text_range() for one in document)
    document.close()
    return "".join(text.split())


def counter_row(archive: Archive, counter: Counter, address: str) -> loans.LoanRow:
    with archive.reading() as session:
        return loans.loan(session, counter.chen, int(address.rpartition("/")[2]))


def due_day(archive: Archive, counter: Counter, address: str) -> date:
    due = counter_row(archive, counter, address).due_on
    assert due is not None
    return due
