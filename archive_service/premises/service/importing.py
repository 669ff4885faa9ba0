"""A table of units comes in: first what it would do, then all of it in one transaction, as often as one likes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.models import Building, Project, Unit, UnitChange
from archive_service.premises.queries.units import facts_of, shown_fields
from archive_service.premises.rules import units as rules
from archive_service.premises.rules.columns import HasProblems, Problem
from archive_service.premises.rules.importing import (
    Planned,
    PlannedUnit,
    TwiceInTable,
    UnknownProject,
    plan,
)
from archive_service.premises.rules.tables import Table
from archive_service.premises.rules.units import UnitFacts, UseState
from archive_service.premises.service.units import (
    differences,
    new_unit,
    note,
    note_change,
    phase_id,
    reason_of,
    write_facts,
)
from archive_service.unit_of_work import UnitOfWork

MOST_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import does or would do. ``left_out``: rows with problems. ``unread``: headings that mean nothing."""

    added: tuple[str, ...] = ()
    changed: tuple[tuple[str, Mapping[str, tuple[str, str]]], ...] = ()
    same: int = 0
    buildings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def left_out(self) -> int:
        return len({problem.row for problem in self.problems})

    @property
    def does_something(self) -> bool:
        return bool(self.added or self.changed or self.buildings)


@dataclass(slots=True)
class _Register:
    """What is known already of the projects that a table speaks of, and what the table adds."""

    projects: dict[str, Project]
    sole: Project | None
    buildings: dict[tuple[int, str], Building]
    units: dict[tuple[int, str, str], Unit] = field(default_factory=dict)


def preview(work: UnitOfWork, table: Table) -> Outcome:
    """What the table would do; nothing is changed. Raises Forbidden, BadTable.

    The table is read before the unit of work begins: it may take seconds, in which nobody else could write.
    """
    work.actor.must(Permission.MANAGE_PREMISES)
    return _look(work, plan(table))[0]


def import_units(work: UnitOfWork, table: Table, *, reason: str, skip: bool = False) -> Outcome:
    """Bring the table in: new buildings and units are made, known ones changed where a filled cell differs.

    ``skip``: leave out the rows with problems; without it any problem stops all of it. Raises Forbidden, BadTable,
    NeedsReason, HasProblems, and Conflict when somebody made one of the units in the meantime.
    """
    work.actor.must(Permission.MANAGE_PREMISES)
    reason = reason_of(reason)
    outcome, steps, register = _look(work, plan(table))
    if outcome.problems and not skip:
        raise HasProblems(outcome.problems)
    try:
        with work.session.begin_nested():
            _write(work, steps, register, reason)
    except IntegrityError as error:
        raise Conflict() from error
    if outcome.does_something:
        work.audit(
            "units.imported",
            "units",
            added=len(outcome.added),
            changed=len(outcome.changed),
            same=outcome.same,
            left_out=outcome.left_out,
        )
    return outcome


@dataclass(frozen=True, slots=True)
class _Step:
    planned: PlannedUnit
    project: Project
    facts: UnitFacts
    unit: Unit | None  # None: a new one
    fields: dict[str, list[str]]


def _look(work: UnitOfWork, planned: Planned) -> tuple[Outcome, list[_Step], _Register]:
    register = _known(work)
    problems = list(planned.problems)
    steps: list[_Step] = []
    same = 0
    seen: dict[tuple[int, str, str, str], int] = {}
    buildings: dict[tuple[int, str], str] = {}

    def trouble(row: int, error: Invalid) -> None:
        problems.append(planned.told.problem(row, error, "room"))

    for one in planned.units:
        project = register.projects.get(one.project.upper()) if one.project else register.sole
        if project is None or project.closed_on is not None:
            trouble(one.row, UnknownProject(field="project"))
            continue
        building = register.buildings.get((project.id, one.code))
        unit, facts, wrong = _merged(register, building, one)
        for error in wrong:
            trouble(one.row, error)
        if facts is None:
            continue
        key = (project.id, one.code, facts.entrance, facts.room)
        if key in seen:
            trouble(one.row, TwiceInTable(field="room", row=seen[key]))
            continue
        seen[key] = one.row
        if building is None:
            buildings.setdefault((project.id, one.code), one.building)
        fields = differences(facts_of(unit), facts) if unit else {}
        if unit is not None and not fields:
            same += 1
            continue
        steps.append(_Step(one, project, facts, unit, fields))
    problems.sort(key=lambda problem: problem.row)
    outcome = Outcome(
        added=tuple(
            rules.display(_called(register, s), s.facts.kind, s.facts.entrance, s.facts.room)
            for s in steps
            if s.unit is None
        ),
        changed=tuple((s.unit.display, shown_fields(s.fields)) for s in steps if s.unit is not None),
        same=same,
        buildings=tuple(buildings.values()),
        problems=tuple(problems),
        unread=planned.told.unread,
    )
    return outcome, steps, register


def _called(register: _Register, step: _Step) -> str:
    known = register.buildings.get((step.project.id, step.planned.code))
    return known.name if known else step.planned.building


def _known(work: UnitOfWork) -> _Register:
    projects = list(work.session.scalars(select(Project)))
    named = {p.number: p for p in projects} | {p.name_zh.upper(): p for p in projects}
    opened = [p for p in projects if p.closed_on is None]
    register = _Register(
        projects=named,
        sole=opened[0] if len(opened) == 1 else None,
        buildings={(b.project_id, b.code): b for b in work.session.scalars(select(Building))},
    )
    for unit in work.session.scalars(select(Unit).where(Unit.closed_on.is_(None))):
        register.units[unit.building_id, unit.entrance, unit.room] = unit
    return register


def _merged(
    register: _Register, building: Building | None, one: PlannedUnit
) -> tuple[Unit | None, UnitFacts | None, list[Invalid]]:
    """The row over what is known of the unit. A cell that is empty says nothing."""
    told = dict(one.told)
    unit = None
    if building is not None:
        try:
            key = (building.id, rules.entrance(told.get("entrance", "")), rules.room(told["room"]))
        except Invalid:
            pass  # told below with everything else
        else:
            unit = register.units.get(key)
    if unit is None:
        told.setdefault("use_state", UseState.UNSOLD.value)
    facts, wrong = rules.read_facts(rules.told(facts_of(unit)) | told if unit else told)
    if unit and facts:
        try:
            facts = replace(facts, note=rules.kept_note(facts.note, unit.note))
        except Invalid as error:
            return unit, None, [*wrong, error]
    return unit, facts, wrong


def _write(work: UnitOfWork, steps: list[_Step], register: _Register, reason: str) -> None:
    """All of it, with a row in the trail for every unit."""
    made: list[Unit] = []
    changed: list[UnitChange] = []
    for step in steps:
        building = _building(work, step, register)
        if step.unit is None:
            made.append(new_unit(building, step.facts, work))
        else:
            write_facts(step.unit, building, step.facts)
            changed.append(note_change(work, step.unit, dict(step.fields), reason))
    work.session.add_all(made)
    work.session.flush()
    came = [note(work, unit, {}, reason) for unit in made]
    work.session.flush()
    for action, changes in (("unit.brought-in", came), ("unit.changed-by-table", changed)):
        for change in changes:
            work.audit(action, f"unit:{change.unit_id}", change=change.id)


def _building(work: UnitOfWork, step: _Step, register: _Register) -> Building:
    place = (step.project.id, step.planned.code)
    building = register.buildings.get(place)
    if building is None:
        building = register.buildings[place] = Building(
            project_id=step.project.id,
            phase_id=phase_id(work, step.project.id, step.planned.phase),
            code=step.planned.code,
            name=step.planned.building,
            sort_key=rules.natural_key(step.planned.code),
        )
        work.session.add(building)
        work.session.flush()
    return building
