"""Units in the register: made, found by any spelling, changed with a reason, closed and never lost."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import premises
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Conflict, Forbidden, NotFound
from archive_service.premises import UnitKind
from archive_service.premises.queries import units as queries
from archive_service.premises.service import units as service
from tests.premises.town import Town
from tests.support.house import House


def test_a_unit_is_found_by_every_spelling(town: Town) -> None:
    flat = town.unit("3栋", "1201", entrance="2")
    town.unit("3栋", "1202", entrance="2")
    shop = town.unit("A区", "108", kind="shop")
    deck = town.unit("B2", "118", kind="parking")
    for spelling in ("3-2-1201", "3栋2单元1201", "3栋2单元1201室", "3号楼2单元 1201", "３栋２单元１２０１", "3-1201",
                     "3栋1201", "云栖花园3栋1201", "1201"):  # fmt: skip
        assert town.listed(spelling) == [town.row(flat).display], spelling
    for spelling in ("A区108号", "a-108", "A区108", "A-108"):
        assert town.listed(spelling) == [town.row(shop).display], spelling
    for spelling in ("B2-118", "b2118", "B2－118"):
        assert town.listed(spelling) == [town.row(deck).display], spelling
    assert town.listed("3栋") == ["3栋2单元1201", "3栋2单元1202"]
    assert town.listed("3栋1单元1201") == []
    assert town.listed("%") == [] and town.listed("_") == []


def test_units_stand_in_natural_order(town: Town) -> None:
    for building, room in (("10栋", "101"), ("2栋", "1001"), ("2栋", "201"), ("2栋", "0402"), ("A区", "108")):
        town.unit(building, room)
    assert town.listed() == ["2栋201", "2栋0402", "2栋1001", "10栋101", "A区108"]


def test_filters_narrow_the_list(town: Town) -> None:
    town.unit("1栋", "101", use_state="let")
    town.unit("1栋", "102", use_state="vacant")
    town.unit("B1", "7", kind="parking")
    assert town.listed(use_state=premises.UseState.LET) == ["1栋101"]
    assert town.listed(kind=UnitKind.PARKING) == ["B1-7"]
    assert town.listed(building_id=town.building("1栋")) == ["1栋101", "1栋102"]


def test_one_name_stands_for_one_unit(town: Town) -> None:
    town.unit("3栋", "1201", entrance="2")
    town.unit("3栋", "1201", entrance="1")
    with pytest.raises(service.UnitThere):
        town.unit("3栋", "1201室", entrance="2单元")
    with pytest.raises(service.BuildingThere), town.house.work(town.keeper) as work:
        service.add_building(work, town.project, name="3号楼")
    with pytest.raises(service.NumberTaken), town.house.work(town.keeper) as work:
        service.add_project(work, number="wy01", name_zh="另一个")


def test_a_change_keeps_old_value_reason_and_person(town: Town, chen: Actor) -> None:
    unit = town.unit("3栋", "1201", build_area="89.50")
    row = town.row(unit)
    with town.house.work(chen) as work:
        new = replace(row.facts, build_area=9050, use_state=premises.UseState.LET)
        service.change_unit(work, unit, new, revision=row.revision, reason="实测面积")
    with town.house.archive.reading() as session:
        (change,) = queries.changes(session, unit)
    assert change.fields == {"build_area": ("89.50", "90.50"), "use_state": ("unsold", "let")}
    assert (change.by, change.reason) == (chen.user_id, "实测面积")
    with pytest.raises(service.StaleUnit), town.house.work(chen) as work:
        service.change_unit(work, unit, row.facts, revision=row.revision, reason="旧表单")
    with pytest.raises(service.NothingChanged), town.house.work(chen) as work:
        service.change_unit(work, unit, new, revision=row.revision + 1, reason="没变")
    with pytest.raises(service.NeedsReason), town.house.work(chen) as work:
        service.change_unit(work, unit, row.facts, revision=row.revision + 1, reason=" \n")


def test_a_renumbered_unit_can_not_take_a_name_that_is_taken(town: Town, chen: Actor) -> None:
    town.unit("3栋", "1201")
    unit = town.unit("3栋", "1202")
    row = town.row(unit)
    with pytest.raises(service.UnitThere), town.house.work(chen) as work:
        service.change_unit(work, unit, replace(row.facts, room="1201"), revision=row.revision, reason="改号")
    assert town.row(unit) == row


def test_a_closed_unit_stays_known_and_frees_its_name(town: Town, chen: Actor) -> None:
    old = town.unit("A区", "108", kind="shop")
    with town.house.work(chen) as work:
        service.close_unit(work, old, revision=1, reason="与107合并")
    assert town.listed() == [] and town.listed(closed=True) == ["A区108号"]
    assert town.row(old).closed_by_reason == "与107合并"
    with pytest.raises(service.ClosedUnit), town.house.work(chen) as work:
        service.change_unit(work, old, replace(town.row(old).facts, note="x"), revision=2, reason="x")
    town.unit("A区", "108", kind="shop")
    with pytest.raises(service.UnitThere), town.house.work(chen) as work:
        service.open_unit(work, old, revision=2, reason="又分开")
    assert town.row(old).closed_on is not None


def test_a_parking_space_goes_with_one_unit_at_a_time(town: Town, chen: Actor) -> None:
    flat, other = town.unit("3栋", "1201"), town.unit("3栋", "1202")
    space = town.unit("B2", "118", kind="parking")
    with town.house.work(chen) as work:
        link_id = service.link(work, flat, space)
    with pytest.raises(service.GoesWithAnother), town.house.work(chen) as work:
        service.link(work, other, space)
    with pytest.raises(service.CanNotGoWith), town.house.work(chen) as work:
        service.link(work, other, flat)
    town.house.clock.passes(days=30)
    with town.house.work(chen) as work:
        assert service.unlink(work, link_id) == flat
    with pytest.raises(Conflict), town.house.work(chen) as work:
        service.unlink(work, link_id)
    with town.house.work(chen) as work:
        service.link(work, other, space)
    with town.house.archive.reading() as session:
        here = [(link.display, link.valid_to is None) for link in queries.links(session, space)]
    assert here == [("3栋1202", True), ("3栋1201", False)]


def test_a_closed_project_takes_nothing_new(town: Town, chen: Actor) -> None:
    building = town.building("3栋")
    with town.house.work(chen) as work:
        service.change_project(work, town.project, name_zh="云栖花园", name_en="", closed=True, revision=1)
    with pytest.raises(service.ClosedProject):
        town.unit("3栋", "1201")
    with pytest.raises(Conflict), town.house.work(chen) as work:
        service.change_project(work, town.project, name_zh="x", name_en="", closed=False, revision=1)
    assert building


@pytest.mark.parametrize("role", ["front_desk", "cashier", "finance", "engineering", "sc_manager", "auditor"])
def test_others_look_and_change_nothing(town: Town, house: House, role: str) -> None:
    unit = town.unit("3栋", "1201")
    row = town.row(unit)
    somebody = house.person("小赵", role)
    for step in (
        lambda work: service.add_project(work, number="WY02", name_zh="x"),
        lambda work: service.add_building(work, town.project, name="9栋"),
        lambda work: service.add_unit(work, town.building("3栋"), replace(row.facts, room="9")),
        lambda work: service.change_unit(work, unit, row.facts, revision=1, reason="x"),
        lambda work: service.close_unit(work, unit, revision=1, reason="x"),
        lambda work: service.link(work, unit, unit),
    ):
        with pytest.raises(Forbidden), house.work(somebody) as work:
            step(work)


def test_the_database_refuses_what_must_not_be(town: Town, house: House) -> None:
    unit, space = town.unit("3栋", "1201", build_area="80"), town.unit("B2", "118", kind="parking")
    with house.work(town.keeper) as work:
        service.link(work, unit, space)
    for wrong in (
        "UPDATE unit SET kind = 'castle' WHERE id = :id",
        "UPDATE unit SET inner_area = 8001 WHERE id = :id",
        "UPDATE unit SET build_area = 0 WHERE id = :id",
        "UPDATE unit SET closed_on = '2026-01-01' WHERE id = :id",
        "UPDATE unit_link SET valid_to = '2000-01-01'",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(wrong), {"id": unit} if ":id" in wrong else {})


def test_what_was_never_made_is_not_found(town: Town, house: House) -> None:
    for look in (queries.unit, queries.building, queries.project):
        with pytest.raises(NotFound), house.archive.reading() as session:
            look(session, 4711)


def test_a_room_that_is_not_there_is_unknown_though_its_building_is(town: Town) -> None:
    town.unit("3栋", "1201")
    asked = {"3-1201", "3栋1201室", "3-9999", "3栋9999", "3栋", "3号楼", "99-0101", "9栋"}
    with town.house.archive.reading() as session:
        assert premises.unknown_units(session, asked) == {"3-9999", "3栋9999", "99-0101", "9栋"}
