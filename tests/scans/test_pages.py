"""整理扫描件 at the page, over the API and by command."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from archive_service import records, scans
from archive_service.app import create_app
from archive_service.cli import main
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import Description
from archive_service.scans.cli import scans as commands
from archive_service.scans.rules.sheets import payload
from archive_service.web import set_actor_loader
from tests.scans.conftest import Counter
from tests.scans.test_looks import known, pile, receipt
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def form(house: House, parts: str, *papers: DocumentId, **more: str) -> dict[str, Any]:
    return {
        "document": [str(paper) for paper in papers],
        "version": [str(house.document(paper).version_number) for paper in papers],
        "parts": parts,
        **more,
    }


def test_a_pile_is_split_with_a_plain_form_and_brought_back(
    house: House, counter: Counter, desk: Desk, chen: Actor
) -> None:
    paper = counter.scan(chen, "一", "二", "三", title="一叠")
    page = desk.sits(chen)
    board = page.get(f"/scans/board?document={paper}").text
    assert ">1-3</textarea>" in board
    assert board.count("/thumb") == 3
    answer = page.post("/scans", data=form(house, "1-2 = 申请\r\n3", paper))
    assert answer.status_code == 303
    assert "正在生成" in page.get(answer.location).text
    assert "这份扫描件正在整理中" in page.get(f"/scans/board?document={paper}").text
    counter.works()
    shown = text_of(page.get(answer.location).text)
    assert "完成" in shown and "申请" in shown and "一叠 2/2" in shown
    old = page.get(f"/documents/{paper}").text
    assert "这份扫描件的页面已归入其他文件" in old
    assert "/description" not in old and "new-version" not in old
    assert "已拆分或合并为" in page.get(f"/documents/{paper}/scan").text
    assert str(paper) not in page.get("/inbox").text
    assert page.post(f"{answer.location}/undo").status_code == 303
    assert str(paper) in page.get("/inbox").text
    assert "不能撤销了" in text_of(page.post(f"{answer.location}/undo", follow_redirects=True).text)
    assert "已撤销" in page.get("/scans").text


def test_what_does_not_fit_stands_above_what_was_typed(
    house: House, counter: Counter, desk: Desk, chen: Actor
) -> None:
    paper = counter.scan(chen, "一", "二")
    page = desk.sits(chen)
    for parts, told in (
        ("1\n9", "没有第 9 页"),
        ("1 1\n2", "用了两次"),
        ("<script>alert(1)</script>", "看不懂"),
        ("1-2", "没有任何变化"),
    ):
        answer = page.post("/scans", data=form(house, parts, paper, reason="x"))
        assert answer.status_code == 422
        assert told in text_of(answer.text)
        assert "<script>alert" not in answer.text
    stale = form(house, "1\n2", paper) | {"version": "7"}
    assert page.post("/scans", data=stale).status_code == 409
    assert page.post("/scans", data=form(house, "1\n2", paper) | {"level": "PUBLIC"}).status_code == 400
    assert page.post("/scans", data={"document": "x", "version": "1", "parts": "1"}).status_code == 404
    assert page.get("/scans/board").status_code == 404
    assert page.get("/scans/999999999999999999999999").status_code == 404


def test_two_scans_lie_on_one_board_and_others_are_offered(
    house: House, counter: Counter, desk: Desk, chen: Actor
) -> None:
    one, other, third = (counter.scan(chen, "一", "二", title=name) for name in ("甲", "乙", "丙"))
    page = desk.sits(chen).get(f"/scans/board?document={one}&document={other}").text
    assert ">A1-2 B1-2</textarea>" in page
    offered = [a["value"] for tag, a in elements(page) if a.get("type") == "checkbox"]
    assert offered == [str(third)]


def test_a_title_that_is_markup_stays_text(house: House, counter: Counter, desk: Desk, chen: Actor) -> None:
    paper = counter.scan(chen, "<b>一</b>", "二", title='"><img src=x onerror=alert(1)>')
    page = desk.sits(chen)
    told = '1 = </textarea><svg/onload=alert(1)> | | {{7*7}}\n2 = "><img src=x onerror=alert(1)>'
    request = page.post("/scans", data=form(house, told, paper)).location
    counter.works()
    for address in (f"/scans/board?document={paper}", request, "/scans", f"/documents/{paper}/scan"):
        html = page.get(address).text
        assert not any(tag == "svg" and "onload" in attributes for tag, attributes in elements(html))
        assert not any("onerror" in attributes for _, attributes in elements(html))
        assert "49" not in text_of(html).split()


def test_what_is_proposed_takes_one_click(house: House, counter: Counter, desk: Desk, chen: Actor) -> None:
    with house.work(chen) as work:
        sheet = scans.separator_sheet(work, class_code="WS.02")
    paper = pile(house, chen, "!" + payload(sheet.token), "通知", "!" + payload(sheet.token), "又一份")
    counter.works()
    page = desk.sits(chen)
    beside = page.get(f"/documents/{paper}/scan").text
    assert "可拆成 2 件" in beside and "WS.02" in beside
    assert "分隔页" in page.get(f"/scans/board?document={paper}").text
    # From the inbox and the filing desk as well, with what comes out; and then on with the work there.
    for address, back in (("/inbox", "/inbox?show=all&page=1"), (f"/inbox/desk/{paper}", f"after={paper}")):
        offered = page.get(address).text
        assert "按 2 张分隔页拆分" in offered and "WS.02" in text_of(offered), address
        assert back in offered.replace("&amp;", "&"), address
    stale = page.post(f"/documents/{paper}/split-at-sheets", data={"version": "7", "next": "/inbox"})
    assert (stale.status_code, stale.location) == (303, "/inbox")
    assert "这份已有新版本" in text_of(page.get("/inbox").text)
    answer = page.post(f"/documents/{paper}/split-at-sheets", data={"version": "1", "next": "//elsewhere"})
    assert answer.status_code == 303
    counter.works()
    assert text_of(page.get(answer.location).text).count("WS.02") == 2
    assert page.post(f"/documents/{paper}/keep-whole").status_code == 404


def test_a_separator_sheet_prints_its_class_and_nothing_of_anybody(
    house: House, desk: Desk, chen: Actor
) -> None:
    page = desk.sits(chen)
    answer = page.post("/separators", data={"class_code": "ZX.02", "copies": "3"})
    printed = page.get(answer.location).text
    assert printed.count('class="code"') == 3
    assert "ZX.02" in text_of(printed)
    token = re.search(r"/separators/([A-Z2-7]{16})", answer.location)
    assert token is not None
    assert page.get(f"/separators/{token[1]}x").status_code == 404
    assert page.post("/separators", data={"class_code": "XX.99"}).status_code == 422
    assert page.post("/separators", data={"file_no": "WY01-没有"}).status_code == 422


def test_two_papers_that_look_alike_stand_side_by_side(
    house: House, desk: Desk, chen: Actor, lin: Actor
) -> None:
    one, other = (
        known(house, receipt(1), chen, title="收据甲", class_code="YZ.01"),
        known(house, receipt(1) + "\n补注", chen, title="收据乙", class_code="YZ.01"),
    )
    page = desk.sits(chen)
    assert "收据乙" in page.get(f"/documents/{one}/scan").text
    compared = text_of(page.get(f"/documents/{one}/look-alikes/{other}").text)
    assert "补注" in compared and "相同" in compared
    covered = desk.sits(lin)
    assert "收据乙" not in covered.get(f"/documents/{one}/scan").text
    assert covered.get(f"/documents/{one}/look-alikes/{other}").status_code == 403
    assert covered.get(f"/documents/{one}/look-alikes/{uuid.uuid4()}").status_code == 403


def test_the_part_beside_a_paper_takes_as_many_statements_however_much_there_is(
    house: House, counter: Counter, desk: Desk, chen: Actor
) -> None:
    paper = counter.scan(chen, *"一二三四五六")
    page = desk.sits(chen)
    counts = []
    for parts in ("1-5\n6", "1\n2\n3\n4\n5\n6"):
        request = int(page.post("/scans", data=form(house, parts, paper)).location.rpartition("/")[2])
        counter.works()
        with counted(house.archive.sessions.engine) as sent:
            page.get(f"/documents/{paper}/scan")
        counts.append(sent.count)
        with house.work(chen) as work:
            scans.undo(work, request)
    assert counts[0] == counts[1]


@pytest.fixture
def program(house: House, chen: Actor) -> Any:
    app = create_app(house.archive)
    set_actor_loader(app, lambda: chen)
    chen_by_api = Actor(**{name: getattr(chen, name) for name in chen.__dataclass_fields__} | {"via": "api"})
    set_actor_loader(app, lambda: chen_by_api)
    return app.test_client()


def test_programs_split_and_undo(house: House, counter: Counter, chen: Actor, program: Any) -> None:
    paper = counter.scan(chen, "一", "二")
    sent = {"sources": [{"document": str(paper), "version": 1}], "parts": [{"pages": "1"}, {"pages": "2"}]}
    first, again = (
        program.post("/api/v1/rearrangements", json=sent, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (first.status_code, first.json["state"]) == (202, "wanted")
    assert again.json["id"] == first.json["id"]
    counter.works()
    done = program.get(first.json["link"]).json
    assert (done["state"], len(done["results"])) == ("done", 2)
    assert program.post(f"{first.json['link']}/undo").json["state"] == "undone"
    assert program.post(f"{first.json['link']}/undo").status_code == 409
    assert program.post("/api/v1/rearrangements", json=sent | {"level": "PUBLIC"}).status_code in (400, 422)
    wrong = sent | {"parts": [{"pages": "1-9"}]}
    assert program.post("/api/v1/rearrangements", json=wrong).status_code == 422


def test_programs_and_the_command_split_at_separator_sheets(
    house: House, counter: Counter, chen: Actor, program: Any
) -> None:
    with house.work(chen) as work:
        code = "!" + payload(scans.separator_sheet(work, class_code="WS.02").token)
    one, other = (pile(house, chen, code, "通知", code, f"又一份{n}") for n in range(2))
    plain = counter.scan(chen, "一", "二")
    counter.works()

    def asked(paper: DocumentId, **more: object) -> Any:
        sent = {"sources": [{"document": str(paper), "version": 1}], "at_sheets": True, **more}
        return program.post("/api/v1/rearrangements", json=sent)

    assert asked(one, parts=[{"pages": "1"}]).status_code == 422
    assert asked(plain).status_code == 404
    made = asked(one)
    assert made.status_code == 202, made.text
    assert made.json["state"] == "wanted"
    call = ["split-at-sheets", str(other), "--as", "陈"]
    told = CliRunner().invoke(commands, call, obj=house.archive)
    assert told.exit_code == 0, told.output
    counter.works()
    assert len(program.get(made.json["link"]).json["results"]) == 2
    with house.archive.reading() as session:
        assert len(scans.request_unchecked(session, int(told.output)).results) == 2


def test_the_command_arranges_as_somebody(
    house: House, counter: Counter, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = counter.scan(chen, "一", "二", "三")
    for name, value in house.archive.settings.model_dump().items():
        monkeypatch.setenv(f"ARCHIVE_{name.upper()}", str(value))
    runner = CliRunner()
    made = runner.invoke(
        main, ["scans", "arrange", str(paper), "--part", "1-2 = 甲", "--part", "3", "--as", "陈"]
    )
    assert made.exit_code == 0, made.output
    house.clock.at = datetime.now(UTC) + timedelta(minutes=1)  # commands have a clock of their own
    counter.works()
    shown = json.loads(runner.invoke(main, ["scans", "show", made.output.strip(), "--json"]).output)
    assert shown["state"] == "done"
    assert house.document(DocumentId(uuid.UUID(shown["results"][0]))).title == "甲"
    refused = runner.invoke(main, ["scans", "arrange", str(paper), "--part", "1", "--as", "陈"])
    assert refused.exit_code == 1
    assert runner.invoke(main, ["scans", "undo", made.output.strip(), "--as", "陈"]).exit_code == 0
    alike = runner.invoke(main, ["scans", "look-alikes", str(paper), "--json"])
    assert (alike.exit_code, json.loads(alike.output)) == (0, [])


def test_papers_of_a_confidential_class_open_no_board_without_a_reason(
    house: House, counter: Counter, desk: Desk, chen: Actor
) -> None:
    paper = counter.scan(chen, "一", "二")
    with house.work(chen) as work:
        row = records.document(work.session, chen, paper)
        records.describe(work, paper, Description(title="x", class_code="YZ.02"), revision=row.revision)
    assert desk.sits(chen).get(f"/scans/board?document={paper}").status_code in (200, 403)


def test_pages_are_counted_of_the_papers_one_sees_only(
    house: House, counter: Counter, desk: Desk, chen: Actor, lin: Actor
) -> None:
    paper = counter.scan(chen, "一", "二", "三", "四", title="一叠", class_code="WS.02")
    parts = "1-3 = 身份证 | YZ.02\r\n4 = 一叠 2/2 | WS.02"
    location = desk.sits(chen).post("/scans", data=form(house, parts, paper)).location
    counter.works()
    shown = text_of(desk.sits(lin).get(location).text)
    assert "一叠 2/2 1 页" in shown and "3 页" not in shown and "身份证" not in shown
