import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import MessageId
from archive_service.outbox.models import OutboxMessage
from archive_service.outbox.rules import LEASE, MOST_TRIES, wait_before_retry


class LeaseLost(ArchiveError):
    """The message was handed to somebody else in the meantime; this transaction must not commit."""

    code = "outbox.lease-lost"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Messages of one topic, leased together under ``lease``."""

    topic: str
    lease: str
    ids: tuple[MessageId, ...]
    payloads: tuple[Mapping[str, Any], ...]


def publish(session: Session, now: datetime, topic: str, payload: Mapping[str, object]) -> None:
    session.add(OutboxMessage(topic=topic, payload=dict(payload), created_at=now, due_at=now, attempts=0))


def claim(session: Session, now: datetime, topic: str, most: int) -> Claimed | None:
    """Lease up to ``most`` due messages of ``topic``, oldest first; None if there are none.

    Leasing moves ``due_at`` behind the lease's end, so that one index serves waiting, retrying and leased rows.
    """
    m = OutboxMessage
    rows = session.scalars(
        select(m)
        .where(m.topic == topic, m.done_at.is_(None), m.dead_at.is_(None), m.due_at <= now)
        .order_by(m.due_at, m.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return None
    lease = secrets.token_hex(16)
    for row in rows:
        row.lease, row.due_at = lease, now + LEASE
    return Claimed(topic, lease, tuple(MessageId(r.id) for r in rows), tuple(r.payload for r in rows))


def payloads(session: Session, ids: Sequence[MessageId], lease: str) -> list[Mapping[str, Any]]:
    m = OutboxMessage
    rows = session.execute(
        select(m.id, m.payload).where(m.id.in_(ids), m.lease == lease, m.done_at.is_(None))
    )
    found = {row.id: row.payload for row in rows}
    if len(found) != len(ids):
        raise LeaseLost()
    return [found[i] for i in ids]


def _held(ids: Sequence[MessageId], lease: str) -> Any:
    m = OutboxMessage
    return update(m).where(m.id.in_(ids), m.lease == lease, m.done_at.is_(None), m.dead_at.is_(None))


def _changed(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def complete(session: Session, now: datetime, ids: Sequence[MessageId], lease: str) -> None:
    """Close leased messages in the transaction of their effect. Raises LeaseLost: roll back then."""
    if _changed(session, _held(ids, lease).values(done_at=now, lease=None, last_error=None)) != len(ids):
        raise LeaseLost()


def renew(session: Session, now: datetime, ids: Sequence[MessageId], lease: str) -> None:
    """Hold leased messages for another LEASE from ``now``. Raises LeaseLost."""
    if _changed(session, _held(ids, lease).values(due_at=now + LEASE)) != len(ids):
        raise LeaseLost()


def fail(
    session: Session,
    now: datetime,
    ids: Sequence[MessageId],
    lease: str,
    error: str,
    *,
    most_tries: int = MOST_TRIES,
) -> list[Mapping[str, Any]]:
    """Put messages back to be tried later, or give them up after ``most_tries``; the payloads of those given up.

    ``error`` is a class name or code: texts of foreign errors may hold personal data.
    """
    m = OutboxMessage
    given_up: list[Mapping[str, Any]] = []
    for row in session.scalars(select(m).where(m.id.in_(ids), m.lease == lease, m.done_at.is_(None))):
        # Counted here, not when handed out: a power cut says nothing against the message.
        row.lease, row.last_error, row.attempts = None, error[:500], row.attempts + 1
        if row.attempts >= most_tries:
            row.dead_at = now
            given_up.append(row.payload)
        else:
            row.due_at = now + wait_before_retry(row.attempts)
    return given_up


def release_all(session: Session, now: datetime) -> int:
    """Hand out every leased message again at once: for the start of the only worker there is."""
    m = OutboxMessage
    leased = update(m).where(m.lease.is_not(None), m.done_at.is_(None), m.dead_at.is_(None))
    return _changed(session, leased.values(lease=None, due_at=now))


def retry_dead(session: Session, now: datetime, message_id: MessageId | None = None) -> int:
    """Send given-up messages (one, or all) again; how many."""
    m = OutboxMessage
    dead = update(m).where(m.dead_at.is_not(None), m.done_at.is_(None))
    if message_id is not None:
        dead = dead.where(m.id == message_id)
    return _changed(session, dead.values(dead_at=None, attempts=0, due_at=now, lease=None))


def prune(session: Session, now: datetime, keep: timedelta = timedelta(days=7), most: int = 5000) -> int:
    """Remove messages done longer than ``keep`` ago, at most ``most`` at once; how many."""
    m = OutboxMessage
    old = select(m.id).where(m.done_at < now - keep).order_by(m.done_at).limit(most)
    result = session.execute(delete(m).where(m.id.in_(old)).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
