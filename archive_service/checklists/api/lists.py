"""The lists, those that are open, one with its items, what is missing."""

from typing import Final

from sqlalchemy.orm import Session

from archive_service.api import doors
from archive_service.checklists.api.answers import (
    Checklists,
    MissingList,
    MissingQuery,
    OpenedList,
    OpenedQuery,
    OpenedWithItems,
    checklist_told,
    item_told,
    missing_told,
    opened_told,
)
from archive_service.checklists.queries import items as item_queries
from archive_service.checklists.queries import lists as list_queries
from archive_service.checklists.queries import missing as missing_queries
from archive_service.checklists.queries import opened as queries
from archive_service.checklists.queries.missing import MissingFilter
from archive_service.checklists.queries.opened import OpenedFilter
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import N_
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("checklists_api", __name__, "checklists")

ONE: Final = "/opened-checklists/<int(max=2147483647):opened_id>"


@blueprint.get("/checklists")
@blueprint.output(Checklists)
@blueprint.doc(summary=N_("The checklists in force, with their items, facts and stages"))
def definitions() -> Checklists:
    current_actor().must(Permission.SEE_CHECKLISTS)
    with current_archive().reading() as session:
        rows, entries = list_queries.lists(session), list_queries.entries(session)
    return Checklists(checklists=[checklist_told(row, entries[row.id]) for row in rows])


@blueprint.get("/opened-checklists")
@blueprint.input(OpenedQuery, location="query", arg_name="asked")
@blueprint.output(OpenedList)
@blueprint.doc(summary=N_("Opened lists with their completeness, newest first"))
def opened(asked: OpenedQuery) -> OpenedList:
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    wanted = OpenedFilter(
        asked.checklist[:12], asked.unit_id, asked.case_file_id, asked.steward_id, asked.state
    )
    with current_archive().reading() as session:
        total = queries.opened_count(session, actor, wanted)
        offset = (asked.page - 1) * asked.size
        rows = queries.opened_lists(session, actor, wanted, offset=offset, limit=asked.size)
        full = queries.completeness(session, actor, [row.id for row in rows])
    told = [opened_told(row, full[row.id]) for row in rows]
    return OpenedList(total=total, page=asked.page, size=asked.size, opened=told)


@blueprint.get(ONE)
@blueprint.output(OpenedWithItems)
@blueprint.doc(summary=N_("One opened list with its items and what was said of each"))
def one(opened_id: int) -> OpenedWithItems:
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    with current_archive().reading() as session:
        return with_items(session, actor, opened_id)


def with_items(session: Session, actor: Actor, opened_id: int) -> OpenedWithItems:
    """Raises NotFound."""
    row = queries.opened_list(session, actor, opened_id)
    full = queries.completeness(session, actor, [row.id])[row.id]
    shown = item_queries.items(session, actor, row.id)
    head = opened_told(row, full).model_dump()
    return OpenedWithItems(**head, items=[item_told(item) for item in shown])


@blueprint.get("/missing-papers")
@blueprint.input(MissingQuery, location="query", arg_name="asked")
@blueprint.output(MissingList)
@blueprint.doc(summary=N_("What is missing on open lists, longest first: by unit, by person, by class"))
def missing(asked: MissingQuery) -> MissingList:
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    wanted = MissingFilter(asked.unit_id, asked.steward_id, asked.class_code[:12], asked.checklist[:12])
    with current_archive().reading() as session:
        total = missing_queries.missing_count(session, actor, wanted)
        offset = (asked.page - 1) * asked.size
        rows = missing_queries.missing(session, actor, wanted, offset=offset, limit=asked.size)
    told = [missing_told(row) for row in rows]
    return MissingList(total=total, page=asked.page, size=asked.size, missing=told)
