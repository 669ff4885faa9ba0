"""One use case, one transaction: the change, its audit rows and its messages are committed together or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from archive_service import audit, outbox
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import Clock
from archive_service.kernel.db import Sessions
from archive_service.kernel.errors import ArchiveError


@dataclass(slots=True)
class UnitOfWork:
    """What a use case works with. ``now`` is fixed for the whole of it."""

    session: Session
    actor: Actor
    now: datetime
    _events: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)
    _refusals: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)

    def audit(self, action: str, subject: str, **facts: object) -> None:
        """Note ``action`` (noun.verb) on ``subject`` ("document:<id>"). Facts: JSON values, no personal data."""
        self._events.append((action, subject, facts))

    def audit_refusal(self, action: str, subject: str, **facts: object) -> None:
        """Note what is refused right after: this row stays though everything else is rolled back, and only then."""
        self._refusals.append((action, subject, facts))

    def publish(self, topic: str, **payload: object) -> None:
        """Announce the change to the background; it leaves only if this transaction commits."""
        outbox.publish(self.session, self.now, topic, payload)

    def _close(self) -> None:
        # Last, because appending locks the head of the trail until the commit.
        self.session.flush()
        audit.append(self.session, self.now, actor_label(self.actor), self._events)


def actor_label(actor: Actor) -> str:
    """How the trail names an actor: by id, never by name, and with the door used."""
    who = f"user:{actor.user_id}" if actor.user_id is not None else "service"
    return f"{who}/{actor.via}"


@contextmanager
def unit_of_work(sessions: Sessions, clock: Clock, actor: Actor) -> Iterator[UnitOfWork]:
    """Open one; it commits at the end of the block and rolls back on any exception."""
    work: UnitOfWork | None = None
    try:
        with sessions.writing() as session:
            work = UnitOfWork(session, actor, clock.now())
            yield work
            work._close()
    except ArchiveError:
        if work is not None and work._refusals:
            with sessions.writing() as session:
                audit.append(session, work.now, actor_label(actor), work._refusals)
        raise
