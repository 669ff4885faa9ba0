"""Pages: their pictures and their text, of the current version or of a numbered one."""

import uuid
from collections.abc import Iterable
from typing import Final

from apiflask.schemas import FileSchema
from flask import Response, url_for
from sqlalchemy.orm import Session

from archive_service.api import doors
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Forbidden, NotFound
from archive_service.kernel.levels import Sight
from archive_service.kernel.masking import mask
from archive_service.records.api.answers import (
    DocumentText,
    DocumentTexts,
    PageList,
    PageText,
    TextLinks,
    TextQuery,
    page_facts,
)
from archive_service.records.api.sending import send_picture
from archive_service.records.queries import documents as queries
from archive_service.records.queries import pages as page_queries
from archive_service.records.queries.reasons import sight_now
from archive_service.records.queries.rows import DocumentRow, VersionRow
from archive_service.records.queries.sights import sight_of, slip_of
from archive_service.records.queries.versions import version as version_of
from archive_service.records.rules import PagesClosed, ReasonAsked
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("pages_api", __name__, "pages")
NUMBER: Final = "<int(max=99999):number>"
PAGE: Final = "<int(max=99999):page>"
MOST_CHARACTERS: Final = 200_000  # of texts in one answer; masking them takes a moment
CURRENT: Final = "/documents/<uuid:document_id>"
NUMBERED: Final = f"{CURRENT}/versions/{NUMBER}"


def seen_document(session: Session, document_id: uuid.UUID) -> tuple[DocumentRow, Sight]:
    """What the caller may see of it. Raises Forbidden without the right to read, NotFound."""
    actor = current_actor()
    actor.must(Permission.SEARCH)
    row = queries.document(session, actor, document_id)
    if row.discarded_at is not None:
        raise NotFound()
    return row, sight_now(session, actor, row, current_archive().clock.now())


def closed(row: DocumentRow, sight: Sight, otherwise: Forbidden) -> Forbidden:
    """What to refuse with: where saying why would open more, that is told."""
    return ReasonAsked() if sight < sight_of(current_actor(), row) else otherwise


def _seen_pages(session: Session, document_id: uuid.UUID) -> tuple[DocumentRow, Sight]:
    """The same for whatever tells what the pages say. Raises PagesClosed, ReasonAsked, and as ``seen_document``."""
    row, sight = seen_document(session, document_id)
    if sight < Sight.MASKED:
        raise closed(row, sight, PagesClosed())
    return row, sight


def _version(session: Session, row: DocumentRow, number: int | None) -> VersionRow:
    return version_of(session, row.id, row.version_number if number is None else number)


def _listing(document_id: uuid.UUID, number: int | None) -> PageList:
    with current_archive().reading() as session:
        row, sight = _seen_pages(session, document_id)
        version = _version(session, row, number)
        rows = page_queries.page_rows(session, version.id)
    return PageList(
        version=version.number,
        pages_total=version.pages_total,
        pages_read=version.pages_read,
        pages=[page_facts(page, document_id, version.number, in_clear=sight >= Sight.VIEW) for page in rows],
    )


def _picture(document_id: uuid.UUID, number: int | None, page: int) -> Response:
    with current_archive().reading() as session:
        row, sight = _seen_pages(session, document_id)
        version = _version(session, row, number)
        found = page_queries.page_layout(session, version.id, page).row
    # Never the clear one for want of a masked one: then nobody knows what would have to be covered.
    digest = found.preview if sight >= Sight.VIEW else found.masked_preview
    if digest is None:
        raise NotFound()
    return send_picture(current_archive(), digest, row.level, slip_of(current_actor(), row))


def _text(document_id: uuid.UUID, number: int | None, page: int) -> DocumentText:
    with current_archive().reading() as session:
        row, sight = _seen_pages(session, document_id)
        version = _version(session, row, number)
        text = page_queries.page_layout(session, version.id, page).text
    pages = _told([(page, text)], sight)
    return DocumentText(version=version.number, masked=sight < Sight.VIEW, pages=pages)


def _told(texts: Iterable[tuple[int, str]], sight: Sight) -> list[PageText]:
    return [PageText(number=at, text=text if sight >= Sight.VIEW else mask(text)) for at, text in texts]


@blueprint.get(f"{CURRENT}/pages")
@blueprint.output(PageList)
@blueprint.doc(summary=N_("The pages of the current version that have been read"))
def listing(document_id: uuid.UUID) -> PageList:
    return _listing(document_id, None)


@blueprint.get(f"{CURRENT}/pages/{PAGE}")
@blueprint.output(FileSchema(), content_type="image/jpeg")
@blueprint.doc(
    summary=N_("Picture of a page, masked for those who may see it only so"), responses={304: "Unchanged"}
)
def picture(document_id: uuid.UUID, page: int) -> Response:
    return _picture(document_id, None, page)


@blueprint.get(f"{CURRENT}/pages/{PAGE}/text")
@blueprint.output(DocumentText)
@blueprint.doc(summary=N_("Text of a page in reading order"))
def text(document_id: uuid.UUID, page: int) -> DocumentText:
    return _text(document_id, None, page)


@blueprint.get(f"{CURRENT}/text")
@blueprint.input(TextQuery, location="query", arg_name="asked")
@blueprint.output(DocumentTexts)
@blueprint.doc(summary=N_("Text of all pages of the current version"))
def whole_text(document_id: uuid.UUID, asked: TextQuery) -> DocumentTexts:
    with current_archive().reading() as session:
        row, sight = _seen_pages(session, document_id)
        version = _version(session, row, None)
        texts, following = page_queries.page_texts(
            session, version.id, first=asked.page, most=asked.size, characters=MOST_CHARACTERS
        )
    more = None
    if following is not None:
        more = url_for("pages_api.whole_text", document_id=document_id, page=following, size=asked.size)
    return DocumentTexts(
        version=version.number,
        masked=sight < Sight.VIEW,
        pages=_told(texts, sight),
        links=TextLinks(next=more),
    )


@blueprint.get(f"{NUMBERED}/pages")
@blueprint.output(PageList)
@blueprint.doc(summary=N_("The pages of one version"))
def listing_of_version(document_id: uuid.UUID, number: int) -> PageList:
    return _listing(document_id, number)


@blueprint.get(f"{NUMBERED}/pages/{PAGE}")
@blueprint.output(FileSchema(), content_type="image/jpeg")
@blueprint.doc(summary=N_("Picture of a page of one version"), responses={304: "Unchanged"})
def picture_of_version(document_id: uuid.UUID, number: int, page: int) -> Response:
    return _picture(document_id, number, page)


@blueprint.get(f"{NUMBERED}/pages/{PAGE}/text")
@blueprint.output(DocumentText)
@blueprint.doc(summary=N_("Text of a page of one version"))
def text_of_version(document_id: uuid.UUID, number: int, page: int) -> DocumentText:
    return _text(document_id, number, page)
