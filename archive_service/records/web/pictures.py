"""Pictures and texts of pages, originals, searchable copies: the bytes behind a document's page."""

import uuid
from dataclasses import replace

from flask import Response, make_response, redirect, render_template, request, url_for

from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.records.api.sending import send_copy, send_original, send_picture
from archive_service.records.queries import finding
from archive_service.records.queries import pages as page_queries
from archive_service.records.queries.pages import PageRow
from archive_service.records.queries.rows import VersionRow
from archive_service.records.queries.sights import slip_of
from archive_service.records.rules import ReasonAsked
from archive_service.records.service.renditions import renewed_if_lost, want_rendition
from archive_service.records.web.furnishing import PAGE, VERSION, Seen, blueprint, seen_pages
from archive_service.web import current_actor, current_archive, only_asked, refuse_unknown

_KEPT_SECONDS = 600


def _page(document_id: uuid.UUID, number: int, page: int) -> tuple[Seen, PageRow]:
    only_asked()
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
        rows = page_queries.page_rows(session, version.id, first=page, limit=1)
    if not rows or rows[0].number != page:
        raise NotFound()
    return seen, rows[0]


def _picture(seen: Seen, digest: str | None, *, small: bool = False) -> Response:
    if digest is None:
        raise NotFound()
    slip = slip_of(current_actor(), seen.row)
    response = send_picture(current_archive(), digest, seen.row.level, slip, small=small)
    # Personal pages leave nothing in the browser of a counter where several people work.
    open_to_staff = seen.row.level.rank <= Level.INTERNAL.rank and not slip
    kept = f"private, max-age={_KEPT_SECONDS}"
    response.headers["Cache-Control"] = kept if open_to_staff else "private, no-store"
    return response


@blueprint.get(f"{PAGE}.jpg")
def page_picture(document_id: uuid.UUID, number: int, page: int) -> Response:
    seen, row = _page(document_id, number, page)
    return _picture(seen, seen.picture_of(row))


@blueprint.get(f"{PAGE}/thumb")
def page_thumbnail(document_id: uuid.UUID, number: int, page: int) -> Response:
    seen, row = _page(document_id, number, page)
    digest = seen.thumbnail_of(row)
    # Where the covered page stands in for its small picture, it is as large as the page.
    return _picture(seen, digest, small=digest == row.thumbnail)


@blueprint.get(f"{PAGE}/text")
def page_text(document_id: uuid.UUID, number: int, page: int) -> Response:
    """Plain text in reading order, masked for those who see the document only so."""
    only_asked()
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
        layout = page_queries.page_layout(session, version.id, page)
    return Response(seen.shown(layout.text), content_type="text/plain; charset=utf-8")


@blueprint.get(f"{VERSION}/original")
def original(document_id: uuid.UUID, number: int) -> Response:
    """The bytes as they came. Raises Forbidden for those who may look at the pages only."""
    only_asked()
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
    if not seen.to_take_away:
        raise ReasonAsked() if seen.asks_reason else Forbidden()
    return send_original(current_archive(), current_actor(), version)


def _scan(document_id: uuid.UUID, number: int) -> tuple[VersionRow, page_queries.RenditionRow | None, Seen]:
    with current_archive().reading() as session:
        seen, version = seen_pages(session, document_id, number)
        if not seen.to_take_away:
            raise ReasonAsked() if seen.asks_reason else Forbidden()
        if not finding.was_recognised(session, version.id):
            raise NotFound()
        return version, page_queries.rendition(session, version.id, "searchable_pdf"), seen


@blueprint.get(f"{VERSION}/searchable")
def searchable_copy(document_id: uuid.UUID, number: int) -> Response | tuple[str, int]:
    """The copy if it is ready, else a page that says how far it is and looks again by itself."""
    only_asked()
    version, copy, seen = _scan(document_id, number)
    if copy is not None and renewed_if_lost(current_archive(), current_actor(), version.id, copy):
        version, copy, seen = _scan(document_id, number)
    in_part = "HX-Request" in request.headers
    if copy is not None and copy.digest is not None and not in_part:
        stem = version.file_name.rpartition(".")[0] or version.file_name
        made = replace(version, digest=copy.digest, size=copy.size or 0, file_name=f"{stem}-searchable.pdf")
        slip = slip_of(current_actor(), seen.row)
        return send_copy(current_archive(), current_actor(), made, seen.row.level, slip)
    facts = {"document_id": document_id, "version": version, "copy": copy, "name": mask(version.file_name)}
    if in_part:
        return make_response(render_template("records/_searchable.html", **facts))
    return render_template("records/searchable.html", **facts), 202


@blueprint.post(f"{VERSION}/searchable")
def want_searchable_copy(document_id: uuid.UUID, number: int) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    version, _, _ = _scan(document_id, number)
    with current_archive().unit_of_work(current_actor()) as work:
        want_rendition(work, version.id, "searchable_pdf")
    answer = redirect(url_for("records.searchable_copy", document_id=document_id, number=number), code=303)
    assert isinstance(answer, Response)
    return answer
