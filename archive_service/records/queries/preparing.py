"""What is known of papers for the day they are filed."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.records.models import PreparedFacts


@dataclass(frozen=True, slots=True)
class Prepared:
    responsible: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


def prepared(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Prepared]:
    """By document, in one statement; whoever asks has been let in by ``documents`` or ``document``."""
    query = select(PreparedFacts).where(PreparedFacts.document_id.in_(document_ids))
    return {p.document_id: Prepared(tuple(p.responsible), tuple(p.keywords)) for p in session.scalars(query)}


def prepared_texts(session: Session, document_id: uuid.UUID) -> dict[str, str]:
    """What the form of its filing begins with: only what is known, as people write it."""
    kept = prepared(session, [document_id]).get(document_id, Prepared())
    told = {"responsible": "、".join(kept.responsible), "keywords": "、".join(kept.keywords)}
    return {name: text for name, text in told.items() if text}
