"""Messages in the hands of this process, and the thread that keeps their leases from running out."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from archive_service import outbox
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import MessageId
from archive_service.unit_of_work import UnitOfWork

RENEW_EVERY_SECONDS: Final = 12.0

log = structlog.get_logger()


GiveUp = Callable[[UnitOfWork, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Lease:
    """Leased messages of one topic. ``close`` belongs into the transaction of their effect."""

    topic: str
    token: str
    ids: tuple[MessageId, ...]

    def payloads(self, archive: Archive) -> list[Mapping[str, Any]]:
        """Raises LeaseLost if somebody else has them by now, or they are done."""
        with archive.reading() as session:
            return outbox.payloads(session, self.ids, self.token)

    def take(self, archive: Archive) -> None:
        """Begin with what lay in a queue. Raises LeaseLost."""
        with archive.sessions.writing() as session:
            outbox.take(session, archive.clock.now(), self.ids, self.token)

    def got_on(self, work: UnitOfWork) -> None:
        """With a part of the effect that stays."""
        outbox.got_on(work.session, self.ids, self.token)

    def close(self, work: UnitOfWork) -> None:
        outbox.complete(work.session, work.now, self.ids, self.token)

    def fail(self, archive: Archive, error: str, tries: int, give_up: GiveUp) -> None:
        """To be tried again, or after ``tries`` given up. ``error``: a class's name."""
        with archive.unit_of_work(service_actor()) as work:
            for payload in outbox.fail(work.session, work.now, self.ids, self.token, error, most_tries=tries):
                give_up(work, payload)


class Keeper:
    """Renews what is in hand every RENEW_EVERY_SECONDS, so that a page may take longer than a lease."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._held: set[Lease] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    @contextmanager
    def holding(self, lease: Lease) -> Iterator[None]:
        with self._lock:
            self._held.add(lease)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(lease)

    @property
    def ids(self) -> frozenset[MessageId]:
        """Of all messages in hand."""
        with self._lock:
            return frozenset(i for lease in self._held for i in lease.ids)

    def renew(self) -> None:
        """Hold on to everything in hand. Raises what the database raises; a lease that is lost stays so."""
        with self._lock:
            held = list(self._held)
        for lease in held:
            self._renew(lease)

    def _renew(self, lease: Lease) -> None:
        try:
            with self._archive.sessions.writing() as session:
                outbox.renew(session, self._archive.clock.now(), lease.ids, lease.token)
        except outbox.LeaseLost:
            pass  # its own commit will fail in the same way, and say so

    def let_go(self) -> None:
        """This process was asked to end: should it be killed before it has, that says nothing against what it has."""
        with self._lock:
            held = list(self._held)
        for lease in held:
            with self._archive.sessions.writing() as session:
                outbox.let_go(session, lease.ids, lease.token)

    def _run(self) -> None:
        while not self._stop.wait(RENEW_EVERY_SECONDS):
            with self._lock:
                held = list(self._held)
            for lease in held:
                try:
                    self._renew(lease)
                except Exception as error:  # the database may be away for a while: the next round tries again
                    log.warning("lease.not-renewed", topic=lease.topic, error=type(error).__name__)
