"""Projects, units and their tables for programs."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from flask import Response, url_for
from pydantic import Field, StrictInt

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_
from archive_service.premises.queries import parties as party_queries
from archive_service.premises.queries import units as queries
from archive_service.premises.queries.units import LONGEST_QUERY, BuildingRow, UnitFilter, UnitRow
from archive_service.premises.rules import units as rules
from archive_service.premises.rules.parties import OccupancyRole
from archive_service.premises.rules.units import BuildingId, ProjectId, UnitKind, UseState
from archive_service.premises.service import buildings as building_service
from archive_service.premises.service import units as service
from archive_service.premises.service.seals import seal_of
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("premises_api", __name__, "premises")

LARGEST_ID: Final = 2**31 - 1
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Project(Told):
    id: int
    number: str = Field(description="the fonds number")
    name_zh: str
    name_en: str
    closed: bool


class ProjectList(Told):
    projects: list[Project]


class NewProject(Asked):
    number: Line
    name_zh: Line
    name_en: Line = ""


class NewBuilding(Asked):
    name: Line = Field(description="as people say it: 3栋, A区, B2; a bare number gets its word")
    phase: Line = ""


class Building(Told):
    id: int
    project_id: int
    name: str
    code: str
    phase: str


class BuildingPatch(Asked):
    """Only what is sent is changed."""

    revision: Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
    reason: Line
    name: Line | None = None
    phase: Line | None = None
    closed: bool | None = None


class BuildingTold(Building):
    units: int = Field(description="that are open")
    closed: bool
    revision: int


class BuildingList(Told):
    buildings: list[BuildingTold]


class UnitFields(Asked):
    """Days as 2026-03-08, areas in square metres with two decimals."""

    entrance: Line | None = None
    floor: Line | None = None
    room: Line | None = None
    kind: UnitKind | None = None
    build_area: Line | None = None
    inner_area: Line | None = None
    use_state: UseState | None = None
    handover_on: Line | None = None
    water_no: Line | None = None
    water_base: Line | None = None
    electricity_no: Line | None = None
    electricity_base: Line | None = None
    gas_no: Line | None = None
    gas_base: Line | None = None
    note: Line | None = None


class NewUnit(UnitFields):
    building_id: Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]


class UnitPatch(UnitFields):
    """Only what is sent is changed; ``closed`` closes the unit or opens it again."""

    revision: Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
    reason: Line
    closed: bool | None = None


class UnitQuery(Asked):
    q: str = Field(
        default="", max_length=LONGEST_QUERY, description="any spelling of a unit's name, or its beginning"
    )
    project: Id | None = None
    building: Id | None = None
    kind: UnitKind | None = None
    use_state: UseState | None = None
    closed: bool = False
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
    size: Annotated[int, Field(ge=1, le=100)] = 50


class Occupant(Told):
    """Masked. ``until``: the first day on which it no longer holds."""

    role: OccupancyRole
    name: str
    id_no: str
    mobile: str
    share: str
    since: str
    until: str | None


class Unit(Told):
    id: int
    project_id: int
    project: str = Field(description="the fonds number")
    building_id: int
    building: str
    phase: str
    display: str
    entrance: str
    floor: str
    room: str
    kind: UnitKind
    build_area: str
    inner_area: str
    use_state: UseState
    handover_on: str
    water_no: str
    water_base: str
    electricity_no: str
    electricity_base: str
    gas_no: str
    gas_base: str
    note: str
    closed: bool
    revision: int


class UnitCard(Unit):
    """``occupants``: of today; null for those from whom it is hidden who lives where."""

    occupants: list[Occupant] | None


class UnitList(Told):
    total: int
    page: int
    size: int
    units: list[Unit]


def unit_facts(row: UnitRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "project_id": row.project_id,
        "project": row.project_number,
        "building_id": row.building_id,
        "building": row.building,
        "phase": row.phase,
        "display": row.display,
        **rules.told(row.facts),
        "closed": row.closed_on is not None,
        "revision": row.revision,
    }


@blueprint.get("/projects")
@blueprint.output(ProjectList)
@blueprint.doc(summary=N_("All projects, by their fonds numbers"))
def projects() -> ProjectList:
    current_actor().must(Permission.SEE_PREMISES)
    with current_archive().reading() as session:
        rows = queries.projects(session)
    return ProjectList(projects=[_project(row) for row in rows])


def _project(row: queries.ProjectRow) -> Project:
    return Project(
        id=row.id,
        number=row.number,
        name_zh=row.name_zh,
        name_en=row.name_en,
        closed=row.closed_on is not None,
    )


@blueprint.post("/projects")
@blueprint.input(NewProject, arg_name="asked")
@blueprint.output(Project, status_code=201)
@blueprint.doc(summary=N_("Make a project"), responses={409: "The number is taken"})
def add_project(asked: NewProject) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        made = service.add_project(work, number=asked.number, name_zh=asked.name_zh, name_en=asked.name_en)
        row = _project(queries.project(work.session, made))
        return Reply(201, row.model_dump(mode="json"))

    return _once(asked, effect)


@blueprint.post("/projects/<int:project_id>/buildings")
@blueprint.input(NewBuilding, arg_name="asked")
@blueprint.output(Building, status_code=201)
@blueprint.doc(summary=N_("Make a building"), responses={409: "It is there already"})
def add_building(project_id: int, asked: NewBuilding) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        made = service.add_building(work, min(project_id, LARGEST_ID), name=asked.name, phase=asked.phase)
        row = queries.building(work.session, made)
        told = Building(id=row.id, project_id=row.project_id, name=row.name, code=row.code, phase=row.phase)
        return Reply(201, told.model_dump(mode="json"))

    return _once(asked, effect)


def _once(asked: Asked, effect: Callable[[UnitOfWork], Reply]) -> Response:
    current_actor().must(Permission.MANAGE_PREMISES)
    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.get("/projects/<int(max=2147483647):project_id>/buildings")
@blueprint.output(BuildingList)
@blueprint.doc(summary=N_("The buildings of a project, in natural order"))
def buildings(project_id: int) -> BuildingList:
    current_actor().must(Permission.SEE_PREMISES)
    with current_archive().reading() as session:
        rows = queries.buildings(session, queries.project(session, project_id).id)
    return BuildingList(buildings=[_building_told(row) for row in rows])


def _building_told(row: BuildingRow) -> BuildingTold:
    return BuildingTold(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        code=row.code,
        phase=row.phase,
        units=row.units,
        closed=row.closed_on is not None,
        revision=row.revision,
    )


@blueprint.patch("/buildings/<int(max=2147483647):building_id>")
@blueprint.input(BuildingPatch, arg_name="patch")
@blueprint.output(BuildingTold)
@blueprint.doc(
    summary=N_("Rename a building with all its units, close it or open it again, with a reason"),
    responses={409: "Somebody was faster, the name is taken, or units in it are open"},
)
def change_building(building_id: int, patch: BuildingPatch) -> BuildingTold:
    actor = current_actor()
    actor.must(Permission.MANAGE_PREMISES)
    with current_archive().unit_of_work(actor) as work:
        row = queries.building(work.session, building_id)
        building_service.change_building(
            work,
            building_id,
            name=row.name if patch.name is None else patch.name,
            phase=row.phase if patch.phase is None else patch.phase,
            closed=row.closed_on is not None if patch.closed is None else patch.closed,
            revision=patch.revision,
            reason=patch.reason,
        )
        all_of = queries.buildings(work.session, row.project_id)
    return _building_told(next(b for b in all_of if b.id == building_id))


@blueprint.get("/units")
@blueprint.input(UnitQuery, location="query", arg_name="asked")
@blueprint.output(UnitList)
@blueprint.doc(summary=N_("Units, by project, building, entrance and room"))
def units(asked: UnitQuery) -> UnitList:
    current_actor().must(Permission.SEE_PREMISES)
    wanted = UnitFilter(
        project_id=ProjectId(asked.project) if asked.project else None,
        building_id=BuildingId(asked.building) if asked.building else None,
        kind=asked.kind,
        use_state=asked.use_state,
        text=asked.q,
        closed=asked.closed,
    )
    with current_archive().reading() as session:
        total = queries.unit_count(session, wanted)
        rows = queries.units(session, wanted, offset=(asked.page - 1) * asked.size, limit=asked.size)
    return UnitList(
        total=total, page=asked.page, size=asked.size, units=[Unit(**unit_facts(row)) for row in rows]
    )


@blueprint.get("/units/<int:unit_id>")
@blueprint.output(UnitCard)
@blueprint.doc(summary=N_("One unit, with who owns and uses it today, masked"))
def unit(unit_id: int) -> UnitCard:
    current_actor().must(Permission.SEE_PREMISES)
    return _card(unit_id)


def _card(unit_id: int) -> UnitCard:
    archive = current_archive()
    today = business_day(archive.clock.now())
    occupants = None
    with archive.reading() as session:
        row = queries.unit(session, min(unit_id, LARGEST_ID))
        if current_actor().may(Permission.SEE_PARTIES):
            rows = party_queries.occupancies_of_unit(session, seal_of(archive), row.id)
            occupants = [
                Occupant(
                    role=o.role,
                    name=o.party.name,
                    id_no=o.party.id_no,
                    mobile=o.party.mobile,
                    share=o.share_text,
                    since=o.valid_from.isoformat(),
                    until=o.valid_to.isoformat() if o.valid_to else None,
                )
                for o in rows
                if o.holds_on(today)
            ]
    return UnitCard(**unit_facts(row), occupants=occupants)


@blueprint.post("/units")
@blueprint.input(NewUnit, arg_name="asked")
@blueprint.output(Unit, status_code=201)
@blueprint.doc(summary=N_("Make a unit"), responses={409: "It is there already"})
def add_unit(asked: NewUnit) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        made = service.add_unit(work, asked.building_id, _facts({}, asked))
        row = Unit(**unit_facts(queries.unit(work.session, made)))
        return Reply(
            201, row.model_dump(mode="json"), {"Location": url_for("premises_api.unit", unit_id=made)}
        )

    return _once(asked, effect)


def _facts(known: dict[str, str], asked: UnitFields) -> rules.UnitFacts:
    """What is sent over what is known. Raises the first thing that is wrong."""
    sent = asked.model_dump(exclude_none=True, include=set(rules.FIELDS))
    facts, problems = rules.read_facts(known | {name: str(value) for name, value in sent.items()})
    if facts is None:
        raise problems[0]
    return facts


@blueprint.patch("/units/<int:unit_id>")
@blueprint.input(UnitPatch, arg_name="patch")
@blueprint.output(UnitCard)
@blueprint.doc(
    summary=N_("Change a unit, close it or open it again, with a reason"),
    responses={409: "Somebody else was faster, the unit is closed, or another one has this name"},
)
def change_unit(unit_id: int, patch: UnitPatch) -> UnitCard:
    current_actor().must(Permission.MANAGE_PREMISES)
    bounded = min(unit_id, LARGEST_ID)
    with current_archive().unit_of_work(current_actor()) as work:
        row = queries.unit(work.session, bounded)
        revision = patch.revision
        is_closed = row.closed_on is not None
        if patch.closed is False and is_closed:
            service.open_unit(work, bounded, revision=revision, reason=patch.reason)
            revision += 1
        facts = _facts(rules.told(row.facts), patch)
        moves = (patch.closed is not None) and patch.closed is not is_closed
        if facts != row.facts or not moves:
            service.change_unit(work, bounded, facts, revision=revision, reason=patch.reason)
            revision += 1
        if patch.closed and not is_closed:
            service.close_unit(work, bounded, revision=revision, reason=patch.reason)
    return _card(bounded)
