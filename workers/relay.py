"""Claims outbox rows and rings Celery's doorbell. The rows stay the queue of record."""

import threading
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from archive_service import outbox
from workers.leases import Lease
from workers.toolbox import Toolbox
from workers.topics import TOPICS

LOOK_EVERY_SECONDS: Final = 0.25

log = structlog.get_logger()


class Relay:
    """A thread that looks for due messages a few times a second, and at once when ``poke``\\ d."""

    def __init__(self, tools: Toolbox, send: Callable[[str, Lease], None]) -> None:
        """``send(queue, lease)`` hands leased messages to a task; it may lose them, the lease runs out then."""
        self._tools = tools
        self._send = send
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def poke(self) -> None:
        """Something was finished, so something else may go out."""
        self._wake.set()

    def look(self) -> int:
        """Hand out what is due, within each topic's limit; how many messages went."""
        archive, sent = self._tools.archive, 0
        with archive.reading() as session:
            waiting = outbox.waiting(session, archive.clock.now())
        for name, topic in TOPICS.items():
            state = waiting.get(name)
            if state is None or not state.due:
                continue
            room = topic.in_hand(self._tools) - state.leased
            if room <= 0 or (topic.one_task and state.leased):
                continue
            with archive.sessions.writing() as session:
                claimed = outbox.claim(session, archive.clock.now(), name, room)
            if claimed is None:
                continue
            for start in range(0, len(claimed.ids), topic.batch):
                ids = claimed.ids[start : start + topic.batch]
                self._send(topic.queue, Lease(name, claimed.lease, ids))
                sent += len(ids)
        return sent

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("relay.could-not-look", error=type(error).__name__)
            except Exception as error:  # a broker that is away must not end the only thread that sends
                log.warning("relay.could-not-send", error=type(error).__name__)
            self._wake.wait(LOOK_EVERY_SECONDS)
            self._wake.clear()
