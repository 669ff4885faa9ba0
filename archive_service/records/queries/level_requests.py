"""Requests to lower a level: of a document, and those that wait for somebody's decision."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records.models import Document, LevelRequest
from archive_service.records.queries.sights import visible
from archive_service.records.rules.placing import RequestState


@dataclass(frozen=True, slots=True)
class LevelRequestRow:
    """``title`` and ``archival_no``: of the document."""

    id: int
    document_id: DocumentId
    title: str
    archival_no: str
    class_code: str
    from_level: Level
    to_level: Level
    reason: str
    asked_by: int | None
    asked_at: datetime
    state: RequestState
    decided_by: int | None
    decided_at: datetime | None
    comment: str


def _row(r: LevelRequest, d: Document) -> LevelRequestRow:
    return LevelRequestRow(
        r.id,
        DocumentId(d.id),
        d.title,
        d.archival_no or "",
        d.class_code or "",
        Level(r.from_level),
        Level(r.to_level),
        r.reason,
        r.asked_by,
        r.asked_at,
        RequestState(r.state),
        r.decided_by,
        r.decided_at,
        r.comment,
    )


def _requests(*conditions: ColumnElement[bool]) -> Select[LevelRequest, Document]:
    joined = select(LevelRequest, Document).join(Document, Document.id == LevelRequest.document_id)
    return joined.where(Document.discarded_at.is_(None), *conditions)


def level_request(session: Session, actor: Actor, request_id: int) -> LevelRequestRow:
    """Raises NotFound, also for a document that the actor may not see."""
    found = session.execute(_requests(LevelRequest.id == request_id, visible(actor))).one_or_none()
    if found is None:
        raise NotFound()
    return _row(*found)


def level_requests_of(session: Session, document_id: uuid.UUID, *, limit: int = 20) -> list[LevelRequestRow]:
    """Newest first. Whoever asks has been let in by ``document``."""
    query = _requests(LevelRequest.document_id == document_id).order_by(LevelRequest.id.desc())
    return [_row(*row) for row in session.execute(query.limit(limit))]


def waiting_level_requests(
    session: Session, actor: Actor, *, offset: int = 0, limit: int = 50
) -> list[LevelRequestRow]:
    """Oldest first, of documents that the actor sees."""
    query = _requests(LevelRequest.state == RequestState.WAITING.value, visible(actor))
    rows = session.execute(query.order_by(LevelRequest.id).offset(offset).limit(limit))
    return [_row(*row) for row in rows]


def waiting_level_request_count(session: Session, actor: Actor) -> int:
    query = select(func.count()).select_from(LevelRequest)
    query = query.join(Document, Document.id == LevelRequest.document_id)
    waiting = LevelRequest.state == RequestState.WAITING.value
    return session.scalar(query.where(waiting, Document.discarded_at.is_(None), visible(actor))) or 0


def level_requests_to_decide(session: Session, actor: Actor) -> int:
    """How many wait for the actor, who decides on none of their own."""
    query = select(func.count()).select_from(LevelRequest)
    query = query.join(Document, Document.id == LevelRequest.document_id).where(
        LevelRequest.state == RequestState.WAITING.value,
        or_(LevelRequest.asked_by.is_(None), LevelRequest.asked_by != actor.user_id),
        Document.discarded_at.is_(None),
        visible(actor),
    )
    return session.scalar(query) or 0
