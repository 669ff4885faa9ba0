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

    def __init__(
        self,
        tools: Toolbox,
        send: Callable[[str, Lease], None],
        sign_of_life: Callable[[], None] = lambda: None,
    ) -> None:
        """``send(queue, lease)`` hands leased messages to a task; it may lose them, the lease runs out then.

        ``sign_of_life`` is called after each look that went well: a worker that can't hand out does not live.
        """
        self._tools = tools
        self._send = send
        self._sign_of_life = sign_of_life
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
        suspect_is_out = any(state.suspects_leased for state in waiting.values())
        for name, topic in TOPICS.items():
            state = waiting.get(name)
            if state is None:
                continue
            room = topic.in_hand(self._tools) - state.leased
            if room <= 0 or (topic.one_task and state.leased):
                continue
            if state.suspects_due and not suspect_is_out:
                # One of all at a time: then two of them can't be in a dying worker's hands together, and whichever
                # is harmless gets through.
                suspect_is_out = True
                sent += self._hand_out(name, 1, suspects=True)
                room = 0 if topic.one_task else room - 1
            if state.due and room > 0:
                sent += self._hand_out(name, room, suspects=False)
        return sent

    def _hand_out(self, name: str, most: int, *, suspects: bool) -> int:
        archive, topic = self._tools.archive, TOPICS[name]
        with archive.sessions.writing() as session:
            claimed = outbox.claim(
                session,
                archive.clock.now(),
                name,
                most,
                suspects=suspects,
                # Alone there is next to no queue between here and the task.
                in_hand=self._tools.is_alone,
            )
        if claimed is None:
            return 0
        if claimed.deaths >= outbox.MOST_DEATHS and suspects:
            Lease(name, claimed.lease, claimed.ids).fail(archive, "WorkerDied", 0, topic.give_up)
            log.error("message.kills-workers", topic=name, messages=list(claimed.ids))
            return 0
        for start in range(0, len(claimed.ids), topic.batch):
            ids = claimed.ids[start : start + topic.batch]
            self._send(topic.queue, Lease(name, claimed.lease, ids))
        return len(claimed.ids)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
                self._sign_of_life()
            except (SQLAlchemyError, OSError) as error:
                log.warning("relay.could-not-look", error=type(error).__name__)
            except Exception as error:  # a broker that is away must not end the only thread that sends
                log.warning("relay.could-not-send", error=type(error).__name__)
            self._wake.wait(LOOK_EVERY_SECONDS)
            self._wake.clear()
