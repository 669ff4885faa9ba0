"""The register at the counter."""

import pytest

from archive_service.kernel.actor import Actor
from archive_service.premises.models import Unit
from archive_service.premises.queries import units as queries
from archive_service.premises.rules.tables import read_table
from archive_service.premises.service import importing
from tests.premises.town import Town
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of
from tests.support.plans import planned

UNIT_FORM = {
    "seen": "1", "entrance": "", "floor": "12", "room": "1201", "kind": "flat", "build_area": "89.50",
    "inner_area": "70", "use_state": "vacant", "handover_on": "2026-03-08", "water_no": "W-1", "water_base": "12",
    "electricity_no": "", "electricity_base": "", "gas_no": "", "gas_base": "", "note": "",
}  # fmt: skip


def test_from_an_empty_register_to_the_first_unit(house: House, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    assert "/premises/projects/new" in client.get("/premises").text
    bad = client.post("/premises/projects/new", data={"number": "1", "name_zh": "", "name_en": ""})
    assert bad.status_code == 422
    told = {"number": "wy01", "name_zh": "云栖花园", "name_en": "Yunqi"}
    assert client.post("/premises/projects/new", data=told).status_code == 303
    assert client.post("/premises/projects/new", data=told).status_code == 422
    with house.archive.reading() as session:
        (project,) = queries.projects(session)
    address = f"/premises/projects/{project.id}/buildings/new"
    assert client.post(address, data={"building": "3", "phase": "一期"}).status_code == 303
    assert client.post(address, data={"building": "3号楼", "phase": ""}).status_code == 422
    with house.archive.reading() as session:
        (building,) = queries.buildings(session)
    new = f"/premises/buildings/{building.id}/units/new"
    assert client.get(new).status_code == 200
    wrong = client.post(new, data=UNIT_FORM | {"build_area": "很大", "floor": "一楼半"})
    assert wrong.status_code == 422 and text_of(wrong.text).count("平方米") >= 1
    made = client.post(new, data=UNIT_FORM)
    assert made.status_code == 303
    card = text_of(client.get(made.location).text)
    for shown in ("3栋1201", "89.50", "2026-03-08", "W-1", "一期", "WY01"):
        assert shown in card
    assert "3栋" in text_of(client.get("/premises").text)


def test_who_may_not_make_a_project_is_told_whom_to_ask(house: House, desk: Desk) -> None:
    page = text_of(desk.sits(house.person("林", "front_desk")).get("/premises").text)
    assert "请档案员先建项目并导入" in page and "第一步" not in page


def test_a_unit_is_changed_closed_and_opened_at_the_counter(town: Town, chen: Actor, desk: Desk) -> None:
    unit = town.unit("3栋", "1201")
    client = desk.sits(chen)
    address = f"/premises/units/{unit}"
    form = UNIT_FORM | {"note": "朝南", "use_state": "let"}
    assert client.post(f"{address}/edit", data=form | {"reason": ""}).status_code == 422
    assert client.post(f"{address}/edit", data=form | {"reason": "核对"}).status_code == 303
    stale = client.post(f"{address}/edit", data=form | {"note": "朝北", "reason": "核对"})
    assert stale.status_code == 409 and "现已保存： 朝南" in text_of(stale.text)
    assert "核对" in text_of(client.get(address).text)
    assert client.post(f"{address}/closing", data={"seen": "2", "reason": "拆除"}).status_code == 303
    assert "拆除" in text_of(client.get(address).text)
    assert (
        client.post(f"{address}/closing", data={"seen": "3", "step": "open", "reason": "误关"}).status_code
        == 303
    )
    assert town.row(unit).closed_on is None


def test_a_parking_space_is_linked_by_its_name(town: Town, chen: Actor, desk: Desk) -> None:
    unit, space = town.unit("3栋", "1201"), town.unit("B2", "118", kind="parking")
    town.unit("B2", "1180", kind="parking")
    client = desk.sits(chen)
    told = {"linked": "b2118", "since": "2026-03-08"}
    assert client.post(f"/premises/units/{unit}/links", data=told).status_code == 303
    with town.house.archive.reading() as session:
        (link,) = queries.links(session, unit)
    assert link.unit_id == space
    assert "3栋1201" in text_of(client.get(f"/premises/units/{space}").text)
    answer = client.post(f"/premises/links/{link.id}/ending", data={"until": "2026-03-07"})
    assert answer.status_code == 422
    assert client.post(f"/premises/links/{link.id}/ending", data={"until": "2026-06-01"}).status_code == 303


def test_a_search_that_means_one_unit_opens_it(town: Town, chen: Actor, desk: Desk) -> None:
    unit = town.unit("3栋", "1201", entrance="2")
    town.unit("3栋", "1202", entrance="2")
    client = desk.sits(chen)
    assert client.get("/premises/units?q=3-1201").location == f"/premises/units/{unit}"
    several = text_of(client.get("/premises/units?q=3栋").text)
    assert "3栋2单元1201" in several and "3栋2单元1202" in several
    assert client.get("/premises/units?q=9-9999").status_code == 200
    assert client.get("/premises/units?colour=red").status_code == 400


def test_who_may_only_look_is_offered_nothing_else(town: Town, house: House, desk: Desk) -> None:
    unit = town.unit("3栋", "1201")
    client = desk.sits(house.person("小林", "front_desk"))
    for page in ("/premises", "/premises/units", f"/premises/units/{unit}"):
        answer = client.get(page)
        assert answer.status_code == 200
        forms = [a for tag, a in elements(answer.text[answer.text.index("<main") :]) if tag == "form"]
        assert all(form.get("method") in ("get", "dialog") for form in forms)
        addresses = [a.get("href") or "" for _, a in elements(answer.text)]
        assert not [one for one in addresses if one.startswith("/premises") and one.endswith("/new")]
    assert client.get(f"/premises/units/{unit}/edit").status_code == 403
    assert (
        client.post(f"/premises/units/{unit}/closing", data={"seen": "1", "reason": "x"}).status_code == 403
    )
    desk.sits(house.person("管理员", "it_admin"))
    assert client.get("/premises").status_code == 403


@pytest.mark.parametrize("nasty", ['"><img src=x onerror=alert(1)>', "{{7*7}}", "<svg/onload=alert(1)>"])
def test_what_was_typed_stays_text(town: Town, chen: Actor, desk: Desk, nasty: str) -> None:
    unit = town.unit("3栋", "1201", note=nasty, water_no=nasty[:40])
    client = desk.sits(chen)
    client.post(f"/premises/units/{unit}/closing", data={"seen": "1", "reason": nasty})
    for page in (f"/premises/units/{unit}", "/premises/units?closed=1", "/premises/units?q=" + nasty):
        html = client.get(page).text
        main = html[html.index("<main") :]
        assert "img" not in dict(elements(main)) and not [a for _, a in elements(main) if "onload" in a]
        assert "closed=1" in page or nasty in text_of(main) or nasty in str(elements(main))


def test_the_number_of_statements_does_not_grow(town: Town, chen: Actor, desk: Desk) -> None:
    unit = town.unit("3栋", "101")
    client = desk.sits(chen)

    def statements() -> list[int]:
        numbers = []
        for page in ("/premises", "/premises/units", f"/premises/units/{unit}"):
            with counted(town.house.archive.sessions.engine) as sent:
                assert client.get(page).status_code == 200
            numbers.append(sent.count)
        return numbers

    before = statements()
    for number in range(2, 12):
        town.unit(f"{number}栋", f"{number}01")
    assert statements() == before


def test_lists_go_along_an_index(on_sqlite: object) -> None:
    from archive_service.bootstrap import Archive
    from archive_service.premises import ProjectId, UnitFilter

    assert isinstance(on_sqlite, Archive)
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        queries.units(session, UnitFilter(project_id=ProjectId(1)))
        queries.units(session, UnitFilter(text="3-1201"))
        queries.units(session, UnitFilter())
    assert not [step for step in plans if step.startswith("SCAN unit") and "USING INDEX" not in step], plans


def test_the_list_goes_out_as_a_table_and_comes_in_again(town: Town, chen: Actor, desk: Desk) -> None:
    town.unit("3栋", "0402", entrance="2", build_area="89.5", use_state="let", note="+1 转角", floor="4")
    town.unit("A区", "108", kind="shop")
    client = desk.sits(chen)
    answer = client.get("/premises/units.xlsx?kind=flat")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    table = read_table(answer.data)
    assert len(table.rows) == 1 and not table.formulas
    with town.house.work(chen) as work:
        outcome = importing.preview(work, read_table(client.get("/premises/units.xlsx").data))
    assert outcome.same == 2 and not outcome.does_something and not outcome.problems


def test_numbers_in_remarks_are_covered_and_stay_when_they_are_sent_back(
    town: Town, chen: Actor, desk: Desk
) -> None:
    note, shown = "业主女儿13800000000", "业主女儿138****0000"
    unit = town.unit("3栋", "1201", note=note)
    client = desk.sits(chen)
    address = f"/premises/units/{unit}"
    assert shown in client.get(address).text and shown in client.get(f"{address}/edit").text
    form = UNIT_FORM | {"note": shown, "use_state": "let", "reason": "来电13800000000"}
    assert client.post(f"{address}/edit", data=form).status_code == 303
    with town.house.archive.reading() as session:
        assert session.get_one(Unit, unit).note == note
    form |= {"seen": "2", "note": "女儿138****0000搬走"}
    assert client.post(f"{address}/edit", data=form).status_code == 422
    assert client.post(f"{address}/edit", data=form | {"note": "搬走"}).status_code == 303
    closing = {"seen": "3", "reason": "合并，见13800000000"}
    assert client.post(f"{address}/closing", data=closing).status_code == 303
    card = client.get(address).text
    assert "13800000000" not in card and card.count("138****0000") >= 4
    assert "来电138****0000" in card and "见138****0000" in card


def test_a_table_of_units_takes_covered_numbers_back_as_they_were(
    town: Town, chen: Actor, desk: Desk
) -> None:
    unit = town.unit("3栋", "1201", note="女儿13800000000")
    client = desk.sits(chen)
    saved = client.get("/premises/units.xlsx").data
    with town.house.work(town.keeper) as work:
        found = importing.preview(work, read_table(saved))
        assert (found.same, found.problems, found.changed) == (1, (), ())
    assert (
        "女儿138****0000" in repr(read_table(saved).rows) and town.row(unit).facts.note == "女儿138****0000"
    )
