from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.audit.models import AuditEvent


@dataclass(frozen=True, slots=True)
class AuditRow:
    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: Mapping[str, object]


def trail(
    session: Session,
    *,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 50,
    without: Collection[str] = (),
) -> list[AuditRow]:
    """Events, newest first; ``before`` is the seq to go on from, ``without``: actions that are left out."""
    query = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit)
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    if before is not None:
        query = query.where(AuditEvent.seq < before)
    if without:
        query = query.where(AuditEvent.action.not_in(without))
    return [_row(e) for e in session.scalars(query)]


def recent(session: Session, *, person: str, action: str, subject: str, since: datetime) -> list[AuditRow]:
    """What ``person`` ("user:7"), through whatever door, did to ``subject`` after ``since``, newest first."""
    query = select(AuditEvent).where(
        AuditEvent.subject == subject,
        AuditEvent.action == action,
        AuditEvent.actor.startswith(person + "/", autoescape=True),
        AuditEvent.at > since,
    )
    return [_row(e) for e in session.scalars(query.order_by(AuditEvent.seq.desc()))]


def _row(e: AuditEvent) -> AuditRow:
    return AuditRow(e.seq, e.at, e.actor, e.action, e.subject, e.facts)


def event_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent)) or 0
