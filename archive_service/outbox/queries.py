from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.ids import MessageId
from archive_service.outbox.models import SUSPECT, OutboxMessage
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
    query = select(m).where(m.dead_at.is_not(None)).order_by(m.id.desc()).limit(limit)
    return [
        DeadMessage(r.id, r.topic, r.created_at, r.attempts + r.deaths, r.last_error or "")
        for r in session.scalars(query)
    ]


def dead_payloads(
    session: Session, topic: str, message_id: MessageId | None = None
) -> list[Mapping[str, Any]]:
    """Of the given-up messages of ``topic``: all, or the one."""
    m = OutboxMessage
    query = select(m.payload).where(m.dead_at.is_not(None), m.topic == topic)
    return list(session.scalars(query if message_id is None else query.where(m.id == message_id)))


def open_payloads(session: Session, topic: str) -> list[Mapping[str, Any]]:
    """Of all messages of ``topic`` that are neither done nor given up."""
    m = OutboxMessage
    query = select(m.payload).where(m.topic == topic, m.done_at.is_(None), m.dead_at.is_(None))
    return list(session.scalars(query))


def open_ids(session: Session, topic: str, name: str) -> Iterator[int]:
    """The number called ``name`` in each open message of ``topic``, however many wait: a few are fetched at a time."""
    m = OutboxMessage
    query = select(m.payload[name].as_integer())
    query = query.where(m.topic == topic, m.done_at.is_(None), m.dead_at.is_(None))
    yield from session.scalars(query.execution_options(yield_per=1000))


def any_undone(topic: str) -> ColumnElement[bool]:
    """As a condition: whether any message of ``topic`` has had no effect yet, be it that it was given up."""
    m = OutboxMessage
    return exists().where(m.topic == topic, m.done_at.is_(None))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A topic as the relay sees it: whether any are ``due``, how many are ``leased`` to somebody; of these lately
    ``overdue``, which count as due again. Suspects, with which several workers died already, are told apart while
    they wait, and in both once leased.
    """

    due: bool
    leased: int
    overdue: int
    suspects_due: bool
    suspects_leased: int


def waiting(session: Session, now: datetime, topics: Sequence[str]) -> dict[str, Waiting]:
    """What the relay asks several times a second: it costs the same however many messages wait."""
    m = OutboxMessage
    due = session.execute(
        select(
            *(
                # Not EXISTS: without an order PostgreSQL may walk through what was done to the first that is not.
                select(m.id)
                .where(m.topic == topic, m.due_at <= now, m.done_at.is_(None), m.dead_at.is_(None))
                .where(m.deaths < SUSPECT_AFTER)
                .order_by(m.due_at)
                .limit(1)
                .scalar_subquery()
                for topic in topics
            )
        )
    ).one()
    held = m.due_at > now
    leased = session.execute(
        select(
            m.topic,
            func.count().filter(held),
            func.count().filter(~held),
            func.count().filter(held, m.deaths >= SUSPECT_AFTER),
        )
        .where(m.lease.is_not(None))
        .group_by(m.topic)
    )
    counts = {topic: (live, overdue, suspects) for topic, live, overdue, suspects in leased}
    suspects_due = set(
        session.scalars(
            select(m.topic)
            .where(SUSPECT, m.due_at <= now, m.done_at.is_(None), m.dead_at.is_(None))
            .group_by(m.topic)
        )
    )
    none = (0, 0, 0)
    return {
        topic: Waiting(
            first is not None, *counts.get(topic, none)[:2], topic in suspects_due, counts.get(topic, none)[2]
        )
        for topic, first in zip(topics, due, strict=True)
    }


def overdue(session: Session, now: datetime) -> frozenset[MessageId]:
    """Of the leased messages, those whose lease ran out."""
    m = OutboxMessage
    return frozenset(
        map(MessageId, session.scalars(select(m.id).where(m.lease.is_not(None), m.due_at <= now)))
    )
