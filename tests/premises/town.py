"""An invented compound to be filled by tests."""

from archive_service import premises
from archive_service.kernel.actor import Actor
from archive_service.premises import UnitFilter, UnitId, UnitRow
from archive_service.premises.rules.units import read_facts
from tests.support.house import House


class Town:
    """Yunqi Garden, WY01, and whoever keeps its register."""

    def __init__(self, house: House, keeper: Actor) -> None:
        self.house, self.keeper = house, keeper
        with house.work(keeper) as work:
            self.project = premises.add_project(
                work, number="WY01", name_zh="云栖花园", name_en="Yunqi Garden"
            )
        self.buildings: dict[str, int] = {}

    def building(self, name: str, phase: str = "") -> int:
        if name not in self.buildings:
            with self.house.work(self.keeper) as work:
                self.buildings[name] = premises.add_building(work, self.project, name=name, phase=phase)
        return self.buildings[name]

    def unit(self, building: str, room: str, **told: str) -> UnitId:
        facts, problems = read_facts({"kind": "flat", "room": room} | told)
        assert facts is not None, problems
        building_id = self.building(building)
        with self.house.work(self.keeper) as work:
            return premises.add_unit(work, building_id, facts)

    def row(self, unit_id: int) -> UnitRow:
        with self.house.archive.reading() as session:
            return premises.unit(session, unit_id)

    def listed(self, text: str = "", **wanted: object) -> list[str]:
        with self.house.archive.reading() as session:
            rows = premises.units(session, UnitFilter(text=text, **wanted))  # type: ignore[arg-type]  # as told
        return [row.display for row in rows]
