"""How far a wish to split or merge is, what came of it, and the way back."""

import uuid
from collections.abc import Mapping

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext

from archive_service import people, records
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Forbidden
from archive_service.records import DocumentRow
from archive_service.scans.queries import requests as queries
from archive_service.scans.rules.plans import RequestState
from archive_service.scans.service import rearranging as service
from archive_service.scans.web.board import to_request
from archive_service.scans.web.furnishing import blueprint
from archive_service.web import (
    asked_page,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
)

PAGE_SIZE = 50


@blueprint.get("/scans")
def listing() -> str:
    """What the person asked for, newest first."""
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    number = asked_page()
    with current_archive().reading() as session:
        rows = queries.own_requests(session, actor, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
        seen = queries.seen_papers(session, actor, {paper for row in rows for paper in row.papers})
    return render_template(
        "scans/listing.html", rows=rows[:PAGE_SIZE], seen=seen, number=number, more=len(rows) > PAGE_SIZE
    )


@blueprint.get("/scans/<int:request_id>")
def show(request_id: int) -> Response:
    only_asked()
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    with current_archive().reading() as session:
        row, seen = queries.request(session, actor, request_id)
        names = people.display_names(session, {row.created_by})
    in_part = "HX-Request" in request.headers
    page = render_template(
        "scans/_request.html" if in_part else "scans/request.html",
        row=row,
        seen=seen,
        results=[
            (seen[one], part) for one, part in zip(row.results, row.plan.parts, strict=False) if one in seen
        ],
        names=names,
        may_undo=row.state is RequestState.DONE and not row.plan.is_new_version,
        unsettled=row.state is RequestState.WANTED
        or (row.state is RequestState.DONE and any(_underway(seen, one) for one in row.results)),
    )
    return make_response(page)


def _underway(seen: Mapping[uuid.UUID, DocumentRow], document_id: uuid.UUID) -> bool:
    row = seen.get(document_id)
    return row is not None and row.discarded_at is None and row.state in records.UNDERWAY


@blueprint.post("/scans/<int:request_id>/undo")
def undo(request_id: int) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.undo(work, request_id)
    except (Conflict, Forbidden) as error:
        if isinstance(error, Forbidden) and not current_actor().may(Permission.UPLOAD):
            raise
        flash(explain(error), "danger")
    else:
        flash(str(gettext("It is undone: the scans are back as they were.")), "success")
    return to_request(request_id)
