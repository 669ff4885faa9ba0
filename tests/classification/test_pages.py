"""The plan at the counter: read by everybody who searches, changed by the head of archives."""

import io

import pytest
from openpyxl import load_workbook

from archive_service.classification import queries
from archive_service.classification.rules import shipped_plan, write_plan
from archive_service.kernel.actor import Actor
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of


def form_of(html: str, action: str | None = None) -> dict[str, str | list[str]]:
    """What a browser would send of the page's form as it stands."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.told: dict[str, str | list[str]] = {}
            self.select, self.area, self.inside = "", "", action is None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            a = dict(attrs)
            if tag == "form":
                self.inside = a.get("action") == action
            if not self.inside:
                return
            name = a.get("name") or ""
            if tag == "input" and name:
                self.told[name] = a.get("value") or ""
            elif tag == "textarea":
                self.area, self.told[name] = name, ""
            elif tag == "select":
                self.select = name
                self.told[name] = [] if "multiple" in a else ""
            elif tag == "option" and "selected" in a:
                chosen = self.told[self.select]
                if isinstance(chosen, list):
                    chosen.append(a.get("value") or "")
                else:
                    self.told[self.select] = a.get("value") or ""

        def handle_data(self, data: str) -> None:
            if self.area:
                self.told[self.area] = str(self.told[self.area]) + data

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.area = ""

    main = html[html.index("<main") :]
    reader = Reader()
    reader.feed(main)
    return reader.told


def number_in_force(house: House) -> str:
    with house.archive.reading() as session:
        return queries.scheme_versions(session, limit=1)[0].number


def test_everybody_who_searches_reads_the_plan_and_nobody_else_is_offered_to_change_it(
    house: House, desk: Desk
) -> None:
    client = desk.sits(house.person("小李", "archivist"))
    page = client.get("/file-plan").text
    assert "WS.02" in page and "定期10年" in page
    assert "/file-plan/classes/new" not in page and "分类方案由档案部门负责人修改" in page
    one = text_of(client.get("/file-plan/classes/KU.03").text)
    assert "定期30年" in one and "会计年度终了" in one and "《会计档案管理办法》" in one
    for address in ("/file-plan/classes/new", "/file-plan/classes/WS.02/edit", "/file-plan/import"):
        assert client.get(address).status_code == 403
    assert (
        client.post("/file-plan/classes/WS.02/closing", data={"reason": "x", "seen": "1.0"}).status_code
        == 403
    )
    assert client.get("/file-plan/classes/XX.99").status_code == 404
    assert client.get("/file-plan/versions/9.9").status_code == 404
    for address in ("classes/WS.02%00", "versions/1.0%00", "versions/%00.yaml", "versions/1.0%00.xlsx"):
        assert client.get(f"/file-plan/{address}").status_code == 404


def test_who_reads_english_reads_periods_and_events_in_english(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    client.set_cookie("language", "en")
    one = text_of(client.get("/file-plan/classes/WS.02").text)
    assert "10 years" in one and "end of the year in which the item was created" in one
    assert "定期10年" not in one
    assert "WS.02 Notices and announcements" in text_of(client.get("/file-plan/classes/WS.02/edit").text)
    assert "For ever" in text_of(client.get("/file-plan").text)


def test_a_class_is_changed_with_a_reason(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    form = form_of(client.get("/file-plan/classes/WS.02/edit").text)
    assert form["years"] == "10" and form["level"] == "PUBLIC"
    answer = client.post("/file-plan/classes/WS.02/edit", data=form)
    assert answer.status_code == 422 and number_in_force(house) == "1.0"
    form |= {"years": "30", "reason": "公告要留久一些", "doc_types": "停水通知、停电通知\n  温馨提示 "}
    answer = client.post("/file-plan/classes/WS.02/edit", data=form)
    assert answer.status_code == 303 and number_in_force(house) == "1.1"
    page = text_of(client.get("/file-plan/classes/WS.02").text)
    assert "定期30年" in page and "停水通知、停电通知、温馨提示" in page and "公告要留久一些" in page
    version = text_of(client.get("/file-plan/versions/1.1").text)
    assert "定期10年" in version and "定期30年" in version and "周馆长" in version
    assert "1.1" in text_of(client.get("/file-plan/versions").text)


def test_who_opens_and_saves_changes_nothing(house: House, desk: Desk, head: Actor) -> None:
    """Every class's form gives back what stands there, or saving a remark would change the rest."""
    client = desk.sits(head)
    for planned in shipped_plan().classes:
        form = form_of(client.get(f"/file-plan/classes/{planned.code}/edit").text)
        answer = client.post(f"/file-plan/classes/{planned.code}/edit", data=form | {"reason": "看看"})
        assert answer.status_code == 422, (planned, form)
        assert "没有任何变化" in answer.text, planned.code


def test_a_new_class_stands_behind_its_sisters(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    form = form_of(client.get("/file-plan/classes/new?under=WS").text)
    assert form["code"] == "WS."
    form |= {
        "code": "WS.20",
        "name_zh": "会议纪要",
        "name_en": "Minutes",
        "kind": "fixed",
        "years": "10",
        "trigger": "year_end",
        "limit": "min",
        "disposition": "review",
        "on_exit": "retain",
        "reason": "分开存放",
    }
    for wrong in ({"code": "WS.02"}, {"code": "WS 9"}, {"code": "QQ.01"}, {"years": ""}, {"trigger": ""}):
        answer = client.post("/file-plan/classes/new", data=form | wrong)
        assert answer.status_code == 422, wrong
    answer = client.post("/file-plan/classes/new", data=form)
    assert answer.status_code == 303, text_of(answer.text)
    with house.archive.reading() as session:
        codes = [row.code for row in queries.class_rows(session)]
    assert codes[codes.index("WS.20") + 1] == "KJ" and codes[codes.index("WS.20") - 1].startswith("WS.")
    house.paper(class_code="WS.20")


def test_a_class_is_closed_with_what_lies_below_it(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    page = client.get("/file-plan/classes/KJ.02").text
    form = form_of(page, "/file-plan/classes/KJ.02/closing")
    answer = client.post("/file-plan/classes/KJ.02/closing", data=form | {"reason": "图纸另存"})
    assert answer.status_code == 303
    with house.archive.reading() as session:
        closed = {row.code for row in queries.class_rows(session) if row.is_closed}
    assert closed == {c.code for c in shipped_plan().below("KJ.02")}
    answer = client.post(
        "/file-plan/classes/KJ.02.DQ/closing", data={"reason": "重开", "seen": "1.1", "step": "open"}
    )
    assert number_in_force(house) == "1.1"  # the one above it is still closed
    assert "上级类目已停用" in client.get("/file-plan/classes/KJ.02.DQ").text
    answer = client.post(
        "/file-plan/classes/KJ.02/closing", data={"reason": "重开", "seen": "1.1", "step": "open"}
    )
    assert number_in_force(house) == "1.2"


def test_a_stale_form_is_told_so(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    form = form_of(client.get("/file-plan/classes/WS.02/edit").text)
    assert (
        client.post("/file-plan/classes/WS.03/closing", data={"reason": "x", "seen": "1.0"}).status_code
        == 303
    )
    answer = client.post("/file-plan/classes/WS.02/edit", data=form | {"note": "新的", "reason": "x"})
    assert answer.status_code == 409
    assert "1.1" in text_of(answer.text)
    assert number_in_force(house) == "1.1"


def test_the_plan_goes_out_as_a_file_and_comes_in_after_a_look(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    answer = client.get("/file-plan/versions/1.0.yaml")
    assert answer.headers["Content-Disposition"] == "attachment; filename=WYDA-2026-1.0.yaml"
    assert answer.text == write_plan(shipped_plan())
    changed = answer.text.replace("zh: 通知公告", "zh: 通知和公告 <b>", 1)
    preview = client.post("/file-plan/import", data={"file": (io.BytesIO(changed.encode()), "plan.yaml")})
    assert preview.status_code == 200
    assert "通知和公告 <b>" in text_of(preview.text) and "b" not in dict(elements(preview.text))
    assert number_in_force(house) == "1.0"
    form = form_of(preview.text)
    assert client.post("/file-plan/import", data=form).status_code == 422  # no reason yet
    answer = client.post("/file-plan/import", data=form | {"reason": "改名"})
    assert answer.status_code == 303 and number_in_force(house) == "1.1"
    answer = client.post("/file-plan/import", data=form | {"reason": "又一次"})
    assert answer.status_code == 422 and number_in_force(house) == "1.1"


def test_the_plan_goes_out_as_a_workbook_and_comes_in_after_a_look(
    house: House, desk: Desk, head: Actor
) -> None:
    client = desk.sits(head)
    answer = client.get("/file-plan/versions/1.0.xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=WYDA-2026-1.0.xlsx"
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = load_workbook(io.BytesIO(answer.data))
    book["类目"]["C4"] = "'=通知和公告"
    out = io.BytesIO()
    book.save(out)
    preview = client.post("/file-plan/import", data={"file": (io.BytesIO(out.getvalue()), "计划.xlsx")})
    assert preview.status_code == 200 and "'=通知和公告" in text_of(preview.text)
    assert number_in_force(house) == "1.0"
    answer = client.post("/file-plan/import", data=form_of(preview.text) | {"reason": "改名"})
    assert answer.status_code == 303 and number_in_force(house) == "1.1"
    with house.archive.reading() as session:
        row = queries.class_row(session, "WS.02")
    assert row is not None and row.name_zh == "'=通知和公告"
    book["类目"]["C4"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    refused = client.post("/file-plan/import", data={"file": (io.BytesIO(out.getvalue()), "计划.xlsx")})
    assert refused.status_code == 422 and "类目 C4" in text_of(refused.text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1:1"),
        (b"\x89PNG\r\n", "1:1"),
        (write_plan(shipped_plan()).encode(), "没有任何变化"),
        (write_plan(shipped_plan()).replace("- code: WS.08", "- code: WS.88").encode(), "WS.08"),
        (write_plan(shipped_plan()).replace("years: 10", "years: 0", 1).encode(), "WS.02"),
    ],
)
def test_a_file_that_can_not_be_taken_says_where(
    house: House, desk: Desk, head: Actor, content: bytes, told: str
) -> None:
    answer = desk.sits(head).post("/file-plan/import", data={"file": (io.BytesIO(content), "plan.yaml")})
    assert answer.status_code in (409, 422)
    assert told in text_of(answer.text)


def test_foreign_fields_change_nothing(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    form = form_of(client.get("/file-plan/classes/WS.02/edit").text) | {"note": "n", "reason": "x"}
    for name in ("code", "parent", "selectable", "is_closed", "retention_id", "role"):
        assert client.post("/file-plan/classes/WS.02/edit", data=form | {name: "1"}).status_code == 400
    assert number_in_force(house) == "1.0"


def test_the_number_of_statements_does_not_grow(house: House, desk: Desk, head: Actor) -> None:
    client = desk.sits(head)
    pages = ("/file-plan", "/file-plan/classes/WS.02", "/file-plan/versions", "/file-plan/versions/1.1")

    def statements() -> list[int]:
        numbers = []
        for page in pages:
            with counted(house.archive.sessions.engine) as sent:
                assert client.get(page).status_code == 200
            numbers.append(sent.count)
        return numbers

    def close(seen: str, step: str = "close") -> None:
        told = {"reason": "x", "seen": seen, "step": step}
        answer = client.post("/file-plan/classes/WS.03/closing", data=told)
        assert answer.status_code == 303

    close("1.0")
    before = statements()
    for number in range(1, 5):
        close(f"1.{number}", "open" if number % 2 else "close")
    assert number_in_force(house) == "1.5"
    assert statements() == before
