"""For whoever asks what the archive holds on something: which documents an actor sees at all, and those filed so far
about a case file or a unit."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, false, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.models import Document, Filing
from archive_service.records.queries.documents import select_rows
from archive_service.records.queries.rows import DocumentRow, document_row
from archive_service.records.queries.sights import visible


def visible_ids(actor: Actor) -> Select[uuid.UUID]:
    """Ids of all documents that the actor sees, for conditions of other capabilities: the view table stays here."""
    return select(Document.id).where(visible(actor), Document.discarded_at.is_(None))


def is_filed(document_id: SQLColumnExpression[uuid.UUID | None]) -> ColumnElement[bool]:
    """On any row that names a document, for conditions of other capabilities: whether it has a number now."""
    return exists().where(Document.id == document_id, Document.archival_no.is_not(None))


def filed_papers(
    session: Session,
    actor: Actor,
    *,
    classes: Collection[str],
    case_file_id: int | None = None,
    unit_id: int | None = None,
    limit: int = 50,
) -> list[DocumentRow]:
    """Filed papers of these classes in a case file, or about a unit; newest first."""
    if not classes or (case_file_id is None and unit_id is None):
        return []
    # In a question of its own: whether a paper is visible may hang on its filing, too.
    filed = select(Filing.document_id).where(Filing.class_code.in_(classes))
    in_file = filed.where(Filing.case_file_id == case_file_id)
    of_unit = and_(Document.unit_id == unit_id, Document.id.in_(filed))
    about = or_(
        Document.id.in_(in_file) if case_file_id is not None else false(),
        of_unit if unit_id is not None else false(),
    )
    query = (
        select_rows(actor)
        .where(about, visible(actor), Document.discarded_at.is_(None))
        .order_by(Document.id.desc())
        .limit(limit)
    )
    return [document_row(row) for row in session.execute(query)]


def papers_of_units(
    session: Session, actor: Actor, unit_ids: Collection[int], *, first: str = "", limit: int = 20
) -> list[DocumentRow]:
    """Filed papers about these units, those of the class ``first`` before the others, newest first."""
    if not unit_ids:
        return []
    query = (
        select_rows(actor)
        .where(
            Document.unit_id.in_(unit_ids),
            Document.archival_no.is_not(None),
            visible(actor),
            Document.discarded_at.is_(None),
        )
        .order_by(case((Document.class_code == first, 0), else_=1), Document.id.desc())
        .limit(limit)
    )
    return [document_row(row) for row in session.execute(query)]
