"""Who sees what, for the queries of other capabilities that stop after some rows: what is hidden from the one who asks
must not take the places of what they see."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level, Sight
from archive_service.records.models import Document
from archive_service.records.queries.sights import visible


def is_visible(
    document_id: SQLColumnExpression[uuid.UUID] | SQLColumnExpression[uuid.UUID | None],
    actor: Actor,
    at_least: Sight = Sight.FACTS,
) -> ColumnElement[bool]:
    """On any row that names a document: whether it stands in the archive and the actor sees ``at_least`` so much."""
    there = Document.discarded_at.is_(None)
    return exists().where(Document.id == document_id, visible(actor, at_least), there)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees a document, as far as roles and bringing in go; ``brought_by``: of what has no class."""

    class_code: str
    level: Level
    brought_by: int | None


def audiences(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Audience]:
    """Of those that stand in the archive, for the service's own use. One statement."""
    query = select(Document.id, Document.class_code, Document.level, Document.created_by)
    query = query.where(Document.id.in_(document_ids), Document.discarded_at.is_(None))
    return {
        row.id: Audience(row.class_code or "", Level(row.level), None if row.class_code else row.created_by)
        for row in session.execute(query)
    }


def filed_kinds(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, Level]]:
    """(class, level) of those of these that are filed, for the service's own use. One statement."""
    query = select(Document.id, Document.class_code, Document.level)
    filed = (Document.archival_no.is_not(None), Document.discarded_at.is_(None))
    rows = session.execute(query.where(Document.id.in_(document_ids), *filed))
    return {row.id: (row.class_code, Level(row.level)) for row in rows if row.class_code}
