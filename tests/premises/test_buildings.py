"""A building gets another name, and all its units with it; it is closed when nothing in it is open."""

import pytest

from archive_service import premises
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.premises.queries import units as queries
from archive_service.premises.service.buildings import HasOpenUnits, StaleBuilding, change_building
from archive_service.premises.service.units import BuildingThere, ClosedBuilding, NeedsReason, NothingChanged
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk, text_of


def changed(town: Town, building: str, **told: object) -> int:
    known = {"name": building, "phase": "", "closed": False, "revision": 1, "reason": "门牌更换"}
    with town.house.work(town.keeper) as work:
        return change_building(work, town.buildings[building], **(known | told))  # type: ignore[arg-type]  # as told


def test_its_units_are_called_by_the_new_name_and_know_the_old_one(town: Town) -> None:
    unit = town.unit("3栋", "1201", entrance="2")
    other = town.unit("4栋", "0101")
    assert changed(town, "3栋", name="12栋", phase="二期") == 1
    assert (town.row(unit).display, town.row(unit).phase, town.row(other).display) == (
        "12栋2单元1201",
        "二期",
        "4栋0101",
    )
    assert town.listed("12-1201") == ["12栋2单元1201"] and town.listed("3-1201") == []
    with town.house.archive.reading() as session:
        (change,) = queries.changes(session, unit)
    assert change.fields == {"building": ("3栋2单元1201", "12栋2单元1201")} and change.reason == "门牌更换"


def test_what_can_not_be_says_why(town: Town, house: House) -> None:
    town.unit("3栋", "1201")
    town.building("4栋")
    with pytest.raises(BuildingThere):
        changed(town, "3栋", name="4号楼")
    with pytest.raises(StaleBuilding):
        changed(town, "3栋", name="5栋", revision=2)
    with pytest.raises(NeedsReason):
        changed(town, "3栋", name="5栋", reason=" ")
    with pytest.raises(NothingChanged):
        changed(town, "3栋")
    with pytest.raises(HasOpenUnits):
        changed(town, "3栋", closed=True)
    with pytest.raises(Forbidden), house.work(house.person("林", "front_desk")) as work:
        change_building(work, 1, name="5栋", phase="", closed=False, revision=1, reason="试试")
    assert town.listed() == ["3栋1201"]


def test_a_closed_one_takes_no_units_until_it_is_opened_again(town: Town) -> None:
    unit = town.unit("3栋", "1201")
    with town.house.work(town.keeper) as work:
        premises.close_unit(work, unit, revision=1, reason="拆除")
    changed(town, "3栋", closed=True)
    with pytest.raises(ClosedBuilding):
        town.unit("3栋", "1202")
    changed(town, "3栋", closed=False, revision=2)
    town.unit("3栋", "1202")
    assert town.row(unit).display == "3栋1201"


def test_at_the_counter(town: Town, chen: Actor, desk: Desk) -> None:
    town.unit("3栋", "1201")
    client = desk.sits(chen)
    building = town.buildings["3栋"]
    assert f"/premises/buildings/{building}/edit" in client.get(f"/premises/units?building={building}").text
    told = {"building": "12栋", "phase": "", "seen": "1", "reason": "门牌更换"}
    assert client.post(f"/premises/buildings/{building}/edit", data=told | {"reason": ""}).status_code == 422
    done = client.post(f"/premises/buildings/{building}/edit", data=told, follow_redirects=True)
    assert "12栋1201" in text_of(done.text) and "已为 1 处房屋改名" in text_of(done.text)
