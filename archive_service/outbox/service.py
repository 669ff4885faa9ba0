import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, case, delete, select, update
from sqlalchemy.orm import Session

from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import MessageId
from archive_service.outbox.models import SUSPECT, OutboxMessage
from archive_service.outbox.rules import LEASE, MOST_TRIES, SUSPECT_AFTER, SUSPECT_WAITS, wait_before_retry


class LeaseLost(ArchiveError):
    """The message was handed to somebody else in the meantime; this transaction must not commit."""

    code = "outbox.lease-lost"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Messages of one topic, leased together under ``lease``; ``deaths``: the most workers that one of them outlived."""

    topic: str
    lease: str
    ids: tuple[MessageId, ...]
    payloads: tuple[Mapping[str, Any], ...]
    deaths: int = 0


def publish(session: Session, now: datetime, topic: str, payload: Mapping[str, object]) -> None:
    session.add(OutboxMessage(topic=topic, payload=dict(payload), created_at=now, due_at=now, attempts=0))


def claim(
    session: Session,
    now: datetime,
    topic: str,
    most: int,
    *,
    suspects: bool = False,
    alone: bool = False,
    besides: Collection[MessageId] = (),
) -> Claimed | None:
    """Lease up to ``most`` due messages of ``topic``, oldest first; None if there are none.

    Leasing moves ``due_at`` behind the lease's end, so that one index serves waiting, retrying and leased rows.
    ``suspects``: those with which several workers died, instead of the others. ``besides``: not these, at which the
    claimer itself is. ``alone``: the claimer is the only worker there can be. Then it begins at once, and a lease
    that ran out was its own: nobody died, its clock jumped or the database was away. Else ``take`` says when somebody
    begins, and whoever had in hand what ran out is taken for dead.
    """
    m = OutboxMessage
    rows = session.scalars(
        select(m)
        .where(m.topic == topic, m.done_at.is_(None), m.dead_at.is_(None), m.due_at <= now)
        .where(
            SUSPECT if suspects else m.deaths < SUSPECT_AFTER, *([m.id.not_in(besides)] if besides else [])
        )
        .order_by(m.due_at, m.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return None
    lease = secrets.token_hex(16)
    for row in rows:
        if row.in_hand and not alone:
            row.deaths += 1
        row.lease, row.due_at, row.in_hand = lease, now + LEASE, alone
    ids, payloads = tuple(MessageId(r.id) for r in rows), tuple(r.payload for r in rows)
    return Claimed(topic, lease, ids, payloads, max(r.deaths for r in rows))


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


def take(session: Session, now: datetime, ids: Sequence[MessageId], lease: str) -> None:
    """Somebody begins with leased messages that lay in a queue, and has a whole LEASE from ``now``. Raises LeaseLost."""
    if _changed(session, _held(ids, lease).values(due_at=now + LEASE, in_hand=True)) != len(ids):
        raise LeaseLost()


def let_go(session: Session, ids: Sequence[MessageId] | None = None, lease: str = "") -> None:
    """Whoever has these (None: all there are) was asked to end: its end says nothing against them."""
    m = OutboxMessage
    which = _held(ids, lease) if ids is not None else update(m).where(m.lease.is_not(None), m.in_hand)
    _changed(session, which.values(in_hand=False))


def got_on(session: Session, ids: Sequence[MessageId], lease: str) -> None:
    """A part of the work is done and stays done: earlier deaths don't count against the rest."""
    m = OutboxMessage
    _changed(session, _held(ids, lease).where(m.deaths > 0).values(deaths=0))


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
        row.lease, row.in_hand, row.last_error, row.attempts = None, False, error[:500], row.attempts + 1
        if row.attempts >= most_tries:
            row.dead_at = now
            given_up.append(row.payload)
        else:
            row.due_at = now + wait_before_retry(row.attempts)
    return given_up


def release_all(session: Session, now: datetime) -> int:
    """Hand out every leased message again: for the start of the only worker there is. With what was in hand its
    predecessor died; that counts, and after SUSPECT_AFTER such deaths the message waits a little.
    """
    m = OutboxMessage
    leased = update(m).where(m.lease.is_not(None))
    waits = m.in_hand & (m.deaths >= SUSPECT_AFTER)
    return _changed(
        session,
        leased.values(
            lease=None,
            due_at=case((waits, now + SUSPECT_WAITS), else_=now),
            deaths=m.deaths + case((m.in_hand, 1), else_=0),
            in_hand=False,
        ),
    )


def retry_dead(session: Session, now: datetime, message_id: MessageId | None = None) -> int:
    """Send given-up messages (one, or all) again; how many."""
    m = OutboxMessage
    dead = update(m).where(m.dead_at.is_not(None))
    if message_id is not None:
        dead = dead.where(m.id == message_id)
    return _changed(
        session, dead.values(dead_at=None, attempts=0, deaths=0, in_hand=False, due_at=now, lease=None)
    )


def prune(session: Session, now: datetime, keep: timedelta = timedelta(days=7), most: int = 5000) -> int:
    """Remove messages done longer than ``keep`` ago, at most ``most`` at once; how many."""
    m = OutboxMessage
    old = select(m.id).where(m.done_at < now - keep).order_by(m.done_at).limit(most)
    result = session.execute(delete(m).where(m.id.in_(old)).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
