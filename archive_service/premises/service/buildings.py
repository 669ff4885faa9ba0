"""Buildings: renamed with all their units, closed when nothing in them is open any more. Nothing is ever deleted."""

from sqlalchemy import func, select

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, NotFound
from archive_service.premises.models import Building, Unit
from archive_service.premises.queries.units import facts_of
from archive_service.premises.rules import units as rules
from archive_service.premises.service.units import (
    BuildingThere,
    NothingChanged,
    note_change,
    phase_id,
    reason_of,
    write_facts,
)
from archive_service.unit_of_work import UnitOfWork


class StaleBuilding(Conflict):
    code = "premises.stale-building"
    message = N_("Somebody else changed this building in the meantime. Please look at it again.")


class HasOpenUnits(Conflict):
    code = "premises.has-open-units"
    message = N_("This building has %(count)s open units. Close them first.")


def change_building(
    work: UnitOfWork, building_id: int, *, name: str, phase: str, closed: bool, revision: int, reason: str
) -> int:
    """Rename a building, put it into another phase, close it or open it again; how many units were renamed with it.

    Every open unit gets its new name, with the old one and the reason in its history; papers keep the name that was
    written on them. ``revision``: the one that the person looked at. Raises Forbidden, NotFound, NeedsReason,
    StaleBuilding, BadBuilding, BuildingThere, HasOpenUnits, NothingChanged.
    """
    work.actor.must(Permission.MANAGE_PREMISES)
    reason = reason_of(reason)
    row = work.session.get(Building, building_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    if row.revision != revision:
        raise StaleBuilding()
    name = rules.building_name(name)
    phase_now = phase_id(work, row.project_id, phase)
    closes = closed and row.closed_on is None
    opens = not closed and row.closed_on is not None
    if name == row.name and phase_now == row.phase_id and not closes and not opens:
        raise NothingChanged()
    units = select(Unit).where(Unit.building_id == row.id, Unit.closed_on.is_(None))
    if closes:
        count = work.session.scalar(select(func.count()).select_from(units.subquery())) or 0
        if count:
            raise HasOpenUnits(count=count)
    row.revision += 1
    row.phase_id = phase_now
    row.closed_on = business_day(work.now) if closes else None if opens else row.closed_on
    renamed = 0
    if name != row.name:
        _rename(work, row, name)
        for unit in work.session.scalars(units.order_by(Unit.id)):
            before = unit.display
            write_facts(unit, row, facts_of(unit))
            note_change(work, unit, {"building": [before, unit.display]}, reason)
            renamed += 1
    work.audit("building.changed", f"building:{row.id}", name=name, closed=row.closed_on is not None)
    work.session.flush()
    return renamed


def _rename(work: UnitOfWork, row: Building, name: str) -> None:
    """Raises BuildingThere."""
    code = rules.building_code(name)
    there = select(Building.id).where(
        Building.project_id == row.project_id, Building.code == code, Building.id != row.id
    )
    if work.session.scalar(there) is not None:
        raise BuildingThere(field="building")
    row.name, row.code, row.sort_key = name, code, rules.natural_key(code)
