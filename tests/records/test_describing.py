"""Changing a description on the page: what is kept, what is refused, and two people at once."""

import pytest

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of

FIELDS = ("title", "class_code", "unit", "owner", "doc_number", "file_no", "doc_date", "level", "revision")


def filled_in(desk: Desk, paper: DocumentId, page: str = "", **typed: str) -> dict[str, str]:
    """The form as it stands on the page, with some of it typed anew."""
    html = page or desk.client.get(f"/documents/{paper}").text
    values = dict.fromkeys(FIELDS, "")
    select = ""
    for tag, attrs in elements(html):
        name = attrs.get("name") or ""
        if tag == "input" and name in FIELDS:
            values[name] = attrs.get("value") or ""
        if tag == "select":
            select = name
        if tag == "option" and "selected" in attrs and select in FIELDS:
            values[select] = attrs.get("value") or ""
    return values | typed


def test_what_is_typed_is_kept(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, title="扫描件", pages=["一"])
    client = desk.sits(chen)
    form = filled_in(
        desk, paper, title="收楼验收单", class_code="YZ.01", unit="3-1201", doc_date="2026年3月8日"
    )
    answer = client.post(f"/documents/{paper}/description", data=form)
    assert (answer.status_code, answer.location) == (303, f"/documents/{paper}")
    row = house.document(paper)
    assert (row.title, row.class_code, row.unit, row.doc_date) == (
        "收楼验收单",
        "YZ.01",
        "3-1201",
        "2026-03-08",
    )
    assert row.level == "PERSONAL"
    assert "著录信息已保存" in text_of(client.get(f"/documents/{paper}").text)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"doc_date": "去年"}, "“去年”不是日期"),
        ({"class_code": "YZ"}, "没有可以归入文件的类别"),
        ({"unit": "9" * 65}, "最多 64 个字"),
        ({"level": "PUBLIC"}, "密级不能低于"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    house: House, chen: Actor, desk: Desk, typed: dict[str, str], message: str
) -> None:
    paper = house.paper(chen, title="收楼", class_code="YZ.01", pages=["一"])
    client = desk.sits(chen)
    answer = client.post(f"/documents/{paper}/description", data=filled_in(desk, paper, **typed))
    assert answer.status_code == 422
    assert message in text_of(answer.text)
    (name,) = typed
    assert any(attrs.get("name") == name and attrs.get("aria-invalid") for _, attrs in elements(answer.text))
    assert house.document(paper).revision == 1


def test_the_slower_of_two_sees_both_and_chooses(house: House, chen: Actor, desk: Desk) -> None:
    zhao = house.person("赵", "archivist")
    paper = house.paper(chen, title="收楼", class_code="WS.02", pages=["一"])
    desk.sits(chen)
    slow = filled_in(desk, paper, title="收楼验收单", unit="3-1201")
    desk.sits(zhao).post(f"/documents/{paper}/description", data=filled_in(desk, paper, title="收楼单"))
    answer = desk.sits(chen).post(f"/documents/{paper}/description", data=slow)
    assert answer.status_code == 409
    words = text_of(answer.text)
    assert "您填写期间，赵 修改了这份文件" in words
    assert "现已保存： 收楼单" in words
    assert house.document(paper).title == "收楼单"
    again = filled_in(desk, paper, answer.text)
    assert (again["title"], again["unit"], again["revision"]) == ("收楼验收单", "3-1201", "2")
    assert desk.client.post(f"/documents/{paper}/description", data=again).status_code == 303
    assert house.document(paper).title == "收楼验收单"


def test_saving_a_covered_text_keeps_what_is_under_the_stars(house: House, lin: Actor, desk: Desk) -> None:
    # For a day front desk may still correct what it brought in, but sees it covered as soon as it has a class.
    paper = house.paper(
        lin, title="联系13812340000", owner="张 13812340000", class_code="YZ.01", pages=["一"]
    )
    desk.sits(lin)
    form = filled_in(desk, paper, unit="3-1201")
    assert form["title"] == "联系138****0000"
    desk.client.post(f"/documents/{paper}/description", data=form)
    row = house.document(paper)
    assert (row.title, row.owner, row.unit) == ("联系13812340000", "张 13812340000", "3-1201")


def test_after_a_day_front_desk_no_longer_corrects(house: House, lin: Actor, desk: Desk) -> None:
    paper = house.paper(lin, title="收楼", class_code="YZ.01", pages=["一"])
    desk.sits(lin)
    form = filled_in(desk, paper)
    house.clock.passes(hours=25)
    assert 'name="doc_number"' not in desk.client.get(f"/documents/{paper}").text
    assert desk.client.post(f"/documents/{paper}/description", data=form).status_code == 403


def test_extra_fields_change_nothing(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, title="收楼", class_code="YZ.01", pages=["一"])
    client = desk.sits(chen)
    for name in ("created_by", "role", "discarded_at", "is_current", "state"):
        form = filled_in(desk, paper, title="改") | {name: "1"}
        assert client.post(f"/documents/{paper}/description", data=form).status_code == 400
    assert client.post(f"/documents/{paper}/discard", data={"force": "1"}).status_code == 400
    assert client.post(f"/documents/{paper}/versions/1/retry", data={"state": "x"}).status_code == 400
    assert client.post(f"/documents/{paper}/description?level=PUBLIC", data={}).status_code == 400
    assert house.document(paper).revision == 1


def test_a_draft_is_discarded_and_gone_from_the_lists(house: House, chen: Actor, desk: Desk) -> None:
    draft, filed = house.paper(chen, title="误传"), house.paper(chen, title="收楼", class_code="YZ.01")
    client = desk.sits(chen)
    assert client.post(f"/documents/{draft}/discard").status_code == 303
    assert client.get(f"/documents/{draft}").status_code == 404
    assert "误传" not in client.get("/documents").text
    assert client.post(f"/documents/{filed}/discard").status_code == 409


def test_who_may_only_look_cannot_describe(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, title="公告", class_code="WS.02", pages=["一"])
    client = desk.sits(house.person("何", "auditor"))
    form = dict.fromkeys(FIELDS, "") | {"title": "改", "revision": "1"}
    assert client.post(f"/documents/{paper}/description", data=form).status_code == 403
    assert house.document(paper).title == "公告"


def test_a_paper_filed_out_of_ones_own_sight_ends_at_the_classes(
    house: House, chen: Actor, desk: Desk
) -> None:
    wu = house.person("吴", "engineering")
    paper = house.paper(wu, title="图", pages=["一"])
    desk.sits(wu)
    answer = desk.client.post(
        f"/documents/{paper}/description", data=filled_in(desk, paper, class_code="KJ.02.DQ")
    )
    assert (answer.status_code, answer.location) == (303, "/files")
    assert house.document(paper).class_code == "KJ.02.DQ"
