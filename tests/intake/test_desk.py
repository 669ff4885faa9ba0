"""The filing desk: one paper after the other, confirmed by a person. As plain forms, the way any browser sends them."""

import re
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

from archive_service import premises, records, suggestions
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import Description
from tests.support.counting import counted
from tests.support.filing_desk import form_of
from tests.support.house import House
from tests.support.pages import Desk, text_of

RECEIPT = "收楼验收单\n编号RH-2026-0012。房号:云栖花园3栋1201,业主:张示例。验收日期2026年3月8日。"
NOTICE = "关于停水的通知\n物业通〔2026〕18号\n各位业主:因检修管道,2026年3月8日9时起停水。云栖花园客户服务中心"


@pytest.fixture(autouse=True)
def project(house: House) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def lin(house: House) -> Actor:
    return house.person("林", "front_desk")


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def proposed(
    house: House,
    text: str,
    actor: Actor | None = None,
    *,
    class_code: str = "",
    unit: str = "",
    owner: str = "",
) -> DocumentId:
    """A paper that has been read and looked at for proposals."""
    paper = house.paper(actor, pages=[text], title="扫描件", class_code=class_code, unit=unit, owner=owner)
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    return paper


def files_it(page: FlaskClient, paper: DocumentId, **changes: str) -> tuple[int, str]:
    form = form_of(page.get(f"/inbox/desk/{paper}").text)
    answer = page.post(f"/inbox/desk/{paper}", data={**form, "act": "file", **changes})
    return answer.status_code, answer.headers.get("Location", answer.text)


def test_a_suggested_paper_is_filed_with_one_press(house: House, desk: Desk, chen: Actor) -> None:
    paper = proposed(house, NOTICE, class_code="WS.02")
    status, place = files_it(desk.sits(chen), paper)
    assert status == 303 and f"after={paper}" in place, "nothing else waits"
    row = house.document(paper)
    assert row.archival_no == "WY01-WS·02·2026-D10-KF-0001"
    assert (row.doc_date, row.doc_number) == ("2026-03-08", "物业通〔2026〕18号")


def test_an_owner_s_paper_opens_its_case_file_and_the_next_goes_into_it(
    house: House, desk: Desk, chen: Actor
) -> None:
    page = desk.sits(chen)
    one, other = (proposed(house, RECEIPT + str(n), class_code="YZ.01") for n in range(2))
    shown = page.get(f"/inbox/desk/{one}").text
    assert form_of(shown)["file_no"] == "new" and form_of(shown)["unit"] == "3-1201"
    assert files_it(page, one)[0] == 303
    assert house.document(one).archival_no == "WY01-YZ·01·2026-0001-001"
    assert form_of(page.get(f"/inbox/desk/{other}").text)["file_no"] == "WY01-YZ·01·2026-0001"
    assert files_it(page, other)[0] == 303
    assert house.document(other).archival_no == "WY01-YZ·01·2026-0001-002"


def test_every_suggestion_says_how_sure_it_is_and_where_it_comes_from(
    house: House, desk: Desk, chen: Actor
) -> None:
    paper = proposed(house, RECEIPT)
    with desk.reads("en"):
        shown = desk.sits(chen).get(f"/inbox/desk/{paper}").text
    assert re.search(
        r"(very likely|likely|uncertain: please check) by what stands on the paper", text_of(shown)
    )
    held = form_of(shown)
    assert held["unit"] == "3-1201" and held["doc_number"] == "RH-2026-0012"
    assert house.document(paper).unit == "", "nothing is kept before a person confirms"


def test_choosing_another_class_asks_for_what_that_one_needs(house: House, desk: Desk, chen: Actor) -> None:
    paper = proposed(house, NOTICE, class_code="WS.02")
    page = desk.sits(chen)
    form = form_of(page.get(f"/inbox/desk/{paper}").text)
    assert form["dept"] == "KF" and "drawing_no" not in form
    drawing = page.post(f"/inbox/desk/{paper}", data={**form, "class_code": "KJ.02.DQ", "act": "look"})
    asked = form_of(drawing.text)
    assert drawing.status_code == 200 and "dept" not in asked
    assert {"drawing_no", "stage", "scale", "building", "file_no"} <= asked.keys()
    assert house.document(paper).class_code == "WS.02"


def test_a_candidate_is_picked_without_scripts(house: House, desk: Desk, chen: Actor) -> None:
    paper = proposed(house, NOTICE, class_code="WS.02")
    page = desk.sits(chen)
    form = form_of(page.get(f"/inbox/desk/{paper}").text)
    picked = page.post(f"/inbox/desk/{paper}", data={**form, "pick": "unit=5-0803"})
    assert form_of(picked.text)["unit"] == "5-0803"


def test_the_front_desk_hands_in_and_the_archivist_finds_it_filled_in(
    house: House, desk: Desk, chen: Actor, lin: Actor
) -> None:
    paper = proposed(house, NOTICE, lin)
    page = desk.sits(lin)
    form = form_of(page.get(f"/inbox/desk/{paper}").text)
    told = {**form, "class_code": "WS.02", "title": "停水通知", "act": "look"}
    form = form_of(page.post(f"/inbox/desk/{paper}", data=told).text)
    form |= {"responsible": "客户服务中心"}
    form.pop("act", None)  # a form sent by a key alone means what its button says
    answer = page.post(f"/inbox/desk/{paper}", data=form)
    assert answer.status_code == 303, text_of(answer.text)
    assert page.post(f"/inbox/desk/{paper}", data={**form, "act": "file"}).status_code in (403, 404, 409)
    page = desk.sits(chen)
    assert page.get("/inbox/desk?queue=review").headers["Location"].startswith(f"/inbox/desk/{paper}")
    shown = page.get(f"/inbox/desk/{paper}?queue=review").text
    assert "林" in text_of(shown) and form_of(shown)["responsible"] == "客户服务中心"
    assert files_it(page, paper)[0] == 303


def test_sent_back_it_is_found_again_with_the_reason(
    house: House, desk: Desk, chen: Actor, lin: Actor
) -> None:
    paper = proposed(house, NOTICE, lin)
    page = desk.sits(chen)
    sent = {"reason": "bad_scan", "comment": "缺右下角<b>", "revision": "1", "queue": "filing"}
    assert page.post(f"/inbox/desk/{paper}/back", data={**sent, "reason": "no_such"}).status_code == 303
    assert page.get("/inbox/desk").headers["Location"].startswith(f"/inbox/desk/{paper}")
    assert page.post(f"/inbox/desk/{paper}/back", data=sent).status_code == 303
    assert page.get("/inbox/desk").status_code == 200, "it is no longer the archivist's"
    page = desk.sits(lin)
    place = page.get("/inbox/desk?queue=returned").headers["Location"]
    assert place.startswith(f"/inbox/desk/{paper}")
    shown = page.get(place).text
    assert "缺右下角<b>" in text_of(shown) and "缺右下角<b>" not in shown


def test_skipping_goes_round(house: House, desk: Desk, chen: Actor) -> None:
    papers = [proposed(house, NOTICE + str(n)) for n in range(3)]
    page, order, place = desk.sits(chen), [], "/inbox/desk"
    for _ in range(4):
        paper = page.get(place).headers["Location"].split("/")[-1].split("?")[0]
        order.append(paper)
        place = f"/inbox/desk?after={paper}"
    newest_first = [str(paper) for paper in sorted(papers, reverse=True)]
    assert order == [*newest_first, newest_first[0]]


def test_two_at_one_inbox_get_different_papers(house: House, desk: Desk, chen: Actor) -> None:
    older, newer = (proposed(house, NOTICE + str(n)) for n in range(2))
    zhou = house.person("周", "archivist")
    assert desk.sits(chen).post(f"/documents/{newer}/lock").get_json()["seconds"] == 600
    page = desk.sits(zhou)
    assert str(older) in page.get("/inbox/desk").headers["Location"]
    shown = page.get(f"/inbox/desk/{newer}")
    assert "陈" in text_of(shown.text) and "disabled" in shown.text
    refused = page.post(f"/documents/{newer}/lock")
    assert refused.status_code == 409 and "陈" in refused.get_json()["detail"]
    form = {**form_of(shown.text), "act": "file", "class_code": "WS.02"}
    assert page.post(f"/inbox/desk/{newer}", data=form).status_code in (409, 422)
    assert house.document(newer).class_code == ""
    broken = page.post(
        f"/documents/{newer}/lock/break", data={"reason": "急用", "next": f"/inbox/desk/{newer}"}
    )
    assert broken.headers["Location"] == f"/inbox/desk/{newer}"
    assert desk.sits(chen).post(f"/documents/{newer}/lock").status_code == 409


def test_what_another_saved_meanwhile_stands_beside_mine_to_choose(
    house: House, desk: Desk, chen: Actor
) -> None:
    paper = proposed(house, NOTICE, class_code="WS.02", unit="3-1201", owner="张示例")
    page = desk.sits(chen)
    form = {**form_of(page.get(f"/inbox/desk/{paper}").text), "title": "我写的题名", "act": "file"}
    with house.work() as work:
        theirs = Description(title="他写的题名", class_code="WS.02", unit="5-0803", owner="张示例")
        records.describe(work, paper, theirs, revision=1)
    late = page.post(f"/inbox/desk/{paper}", data=form)
    assert late.status_code == 409
    again = form_of(late.text)
    assert again["title"] == "我写的题名", "mine stays, theirs stands beside it"
    assert 'name="take" value="title"' in late.text and "他写的题名" in late.text
    assert again["unit"] == "5-0803", "what I had not touched is theirs already"
    assert (
        page.post(f"/inbox/desk/{paper}", data={**again, "act": "file", "take": "title"}).status_code == 303
    )
    row = house.document(paper)
    assert (row.title, row.unit, bool(row.archival_no)) == ("他写的题名", "5-0803", True)


def test_what_is_missing_stands_at_its_field_and_nothing_is_kept(
    house: House, desk: Desk, chen: Actor
) -> None:
    paper = proposed(house, NOTICE, class_code="WS.02")
    status, shown = files_it(desk.sits(chen), paper, responsible="", title="半途而废")
    assert status == 422 and 'id="f-responsible-error"' in shown and "半途而废" in shown
    assert house.document(paper).title != "半途而废"


def test_the_same_file_stands_beside_it(house: House, desk: Desk, chen: Actor) -> None:
    first = house.paper(content=b"twins", title="先来的", pages=["一"])
    second = house.paper(content=b"twins", title="后到的", pages=["一"])
    shown = desk.sits(chen).get(f"/inbox/desk/{second}").text
    assert f"/documents/{first}" in shown and "先来的" in shown


def test_others_papers_are_not_for_the_front_desk(house: House, desk: Desk, lin: Actor) -> None:
    paper = proposed(house, NOTICE, class_code="WS.02")
    page = desk.sits(lin)
    assert page.get(f"/inbox/desk/{paper}").status_code == 403
    assert page.get("/inbox/desk").status_code == 200
    assert (
        page.post(f"/inbox/desk/{paper}/back", data={"reason": "bad_scan", "revision": "1"}).status_code
        == 403
    )


def test_a_longer_inbox_costs_no_more_statements(house: House, desk: Desk, chen: Actor) -> None:
    page = desk.sits(chen)

    def statements() -> Mapping[str, int]:
        paper = proposed(house, RECEIPT + str(len(found)), class_code="YZ.01")
        form = form_of(page.get(f"/inbox/desk/{paper}").text)
        counts = {}
        with counted(house.archive.sessions.engine) as sent:
            page.get("/inbox/desk")
        counts["next"] = sent.count
        with counted(house.archive.sessions.engine) as sent:
            page.get(f"/inbox/desk/{paper}")
        counts["page"] = sent.count
        with counted(house.archive.sessions.engine) as sent:
            assert page.post(f"/inbox/desk/{paper}", data={**form, "act": "file"}).status_code == 303
        counts["filing"] = sent.count
        return counts

    found: list[DocumentId] = []
    files_it(page, proposed(house, RECEIPT + "x", class_code="YZ.01"))
    few = statements()
    found += [proposed(house, NOTICE + str(n)) for n in range(12)]
    many = statements()
    assert all(many[step] <= few[step] for step in few), (few, many)
