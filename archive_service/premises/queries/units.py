"""Projects, buildings and units: lists with filters, one by one, and by every spelling of a name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.errors import NotFound
from archive_service.kernel.masking import mask
from archive_service.premises.models import Building, Phase, Project, Unit, UnitChange, UnitLink
from archive_service.premises.rules.units import (
    BuildingId,
    Meter,
    MeterFacts,
    ProjectId,
    UnitFacts,
    UnitId,
    UnitKind,
    UseState,
    area_text,
    squeezed,
)
from search_index import normalise
from search_index.units import units_in

LONGEST_QUERY: Final = 80
MOST_CHANGES: Final = 100
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ProjectRow:
    id: ProjectId
    number: str
    name_zh: str
    name_en: str
    closed_on: date | None
    revision: int

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en or self.name_zh


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """``units``: how many of it are open."""

    id: BuildingId
    project_id: ProjectId
    phase: str
    code: str
    name: str
    closed_on: date | None
    revision: int
    units: int = 0


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Numbers of people in the remark and in why it was closed are masked; ``rules.kept_note`` lets them stay as they
    are where the remark is sent back."""

    id: UnitId
    project_id: ProjectId
    project_number: str
    project_zh: str
    project_en: str
    building_id: BuildingId
    building: str
    phase: str
    display: str
    short_form: str
    facts: UnitFacts
    closed_on: date | None
    closed_by_reason: str | None
    revision: int

    def project(self, language: str) -> str:
        return self.project_zh if language.startswith("zh") else self.project_en or self.project_zh

    @property
    def build_area(self) -> str:
        return area_text(self.facts.build_area)

    @property
    def inner_area(self) -> str:
        return area_text(self.facts.inner_area)


@dataclass(frozen=True, slots=True)
class UnitFilter:
    """``text``: any spelling of a unit's name, or how it begins. ``closed``: those that are closed instead."""

    project_id: ProjectId | None = None
    building_id: BuildingId | None = None
    kind: UnitKind | None = None
    use_state: UseState | None = None
    text: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """``fields``: {name: (old, new)}; remarks and the reason masked."""

    at: datetime
    by: int | None
    reason: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: int
    unit_id: UnitId
    display: str
    kind: UnitKind
    valid_from: date
    valid_to: date | None
    reason: str

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def _project_row(p: Project) -> ProjectRow:
    return ProjectRow(ProjectId(p.id), p.number, p.name_zh, p.name_en, p.closed_on, p.revision)


def projects(session: Session) -> list[ProjectRow]:
    """All of them, by number: a company has a handful."""
    return [_project_row(p) for p in session.scalars(select(Project).order_by(Project.number))]


def project(session: Session, project_id: int) -> ProjectRow:
    """Raises NotFound."""
    found = session.get(Project, project_id)
    if found is None:
        raise NotFound()
    return _project_row(found)


def buildings(session: Session, project_id: ProjectId | None = None) -> list[BuildingRow]:
    """In natural order within their projects, with how many open units each has."""
    counted = (
        select(Unit.building_id, func.count().label("units"))
        .where(Unit.closed_on.is_(None))
        .group_by(Unit.building_id)
        .subquery()
    )
    wanted = (
        select(Building, Phase.name, counted.c.units)
        .outerjoin(Phase, Building.phase_id == Phase.id)
        .outerjoin(counted, counted.c.building_id == Building.id)
        .order_by(Building.project_id, Building.sort_key, Building.id)
    )
    if project_id is not None:
        wanted = wanted.where(Building.project_id == project_id)
    return [
        BuildingRow(
            BuildingId(b.id),
            ProjectId(b.project_id),
            phase or "",
            b.code,
            b.name,
            b.closed_on,
            b.revision,
            units or 0,
        )
        for b, phase, units in session.execute(wanted)
    ]


def building(session: Session, building_id: int) -> BuildingRow:
    """Raises NotFound."""
    found = session.get(Building, building_id)
    if found is None:
        raise NotFound()
    phase = session.get(Phase, found.phase_id) if found.phase_id else None
    return BuildingRow(
        BuildingId(found.id),
        ProjectId(found.project_id),
        phase.name if phase else "",
        found.code,
        found.name,
        found.closed_on,
        found.revision,
    )


def facts_of(unit: Unit) -> UnitFacts:
    return UnitFacts(
        room=unit.room,
        kind=UnitKind(unit.kind),
        entrance=unit.entrance,
        floor=unit.floor,
        build_area=unit.build_area,
        inner_area=unit.inner_area,
        use_state=UseState(unit.use_state),
        handover_on=unit.handover_on,
        meters={Meter(k): MeterFacts(v.get("number", ""), v.get("base", "")) for k, v in unit.meters.items()},
        note=unit.note,
    )


def _units() -> Select[Unit, Building, Project, str | None]:
    return (
        select(Unit, Building, Project, Phase.name)
        .join(Building, Unit.building_id == Building.id)
        .join(Project, Unit.project_id == Project.id)
        .outerjoin(Phase, Building.phase_id == Phase.id)
    )


def _unit_row(u: Unit, b: Building, p: Project, phase: str | None) -> UnitRow:
    return UnitRow(
        id=UnitId(u.id),
        project_id=ProjectId(p.id),
        project_number=p.number,
        project_zh=p.name_zh,
        project_en=p.name_en,
        building_id=BuildingId(b.id),
        building=b.name,
        phase=phase or "",
        display=u.display,
        short_form="-".join(part for part in (b.code.upper(), u.entrance, u.room) if part),
        facts=replace(facts_of(u), note=mask(u.note)),
        closed_on=u.closed_on,
        closed_by_reason=None if u.closed_by_reason is None else mask(u.closed_by_reason),
        revision=u.revision,
    )


def _conditions(wanted: UnitFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Unit.closed_on.is_not(None) if wanted.closed else Unit.closed_on.is_(None)
    ]
    if wanted.project_id is not None:
        found.append(Unit.project_id == wanted.project_id)
    if wanted.building_id is not None:
        found.append(Unit.building_id == wanted.building_id)
    if wanted.kind is not None:
        found.append(Unit.kind == wanted.kind.value)
    if wanted.use_state is not None:
        found.append(Unit.use_state == wanted.use_state.value)
    if wanted.text.strip():
        found.append(named(wanted.text))
    return found


def named(text: str) -> ColumnElement[bool]:
    """Units that ``text`` calls by any spelling of their name (a flat named without its entrance is found in every
    entrance), whose room it is, or whose name it begins."""
    text = text[:LONGEST_QUERY]
    names = {unit.name for unit in units_in(normalise(text))}
    start = squeezed(text)
    ways: list[ColumnElement[bool]] = [Unit.room == text.strip().upper()]
    if names:
        ways += [Unit.full_name.in_(names), Unit.short_name.in_(names)]
    if start:
        ways.append((Unit.squeezed >= start) & (Unit.squeezed < start + _LAST))
        ways.append((Unit.full_name == start) | (Unit.short_name == start))
    return or_(*ways)


def unit_count(session: Session, wanted: UnitFilter) -> int:
    counted = select(func.count()).select_from(Unit).where(*_conditions(wanted))
    return session.scalar(counted) or 0


def units(session: Session, wanted: UnitFilter, *, offset: int = 0, limit: int = 50) -> list[UnitRow]:
    """By project, building, entrance and room, in natural order."""
    asked = (
        _units()
        .where(*_conditions(wanted))
        .order_by(Unit.project_id, Unit.sort_key, Unit.id)
        .offset(offset)
        .limit(limit)
    )
    return [_unit_row(*row) for row in session.execute(asked)]


def unit(session: Session, unit_id: int) -> UnitRow:
    """Raises NotFound."""
    found = session.execute(_units().where(Unit.id == unit_id)).one_or_none()
    if found is None:
        raise NotFound()
    return _unit_row(*found)


def unit_names(session: Session, unit_ids: Collection[int]) -> dict[int, str]:
    """What the units are called, by id, in one statement."""
    asked = select(Unit.id, Unit.display).where(Unit.id.in_(unit_ids))
    return dict(iter(session.execute(asked)))


def units_called(session: Session, text: str, *, limit: int = 20) -> list[UnitRow]:
    """The open units that ``text`` may mean, for programs and for suggestions."""
    return units(session, UnitFilter(text=text), limit=limit) if text.strip() else []


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text that should call one unit calls. ``unit``: the only one, open ones before closed ones; ``others``:
    the names of several. ``register``: whether there are units at all to be found."""

    unit: UnitRow | None
    others: tuple[str, ...] = ()
    register: bool = True


def unit_meant(session: Session, text: str, *, fonds: str = "") -> Meant:
    """The unit that ``text`` names as a whole, by any spelling; no beginnings and no bare rooms, as lists find them.

    ``fonds``: of the project in which it must lie, "" for any.
    """
    text = text.strip()[:LONGEST_QUERY]
    names = {unit.name for unit in units_in(normalise(text))}
    whole = squeezed(text)
    if not whole:
        return Meant(None)
    ways: list[ColumnElement[bool]] = [Unit.squeezed == whole]
    if len(names) == 1:
        ways += [Unit.full_name.in_(names), Unit.short_name.in_(names)]
    there = [Project.number == fonds] if fonds else []
    asked = _units().where(or_(*ways), *there).order_by(Unit.id).limit(20)
    found = [_unit_row(*row) for row in session.execute(asked)]
    best = [row for row in found if row.closed_on is None] or found
    exact = [row for row in best if squeezed(row.display) == whole or squeezed(row.short_form) == whole]
    best = exact if len(exact) == 1 else best
    if len(best) == 1:
        return Meant(best[0])
    if best:
        return Meant(None, tuple(row.display for row in best))
    register = select(Unit.id).join(Project, Project.id == Unit.project_id).where(*there).limit(1)
    return Meant(None, register=session.scalar(register) is not None)


def changes(session: Session, unit_id: UnitId) -> list[ChangeRow]:
    """Newest first."""
    asked = (
        select(UnitChange)
        .where(UnitChange.unit_id == unit_id)
        .order_by(UnitChange.id.desc())
        .limit(MOST_CHANGES)
    )
    return [ChangeRow(c.at, c.by, mask(c.reason), shown_fields(c.fields)) for c in session.scalars(asked)]


def shown_fields(fields: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, Any]]:
    """{name: (old, new)}, remarks masked."""
    return {
        name: (mask(old), mask(new)) if name == "note" else (old, new) for name, (old, new) in fields.items()
    }


def links(session: Session, unit_id: UnitId) -> list[LinkRow]:
    """What goes with a unit, or the unit with which it goes; those of today and of before, newest first."""
    other = aliased(Unit)
    rows: list[LinkRow] = []
    for here, there in ((UnitLink.unit_id, UnitLink.linked_id), (UnitLink.linked_id, UnitLink.unit_id)):
        asked = (
            select(UnitLink, other)
            .join(other, other.id == there)
            .where(here == unit_id)
            .order_by(UnitLink.valid_from.desc(), UnitLink.id.desc())
            .limit(MOST_CHANGES)
        )
        rows += [
            LinkRow(
                link.id,
                UnitId(u.id),
                u.display,
                UnitKind(u.kind),
                link.valid_from,
                link.valid_to,
                mask(link.reason),
            )
            for link, u in session.execute(asked)
        ]
    return rows
