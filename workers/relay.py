"""Claims outbox rows and rings Celery's doorbell. The rows stay the queue of record."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from archive_service import outbox
from archive_service.jobs import QUEUES
from workers.leases import Keeper, Lease
from workers.toolbox import Toolbox
from workers.topics import TOPICS

LOOK_EVERY_SECONDS: Final = 0.25
COMPLAIN_EVERY: Final = timedelta(minutes=1)

log = structlog.get_logger()


class Relay:
    """A thread that looks for due messages a few times a second, and at once when ``poke``\\ d."""

    def __init__(
        self,
        tools: Toolbox,
        send: Callable[[str, Lease], None],
        keeper: Keeper,
        sign_of_life: Callable[[], None] = lambda: None,
        queues: Sequence[str] = QUEUES,
    ) -> None:
        """``send(queue, lease)`` hands leased messages to a task; it may lose them, the lease runs out then.

        ``keeper`` has what this process is at; it is never handed out anew. ``sign_of_life`` is called after each
        look that went well: a worker that can't hand out does not live. ``queues``: what this worker takes itself;
        into another, that perhaps nobody takes, it would send the same messages again and again.
        """
        self._tools = tools
        self._send = send
        self._keeper = keeper
        self._sign_of_life = sign_of_life
        self._topics = {name: topic for name, topic in TOPICS.items() if topic.queue in queues}
        self._trouble: str | None = None
        self._complained_at: datetime | None = None
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
        sent, now = 0, self._tools.archive.clock.now()
        waiting = self._waiting(now)
        if any(state.overdue for state in waiting.values()) and self._holds_overdue(now):
            # The clock jumped, or the database was away for longer than a lease; we are alive and still at it.
            self._keeper.renew()
            waiting = self._waiting(now)
        suspect_is_out = any(state.suspects_leased for state in waiting.values())
        for name, topic in self._topics.items():
            state = waiting[name]
            room = topic.in_hand(self._tools) - state.leased
            if room <= 0 or (topic.one_task and state.leased):
                continue
            if state.suspects_due and not suspect_is_out:
                # One of all at a time: then two of them can't be in a dying worker's hands together, and whichever
                # is harmless gets through.
                suspect_is_out = True
                sent += self._hand_out(now, name, 1, suspects=True)
                room = 0 if topic.one_task else room - 1
            if state.due and room > 0:
                sent += self._hand_out(now, name, room, suspects=False)
        return sent

    def _waiting(self, now: datetime) -> dict[str, outbox.Waiting]:
        with self._tools.archive.reading() as session:
            # All of them: which suspects are out matters to every worker.
            return outbox.waiting(session, now, tuple(TOPICS))

    def _holds_overdue(self, now: datetime) -> bool:
        with self._tools.archive.reading() as session:
            return not self._keeper.ids.isdisjoint(outbox.overdue(session, now))

    def _hand_out(self, now: datetime, name: str, most: int, *, suspects: bool) -> int:
        archive, topic = self._tools.archive, TOPICS[name]
        with archive.sessions.writing() as session:
            claimed = outbox.claim(
                session,
                now,
                name,
                most,
                suspects=suspects,
                # Alone there is next to no queue between here and the task.
                alone=self._tools.is_alone,
                besides=self._keeper.ids,
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

    def try_to_look(self) -> None:
        """A look that may fail: the log is told when that begins, each COMPLAIN_EVERY while it lasts, and its end."""
        try:
            self.look()
            self._sign_of_life()
        except (SQLAlchemyError, OSError) as error:
            self._complain("relay.could-not-look", error)
        except Exception as error:  # a broker that is away must not end the only thread that sends
            self._complain("relay.could-not-send", error)
        else:
            if self._trouble is not None:
                self._trouble = self._complained_at = None
                log.warning("relay.back-again")

    def _complain(self, trouble: str, error: Exception) -> None:
        now = self._tools.archive.clock.now()
        last = self._complained_at
        if trouble != self._trouble or last is None or abs(now - last) >= COMPLAIN_EVERY:
            log.warning(trouble, error=type(error).__name__)
            self._trouble, self._complained_at = trouble, now

    def _run(self) -> None:
        while not self._stop.is_set():
            self.try_to_look()
            self._wake.wait(LOOK_EVERY_SECONDS)
            self._wake.clear()
