"""Documents whose pages go into other documents: what must hold, how they leave the inbox, how they come back."""

import uuid

from sqlalchemy import insert, select, update

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Sight
from archive_service.records.models import Document, Page, Version
from archive_service.records.queries import documents as queries
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.queries.sights import sight_of
from archive_service.records.rules import WrongState
from archive_service.records.rules.filing import AlreadyFiled
from archive_service.records.service.documents import locked_document, must_describe
from archive_service.records.service.indexing import announce_document
from archive_service.records.service.locks import refuse_if_edited
from archive_service.unit_of_work import UnitOfWork

_AT_ONCE = 500


def changeable(work: UnitOfWork, document_id: uuid.UUID) -> DocumentRow:
    """The document, locked, if the actor may change it and nobody else is at it.

    ``sight_of`` still says how much of it they see. Raises NotFound, Forbidden, BeingEdited.
    """
    work.actor.must(Permission.UPLOAD)
    document = locked_document(work, document_id)
    must_describe(work, document)
    refuse_if_edited(work, document)
    return queries.document_unchecked(work.session, work.actor, document.id)


def replace_by_others(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """Other documents hold its pages now: it leaves inbox, lists and search; rows and bytes stay, its page opens.

    Raises NotFound, Forbidden, BeingEdited, AlreadyFiled.
    """
    row = changeable(work, document_id)
    if row.archival_no:
        raise AlreadyFiled(archival_no=row.archival_no)
    if work.actor.user_id is None:
        raise Forbidden()
    document = work.session.get_one(Document, document_id)
    document.discarded_at = document.replaced_at = work.now
    document.discarded_by = work.actor.user_id
    work.session.flush()
    announce_document(work, document.id)
    work.audit("document.replaced", f"document:{document.id}")


def bring_back(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """It stands by itself again. Raises NotFound, Forbidden, WrongState."""
    work.actor.must(Permission.UPLOAD)
    row = queries.document(work.session, work.actor, document_id)
    document = work.session.get(Document, document_id, with_for_update=True, populate_existing=True)
    if document is None or sight_of(work.actor, row) < Sight.VIEW:
        raise NotFound()
    must_describe(work, document)
    if document.replaced_at is None:
        raise WrongState()
    document.discarded_at = document.discarded_by = document.replaced_at = None
    work.session.flush()
    announce_document(work, document.id)
    work.audit("document.brought-back", f"document:{document.id}")


def copy_pages(work: UnitOfWork, version_id: int, pages: list[tuple[int, int, int]]) -> None:
    """Keep what was read of other versions' pages as that of a new version's: (their version, number, new number).

    The new version's pages stand as these were shown, so they need no turning any more.
    """
    copied = [c for c in Page.__table__.columns if c.name not in ("version_id", "number", "rotation")]
    new = {(version, number): to for version, number, to in pages}
    count = 0
    for start in range(0, len(pages), _AT_ONCE):
        part = pages[start : start + _AT_ONCE]
        for version in sorted({one[0] for one in part}):
            numbers = [number for v, number, _ in part if v == version]
            found = work.session.execute(
                select(Page.number, *copied).where(Page.version_id == version, Page.number.in_(numbers))
            ).mappings()
            rows = [
                {**row, "version_id": version_id, "number": new[version, row["number"]], "rotation": 0}
                for row in found
            ]
            if rows:
                work.session.execute(insert(Page), rows)
                count += len(rows)
    work.session.execute(
        update(Version).where(Version.id == version_id).values(pages_read=Version.pages_read + count)
    )
