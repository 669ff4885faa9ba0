"""Who sees what, for the queries of other capabilities that stop after some rows: what is hidden from the one who asks
must not take the places of what they see."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level, Sight
from archive_service.records.models import Document
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.queries.sights import visible


def is_visible(
    document_id: SQLColumnExpression[uuid.UUID], actor: Actor, at_least: Sight = Sight.FACTS
) -> ColumnElement[bool]:
    """On any row that names a document: whether it stands in the archive and the actor sees ``at_least`` so much."""
    there = Document.discarded_at.is_(None)
    return exists().where(Document.id == document_id, visible(actor, at_least), there)


def is_seen_like(document_id: SQLColumnExpression[uuid.UUID], row: DocumentRow) -> ColumnElement[bool]:
    """On any row that names a document: whether those see it who see ``row``, as far as roles and bringing in go."""
    same = [Document.id == document_id, Document.level == row.level.value]
    if row.class_code:
        same.append(Document.class_code == row.class_code)
    else:
        same += [
            Document.class_code.is_(None),
            func.coalesce(Document.created_by, 0) == (row.created_by or 0),
        ]
    return exists().where(*same)


def filed_kinds(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, Level]]:
    """(class, level) of those of these that are filed, for the service's own use. One statement."""
    query = select(Document.id, Document.class_code, Document.level)
    filed = (Document.archival_no.is_not(None), Document.discarded_at.is_(None))
    rows = session.execute(query.where(Document.id.in_(document_ids), *filed))
    return {row.id: (row.class_code, Level(row.level)) for row in rows if row.class_code}
