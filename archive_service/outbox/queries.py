from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.kernel.ids import MessageId
from archive_service.outbox.models import OutboxMessage
from archive_service.outbox.rules import SUSPECT_AFTER


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits on one topic: ``open`` to be done, ``dead`` given up, ``oldest`` since when."""

    topic: str
    open: int
    dead: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class DeadMessage:
    id: int
    topic: str
    created_at: datetime
    attempts: int  # tries that failed, and workers that died
    last_error: str


def backlog(session: Session) -> list[Backlog]:
    m = OutboxMessage
    rows = session.execute(
        select(
            m.topic,
            func.count().filter(m.dead_at.is_(None)),
            func.count().filter(m.dead_at.is_not(None)),
            func.min(m.created_at).filter(m.dead_at.is_(None)),
        )
        .where(m.done_at.is_(None))
        .group_by(m.topic)
        .order_by(m.topic)
    )
    return [Backlog(*row) for row in rows]


def dead_messages(session: Session, limit: int = 50) -> list[DeadMessage]:
    m = OutboxMessage
    query = select(m).where(m.dead_at.is_not(None), m.done_at.is_(None)).order_by(m.id.desc()).limit(limit)
    return [
        DeadMessage(r.id, r.topic, r.created_at, r.attempts + r.deaths, r.last_error or "")
        for r in session.scalars(query)
    ]


def dead_payloads(
    session: Session, topic: str, message_id: MessageId | None = None
) -> list[Mapping[str, Any]]:
    """Of the given-up messages of ``topic``: all, or the one."""
    m = OutboxMessage
    query = select(m.payload).where(m.topic == topic, m.done_at.is_(None), m.dead_at.is_not(None))
    return list(session.scalars(query if message_id is None else query.where(m.id == message_id)))


def open_payloads(session: Session, topic: str) -> list[Mapping[str, Any]]:
    """Of all messages of ``topic`` that are neither done nor given up."""
    m = OutboxMessage
    query = select(m.payload).where(m.topic == topic, m.done_at.is_(None), m.dead_at.is_(None))
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A topic with messages that could be handed out now: ``due``, and ``leased``, those in somebody's hands.

    Suspects, with which several workers died already, are counted apart while they wait, and in both once leased.
    """

    due: int
    leased: int
    suspects_due: int
    suspects_leased: int


def waiting(session: Session, now: datetime) -> dict[str, Waiting]:
    """Per topic, in one cheap look: what the relay asks several times a second."""
    m = OutboxMessage
    due, leased = m.due_at <= now, (m.due_at > now) & m.lease.is_not(None)
    suspect = m.deaths >= SUSPECT_AFTER
    rows = session.execute(
        select(
            m.topic,
            func.count().filter(due, ~suspect),
            func.count().filter(leased),
            func.count().filter(due, suspect),
            func.count().filter(leased, suspect),
        )
        .where(m.done_at.is_(None), m.dead_at.is_(None))
        .group_by(m.topic)
    )
    return {topic: Waiting(*counts) for topic, *counts in rows}
