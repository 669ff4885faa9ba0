from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit.models import AuditEvent, AuditHead
from archive_service.audit.rules import GENESIS, Broken, EventFacts, chained_hash


def append(
    session: Session, at: datetime, actor: str, events: Sequence[tuple[str, str, Mapping[str, object]]]
) -> None:
    """Chain ``(action, subject, facts)`` rows to the trail, inside the caller's transaction.

    The head row stays locked until that transaction ends: call it as late as possible.
    """
    if not events:
        return
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(id=1, seq=0, hash=GENESIS)
        session.add(head)
    for action, subject, facts in events:
        event = EventFacts(head.seq + 1, at, actor, action, subject, dict(facts))
        row_hash = chained_hash(event, head.hash)
        session.add(
            AuditEvent(
                seq=event.seq,
                at=at,
                actor=actor,
                action=action,
                subject=subject,
                facts=dict(facts),
                prev_hash=head.hash,
                hash=row_hash,
            )
        )
        head.seq, head.hash = event.seq, row_hash
    session.flush()


def verify(session: Session, progress: Callable[[int], None] | None = None) -> Broken | None:
    """Walk the whole chain in batches of 1,000; the first place where it fails, or None."""
    seq, prev_hash = 0, GENESIS
    while True:
        rows = session.scalars(
            select(AuditEvent).where(AuditEvent.seq > seq).order_by(AuditEvent.seq).limit(1000)
        ).all()
        if not rows:
            break
        for row in rows:
            if row.seq != seq + 1:
                return Broken(seq + 1, "gap")
            if row.prev_hash != prev_hash:
                return Broken(row.seq, "link")
            facts = EventFacts(row.seq, row.at, row.actor, row.action, row.subject, row.facts)
            if chained_hash(facts, prev_hash) != row.hash:
                return Broken(row.seq, "content")
            seq, prev_hash = row.seq, row.hash
        session.expunge_all()
        if progress:
            progress(seq)
    head = session.get(AuditHead, 1)
    if (head.seq, head.hash) != (seq, prev_hash) if head else seq:
        return Broken(seq + 1, "tail")
    return None
