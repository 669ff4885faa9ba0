"""Why people opened documents whose pages open to them only for a reason."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Sight
from archive_service.records.models import AccessReason
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.queries.sights import freely_seen, sight_of


@dataclass(frozen=True, slots=True)
class ReasonRow:
    id: int
    user_id: int
    reason: str
    given_at: datetime
    ends_at: datetime


def sight_now(session: Session, actor: Actor, row: DocumentRow, now: datetime) -> Sight:
    """How much of ``row`` the actor sees now: of some only while a reason stands that they gave."""
    freely, most = freely_seen(actor, row), sight_of(actor, row)
    if freely < most and actor.user_id is not None and _stands(session, actor.user_id, row.id, now):
        return most
    return freely


def _stands(session: Session, user_id: UserId, document_id: uuid.UUID, now: datetime) -> bool:
    given = exists().where(
        AccessReason.user_id == user_id,
        AccessReason.document_id == document_id,
        AccessReason.ends_at > now,
    )
    return bool(session.scalar(select(given)))


def reasons_given(session: Session, document_id: uuid.UUID, limit: int = 100) -> list[ReasonRow]:
    """Newest first."""
    query = select(AccessReason).where(AccessReason.document_id == document_id)
    rows = session.scalars(query.order_by(AccessReason.id.desc()).limit(limit))
    return [ReasonRow(r.id, r.user_id, r.reason, r.given_at, r.ends_at) for r in rows]
