"""Projects, buildings and units: make, change, close, open again, link. Nothing is ever deleted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.premises.models import Building, Phase, Project, Unit, UnitChange, UnitLink
from archive_service.premises.queries.units import facts_of
from archive_service.premises.rules import units as rules
from archive_service.premises.rules.units import (
    BuildingId,
    ProjectId,
    UnitFacts,
    UnitId,
    UnitKind,
)
from archive_service.unit_of_work import UnitOfWork

T = TypeVar("T")
LINKABLE: Final = frozenset({UnitKind.PARKING, UnitKind.STORAGE})


class NumberTaken(Conflict):
    code = "premises.number-taken"
    message = N_("Another project has this fonds number.")


class BuildingThere(Conflict):
    code = "premises.building-there"
    message = N_("There is a building of this name already.")


class UnitThere(Conflict):
    code = "premises.unit-there"
    message = N_("There is a unit %(display)s already.")


class StaleUnit(Conflict):
    code = "premises.stale"
    message = N_("Somebody else changed this unit in the meantime. Below stands what is stored now.")


class NeedsReason(Invalid):
    code = "premises.needs-reason"
    message = N_("Please say in a few words why.")


class NothingChanged(Invalid):
    code = "premises.nothing-changed"
    message = N_("Nothing was changed.")


class ClosedUnit(Conflict):
    code = "premises.closed"
    message = N_("This unit is closed. Open it again before you change it.")


class ClosedProject(Conflict):
    code = "premises.project-closed"
    message = N_("This project is closed: it takes no new buildings and units.")


class ClosedBuilding(Conflict):
    code = "premises.building-closed"
    message = N_("This building is closed: it takes no new units.")


class CanNotGoWith(Invalid):
    code = "premises.can-not-go-with"
    message = N_("Only a parking space or a storage room of the same project can go with a unit.")


class GoesWithAnother(Conflict):
    code = "premises.goes-with-another"
    message = N_("%(display)s goes with another unit already. End that first.")


class EndsBeforeStart(Invalid):
    code = "premises.ends-before-start"
    message = N_("The end can't lie before the beginning.")


def reason_of(text: str) -> str:
    """Raises NeedsReason, TooLongText."""
    reason = rules.clean_text("reason", text)
    if not reason:
        raise NeedsReason(field="reason")
    return reason


def _kept(work: UnitOfWork, row: object, error: Exception) -> None:
    """Write a new row at once, so that what the database refuses is told here. Raises ``error``."""
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as cause:
        raise error from cause


def add_project(work: UnitOfWork, *, number: str, name_zh: str, name_en: str = "") -> ProjectId:
    """Raises Forbidden, NoFondsNumber, NeedsText, TooLongText, NumberTaken."""
    work.actor.must(Permission.MANAGE_PREMISES)
    row = Project(
        number=rules.fonds_number(number),
        name_zh=rules.clean_text("name_zh", name_zh, needed=True),
        name_en=rules.clean_text("name_en", name_en),
        created_at=work.now,
        created_by=work.actor.user_id,
    )
    _kept(work, row, NumberTaken(field="number"))
    work.audit("project.added", f"project:{row.id}", number=row.number)
    return ProjectId(row.id)


def change_project(
    work: UnitOfWork, project_id: int, *, name_zh: str, name_en: str, closed: bool, revision: int
) -> None:
    """Its number never changes: it stands in archival numbers. Raises Forbidden, NotFound, Conflict, NeedsText."""
    work.actor.must(Permission.MANAGE_PREMISES)
    row = work.session.get(Project, project_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if row.revision != revision:
        raise Conflict()
    row.name_zh = rules.clean_text("name_zh", name_zh, needed=True)
    row.name_en = rules.clean_text("name_en", name_en)
    row.closed_on = (row.closed_on or business_day(work.now)) if closed else None
    row.revision += 1
    work.audit("project.changed", f"project:{row.id}", closed=closed)


def _open_project(work: UnitOfWork, project_id: int) -> Project:
    row = work.session.get(Project, project_id)
    if row is None:
        raise NotFound()
    if row.closed_on is not None:
        raise ClosedProject()
    return row


def phase_id(work: UnitOfWork, project_id: int, name: str) -> int | None:
    """The phase of this name, made if there is none; None for no name."""
    name = rules.clean_text("phase", name)
    if not name:
        return None
    wanted = select(Phase).where(Phase.project_id == project_id, Phase.name == name)
    found = work.session.scalar(wanted)
    if found is None:
        found = Phase(project_id=project_id, name=name)
        work.session.add(found)
        work.session.flush()
    return found.id


def add_building(work: UnitOfWork, project_id: int, *, name: str, phase: str = "") -> BuildingId:
    """Raises Forbidden, NotFound, ClosedProject, BadBuilding, BuildingThere."""
    work.actor.must(Permission.MANAGE_PREMISES)
    _open_project(work, project_id)
    name = rules.building_name(name)
    code = rules.building_code(name)
    row = Building(
        project_id=project_id,
        phase_id=phase_id(work, project_id, phase),
        code=code,
        name=name,
        sort_key=rules.natural_key(code),
    )
    _kept(work, row, BuildingThere(field="building"))
    work.audit("building.added", f"building:{row.id}", project=project_id, name=name)
    return BuildingId(row.id)


def new_unit(building: Building, facts: UnitFacts, work: UnitOfWork) -> Unit:
    row = Unit(
        project_id=building.project_id,
        building_id=building.id,
        revision=1,
        created_at=work.now,
        created_by=work.actor.user_id,
    )
    write_facts(row, building, facts)
    return row


def write_facts(row: Unit, building: Building, facts: UnitFacts) -> None:
    row.entrance, row.floor, row.room = facts.entrance, facts.floor, facts.room
    row.display = rules.display(building.name, facts.kind, facts.entrance, facts.room)
    row.full_name = rules.spelled(building.code, facts.entrance, facts.room)
    row.short_name = rules.spelled(building.code, "", facts.room)
    row.squeezed = rules.squeezed(row.display)
    row.sort_key = rules.unit_key(building.code, facts.entrance, facts.room)
    row.kind, row.use_state = facts.kind.value, facts.use_state.value
    row.build_area, row.inner_area = facts.build_area, facts.inner_area
    row.handover_on, row.note = facts.handover_on, facts.note
    row.meters = {meter.value: {"number": m.number, "base": m.base} for meter, m in facts.meters.items()}


def add_unit(work: UnitOfWork, building_id: int, facts: UnitFacts) -> UnitId:
    """Raises Forbidden, NotFound, ClosedProject, ClosedBuilding, UnitThere, InnerAreaTooLarge."""
    work.actor.must(Permission.MANAGE_PREMISES)
    building = work.session.get(Building, building_id)
    if building is None:
        raise NotFound()
    _open_project(work, building.project_id)
    if building.closed_on is not None:
        raise ClosedBuilding()
    row = new_unit(building, rules.check(facts), work)
    _kept(work, row, UnitThere(field="room", display=row.display))
    work.audit("unit.added", f"unit:{row.id}", building=building.id)
    return UnitId(row.id)


def differences(old: UnitFacts, new: UnitFacts) -> dict[str, list[str]]:
    """{field: [old, new]} as texts, of those that differ."""
    before, after = rules.told(old), rules.told(new)
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


def _unit(work: UnitOfWork, unit_id: int, revision: int) -> Unit:
    row = work.session.get(Unit, unit_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if row.revision != revision:
        raise StaleUnit()
    return row


def note_change(work: UnitOfWork, row: Unit, fields: dict[str, list[Any]], reason: str) -> UnitChange:
    row.revision += 1
    return note(work, row, fields, reason)


def note(work: UnitOfWork, row: Unit, fields: dict[str, list[Any]], reason: str) -> UnitChange:
    """Why it is there or as it is; ``fields`` is empty where it came in."""
    change = UnitChange(unit_id=row.id, at=work.now, by=work.actor.user_id, reason=reason, fields=fields)
    work.session.add(change)
    return change


def change_unit(work: UnitOfWork, unit_id: int, facts: UnitFacts, *, revision: int, reason: str) -> None:
    """Old and new values are kept with the reason.

    Raises Forbidden, NotFound, StaleUnit, ClosedUnit, NeedsReason, NothingChanged, CoveredNote, UnitThere,
    InnerAreaTooLarge.
    """
    work.actor.must(Permission.MANAGE_PREMISES)
    reason = reason_of(reason)
    row = _unit(work, unit_id, revision)
    if row.closed_on is not None:
        raise ClosedUnit()
    building = work.session.get_one(Building, row.building_id)
    facts = replace(facts, note=rules.kept_note(facts.note, row.note))
    fields = differences(facts_of(row), rules.check(facts))
    if not fields:
        raise NothingChanged()

    def write() -> None:
        write_facts(row, building, facts)
        note_change(work, row, fields, reason)

    shown = rules.display(building.name, facts.kind, facts.entrance, facts.room)
    _or_there(work, write, shown)
    work.audit("unit.changed", f"unit:{row.id}", fields=sorted(fields))


def _or_there(work: UnitOfWork, write: Callable[[], None], shown: str) -> None:
    try:
        with work.session.begin_nested():
            write()
    except IntegrityError as error:
        raise UnitThere(field="room", display=shown) from error


def close_unit(work: UnitOfWork, unit_id: int, *, revision: int, reason: str) -> None:
    """A unit that was merged, divided or torn down; what is known of it stays. Raises as ``change_unit``."""
    work.actor.must(Permission.MANAGE_PREMISES)
    reason = reason_of(reason)
    row = _unit(work, unit_id, revision)
    if row.closed_on is not None:
        raise ClosedUnit()
    row.closed_on, row.closed_by_reason = business_day(work.now), reason
    note_change(work, row, {"closed": ["", row.closed_on.isoformat()]}, reason)
    work.audit("unit.closed", f"unit:{row.id}")


def open_unit(work: UnitOfWork, unit_id: int, *, revision: int, reason: str) -> None:
    """Open a closed unit again. Raises as ``change_unit``: another one may have its name by now."""
    work.actor.must(Permission.MANAGE_PREMISES)
    reason = reason_of(reason)
    row = _unit(work, unit_id, revision)
    if row.closed_on is None:
        raise NothingChanged()
    before = row.closed_on.isoformat()

    def write() -> None:
        row.closed_on, row.closed_by_reason = None, None
        note_change(work, row, {"closed": [before, ""]}, reason)

    _or_there(work, write, row.display)
    work.audit("unit.opened", f"unit:{row.id}")


def link(
    work: UnitOfWork, unit_id: int, linked_id: int, *, since: date | None = None, reason: str = ""
) -> int:
    """Let a parking space or storage room go with a unit from a day on; its id.

    Raises Forbidden, NotFound, ClosedUnit, CanNotGoWith, GoesWithAnother.
    """
    work.actor.must(Permission.MANAGE_PREMISES)
    main, other = work.session.get(Unit, unit_id), work.session.get(Unit, linked_id)
    if main is None or other is None:
        raise NotFound()
    if main.closed_on is not None or other.closed_on is not None:
        raise ClosedUnit()
    if (
        main.id == other.id
        or main.project_id != other.project_id
        or other.kind not in LINKABLE
        or main.kind in LINKABLE
    ):
        raise CanNotGoWith(field="linked")
    row = UnitLink(
        unit_id=main.id,
        linked_id=other.id,
        valid_from=since or business_day(work.now),
        reason=rules.clean_text("reason", reason),
        created_at=work.now,
        created_by=work.actor.user_id,
    )
    _kept(work, row, GoesWithAnother(field="linked", display=other.display))
    work.audit("unit.linked", f"unit:{main.id}", linked=other.id)
    return row.id


def unlink(work: UnitOfWork, link_id: int, *, until: date | None = None) -> UnitId:
    """End a link on a day; the unit that it belonged to. Raises Forbidden, NotFound, Conflict, EndsBeforeStart."""
    work.actor.must(Permission.MANAGE_PREMISES)
    row = work.session.get(UnitLink, link_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if row.valid_to is not None:
        raise Conflict()
    until = until or business_day(work.now)
    if until < row.valid_from:
        raise EndsBeforeStart(field="until")
    row.valid_to = until
    work.audit("unit.unlinked", f"unit:{row.unit_id}", linked=row.linked_id)
    return UnitId(row.unit_id)
