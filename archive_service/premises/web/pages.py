"""Looking at premises: projects and buildings, units in lists, the card of one."""

from io import BytesIO
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Invalid
from archive_service.premises.queries import parties
from archive_service.premises.queries import units as queries
from archive_service.premises.queries.units import UnitFilter
from archive_service.premises.rules import importing
from archive_service.premises.rules import units as rules
from archive_service.premises.rules.parties import OCCUPANCY_NAMES
from archive_service.premises.rules.tables import MOST_ROWS
from archive_service.premises.rules.units import (
    KIND_NAMES,
    METER_NAMES,
    USE_NAMES,
    BuildingId,
    ProjectId,
    UnitKind,
    UseState,
)
from archive_service.premises.service.seals import seal_of
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    only_asked,
    whole_number,
)
from archive_service.web.papers import current_papers

blueprint = Blueprint("premises", __name__, template_folder="../templates")

PAGE_SIZE: Final = 50
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_ID: Final = 2**31 - 1
_FILTERS: Final = ("project", "building", "kind", "use", "q", "closed", "page")

FIELD_NAMES: Final = {
    "entrance": N_("Entrance"),
    "floor": N_("Floor"),
    "room": N_("Room number"),
    "kind": N_("Kind"),
    "build_area": N_("Built area (m²)"),
    "inner_area": N_("Inner area (m²)"),
    "use_state": N_("Use"),
    "handover_on": N_("Handed over on"),
    "water_no": N_("Water meter number"),
    "water_base": N_("Water reading at handover"),
    "electricity_no": N_("Electricity meter number"),
    "electricity_base": N_("Electricity reading at handover"),
    "gas_no": N_("Gas meter number"),
    "gas_base": N_("Gas reading at handover"),
    "note": N_("Remark"),
    "closed": N_("Closed on"),
    "building": N_("Name of the unit"),
}


class TooManyForTable(Invalid):
    code = "premises.too-many-for-table"
    message = N_("More than %(most)s units fit into no table here. Choose a project or a building first.")


def words() -> dict[str, Any]:
    """The names of codes that pages of premises show, and what the person may do."""
    actor = current_actor()
    return {
        "language": current_language(),
        "kind_names": {k.value: v for k, v in KIND_NAMES.items()},
        "use_names": {k.value: v for k, v in USE_NAMES.items()},
        "meter_names": {k.value: v for k, v in METER_NAMES.items()},
        "field_names": FIELD_NAMES,
        "may_manage": actor.may(Permission.MANAGE_PREMISES),
        "sees_parties": actor.may(Permission.SEE_PARTIES),
    }


@blueprint.get("/premises")
def page() -> str:
    only_asked()
    current_actor().must(Permission.SEE_PREMISES)
    with current_archive().reading() as session:
        projects = queries.projects(session)
        buildings = queries.buildings(session)
    return render_template("premises/page.html", projects=projects, buildings=buildings, **words())


@blueprint.get("/premises/units")
def units() -> ResponseReturnValue:
    only_asked(*_FILTERS)
    current_actor().must(Permission.SEE_PREMISES)
    wanted = _filter()
    number = asked_page()
    with current_archive().reading() as session:
        total = queries.unit_count(session, wanted)
        rows = queries.units(session, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        projects = queries.projects(session)
        buildings = queries.buildings(session, wanted.project_id)
    if wanted.text and total == 1 and rows and set(request.args) <= {"q", "project"}:
        return redirect(url_for("premises.unit", unit_id=rows[0].id))
    return render_template(
        "premises/units.html",
        rows=rows,
        wanted=wanted,
        projects=projects,
        buildings=buildings,
        paging=Paging(number, PAGE_SIZE, total),
        **words(),
    )


def _filter() -> UnitFilter:
    asked = request.args
    project = whole_number(asked.get("project", ""), LARGEST_ID)
    building = whole_number(asked.get("building", ""), LARGEST_ID)
    kind, use = asked.get("kind", ""), asked.get("use", "")
    return UnitFilter(
        project_id=ProjectId(project) if project else None,
        building_id=BuildingId(building) if building else None,
        kind=UnitKind(kind) if kind in set(UnitKind) else None,
        use_state=UseState(use) if use in set(UseState) else None,
        text=asked.get("q", "").strip()[: queries.LONGEST_QUERY],
        closed=asked.get("closed") == "1",
    )


@blueprint.get("/premises/units.xlsx")
def units_as_workbook() -> ResponseReturnValue:
    """The list as it is filtered, with the headings by which it comes in again; every cell is text."""
    only_asked(*_FILTERS)
    current_actor().must(Permission.SEE_PREMISES)
    wanted = _filter()
    with current_archive().reading() as session:
        if queries.unit_count(session, wanted) > MOST_ROWS:
            raise TooManyForTable(most=MOST_ROWS)
        rows = queries.units(session, wanted, limit=MOST_ROWS)
    content = importing.register_table(_cells(row) for row in rows)
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name="房屋清册.xlsx")


def _cells(row: queries.UnitRow) -> dict[str, str]:
    told = rules.told(row.facts)
    zh_kinds = {code.value: word for word, code in rules.KINDS_ZH.items()}
    zh_uses = {code.value: word for word, code in rules.USES_ZH.items()}
    return {
        **told,
        "kind": zh_kinds[told["kind"]],
        "use_state": zh_uses[told["use_state"]],
        "project": row.project_number,
        "phase": row.phase,
        "building": row.building,
    }


@blueprint.get("/premises/units/<int:unit_id>")
def unit(unit_id: int) -> ResponseReturnValue:
    """Everything about one unit on one page."""
    only_asked()
    current_actor().must(Permission.SEE_PREMISES)
    archive = current_archive()
    with archive.reading() as session:
        row = queries.unit(session, bounded(unit_id))
        links = queries.links(session, row.id)
        changes = queries.changes(session, row.id)
        names = people.display_names(session)
        shown = current_actor().may(Permission.SEE_PARTIES)
        enters = shown and current_actor().may(Permission.MANAGE_PARTIES)
        papers = current_papers().likely(session, current_actor(), [row.id]) if enters else []
        occupancies = parties.occupancies_of_unit(session, seal_of(archive), row.id) if shown else []
        told_by = parties.papers_named(occupancies)
        seen_papers = current_papers().seen(session, current_actor(), told_by)
    ranks = list(OCCUPANCY_NAMES)
    occupancies.sort(key=lambda o: ranks.index(o.role))  # owners first; within a role the newest
    return render_template(
        "premises/unit.html",
        occupancies=occupancies,
        row=row,
        links=links,
        changes=changes,
        names=names,
        told=rules.told(row.facts),
        today=business_day(archive.clock.now()),
        linkable=row.facts.kind not in (UnitKind.PARKING, UnitKind.STORAGE),
        role_names={k.value: v for k, v in OCCUPANCY_NAMES.items()},
        may_enter=current_actor().may(Permission.MANAGE_PARTIES),
        papers=papers,
        seen_papers=seen_papers,
        **words(),
    )


def bounded(number: int) -> int:
    """An id that the database can be asked for; 0, which nobody has, for one that is too large."""
    return number if number <= LARGEST_ID else 0
