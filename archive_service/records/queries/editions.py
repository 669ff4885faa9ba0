"""Editions of one drawing: project, building, discipline and number are the same; the newest is the current one."""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records.models import Document, Drawing, Filing
from archive_service.records.queries.sights import visible
from archive_service.records.rules.editions import newness

_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class EditionRow:
    """``is_newest``: of those that the actor sees."""

    document_id: DocumentId
    archival_no: str
    title: str
    edition: str
    issue_date: str
    is_newest: bool


def editions(session: Session, actor: Actor, document_id: uuid.UUID) -> list[EditionRow]:
    """All editions of the drawing that this document is, newest first; nothing for what is no drawing."""
    mine, its_filing = aliased(Drawing), aliased(Filing)
    query = (
        select(Document, Drawing, Filing.filed_at)
        .select_from(mine)
        .join(its_filing, its_filing.document_id == mine.document_id)
        .join(
            Drawing,
            and_(
                Drawing.building == mine.building,
                Drawing.class_code == mine.class_code,
                Drawing.drawing_no == mine.drawing_no,
            ),
        )
        .join(Filing, and_(Filing.document_id == Drawing.document_id, Filing.fonds == its_filing.fonds))
        .join(Document, Document.id == Drawing.document_id)
        .where(mine.document_id == document_id, visible(actor), Document.archival_no.is_not(None))
    )
    found = session.execute(query.limit(_MOST)).all()
    ordered = sorted(
        found, key=lambda row: newness(row[1].edition, row[1].issue_date, row[2].isoformat()), reverse=True
    )
    return [
        EditionRow(
            DocumentId(document.id),
            document.archival_no or "",
            document.title,
            drawing.edition,
            drawing.issue_date,
            is_newest=at == 0,
        )
        for at, (document, drawing, _) in enumerate(ordered)
    ]
