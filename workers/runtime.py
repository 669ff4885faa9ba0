"""The worker process: one Archive, one Reader, Celery with its relay and its clock. No Flask.

With ``memory://`` as the broker this is the only worker there is, and threads do everything; with Redis there may
be many, on many hosts, each with the queues it is told to take.
"""

import fcntl
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from typing import IO, Any, Final

import structlog
from celery import Celery
from celery.beat import EmbeddedService, Scheduler
from celery.platforms import SecurityWarning
from celery.signals import worker_ready, worker_shutting_down
from sqlalchemy.exc import SQLAlchemyError

from archive_service import jobs, outbox
from archive_service.bootstrap import Archive, open_archive
from archive_service.jobs import QUEUES, JobName
from archive_service.kernel.ids import MessageId
from archive_service.logs import configure_logs
from archive_service.serving import dies_with_its_supervisor
from archive_service.settings import Settings, load_settings
from workers.extraction import Reader
from workers.job_runs import ran_just_now, run_job
from workers.leases import Keeper, Lease
from workers.relay import Relay
from workers.schedule import JOBS
from workers.sign_of_life import SignOfLife
from workers.toolbox import Toolbox
from workers.topics import TOPICS

HANDLE: Final = "archive.handle"
RUN_JOB: Final = "archive.run-job"

log = structlog.get_logger()


class WorkerRunsAlready(Exception):
    """Two workers with brokers in their memories would both believe to be alone on this data directory."""


class Worker:
    """Everything of one worker process; ``run`` returns after a clean stop."""

    def __init__(self, archive: Archive, queues: Sequence[str] = QUEUES) -> None:
        settings = archive.settings
        self.queues = tuple(queues)
        self.tools = Toolbox(
            archive, Reader(recognisers=settings.reader_count, idle_seconds=settings.reading_idle_seconds)
        )
        self.keeper = Keeper(archive)
        self.celery = make_celery(settings)
        self.sign_of_life = SignOfLife(archive, self.queues)
        self.relay = Relay(self.tools, self._send, self.keeper, self.sign_of_life.give, self.queues)
        self._add_tasks()

    def _send(self, queue: str, lease: Lease) -> None:
        self.celery.send_task(
            HANDLE,
            args=[lease.topic, lease.token, list(lease.ids)],
            queue=queue,
            # Then the messages are sent anew, and whoever comes to this one need not ask about it.
            expires=outbox.LEASE.total_seconds(),
        )

    def _add_tasks(self) -> None:
        @self.celery.task(name=HANDLE, shared=False)  # type: ignore[untyped-decorator]  # celery has no types
        def handle(topic: str, token: str, ids: list[int]) -> None:
            self.handle(Lease(topic, token, tuple(MessageId(i) for i in ids)))

        @self.celery.task(name=RUN_JOB, shared=False)  # type: ignore[untyped-decorator]
        def scheduled(name: str) -> None:
            if not ran_just_now(self.tools, JobName(name)):
                run_job(self.tools, JobName(name))

    def handle(self, lease: Lease) -> None:
        """Take leased messages to their end: effect and closing in one transaction, or back to the outbox."""
        topic, archive = TOPICS[lease.topic], self.tools.archive
        if self.tools.ending.is_set():
            return
        with self.keeper.holding(lease):
            try:
                if not self.tools.is_alone:
                    lease.take(archive)  # it may have lain in the broker for longer than its lease
                topic.handle(self.tools, lease)
            except outbox.LeaseLost:
                log.info("message.lease-lost", topic=lease.topic)
            except Exception as error:
                if self.tools.ending.is_set():
                    return  # handed out again when the lease runs out, or at the next start
                log.exception("message.failed", topic=lease.topic, messages=list(lease.ids))
                lease.fail(archive, type(error).__name__, topic.tries, topic.give_up)
        self.relay.poke()

    def take_back(self) -> None:
        """Hand out again what a killed predecessor had in hand. Raises: a worker that can't do this must not run."""
        archive = self.tools.archive
        if self.tools.is_alone:
            with archive.sessions.writing() as session:
                outbox.release_all(session, archive.clock.now())
                jobs.interrupt_all(session, archive.clock.now())
                jobs.forget_workers(session)

    def let_go(self) -> None:
        """At the beginning of a clean end: see ``outbox.let_go``."""
        try:
            if self.tools.is_alone:
                with self.tools.archive.sessions.writing() as session:
                    outbox.let_go(session)
            else:
                self.keeper.let_go()
        except SQLAlchemyError as error:  # at worst a message is blamed for one death too many
            log.warning("worker.could-not-let-go", error=type(error).__name__)

    def catch_up(self) -> None:
        """Uploads whose last byte had come, and an index that may have lost its last commits."""
        for name in (JobName.UPLOAD_EXPIRY, JobName.INDEX_CONSISTENCY):
            try:
                run_job(self.tools, name)
            except Exception as error:  # the next hour's run tries again; nothing else may wait for this
                log.warning("catching-up.failed", job=name, error=type(error).__name__)

    def run(self) -> None:
        def ready(**_: Any) -> None:
            self.keeper.start()
            self.relay.start()
            threading.Thread(target=self.catch_up, name="catching-up", daemon=True).start()

        def ending(**_: Any) -> None:
            self.tools.ending.set()
            self.relay.stop()
            self.let_go()

        self.take_back()
        worker_ready.connect(ready, weak=False)
        worker_shutting_down.connect(ending, weak=False)
        beat = EmbeddedService(self.celery, thread=True, scheduler_cls=Scheduler)
        beat.start()
        # Every kind of task has its threads, so that none waits for another: readings, renditions, the index, a job
        # somebody asked for, a message on its way out, and each periodic job.
        threads = self.tools.settings.reader_count + 6 + len(JOBS)
        worker = self.celery.Worker(
            pool="threads",
            concurrency=threads,
            queues=list(self.queues),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=self.tools.is_alone,
            loglevel=self.tools.settings.log_level,  # of everything that this process logs
            quiet=True,
        )
        try:
            worker.start()
        finally:
            self.tools.ending.set()
            beat.stop()
            self.relay.stop()
            self.keeper.stop()
            self.sign_of_life.end()
            self.tools.reader.close()
            self.tools.archive.close()


def make_celery(settings: Settings) -> Celery:
    is_memory = settings.broker_url.startswith("memory:")
    app = Celery("archive", broker="memory://localhost//" if is_memory else settings.broker_url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],  # a pickle pushed to the broker is refused
        task_ignore_result=True,
        task_acks_late=False,  # the outbox, not the broker, gives a dead worker's messages back
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_retry=True,
        broker_connection_max_retries=None,
        # With its default of a second the memory broker delivers eight tasks a second.
        broker_transport_options={"polling_interval": 0.01} if is_memory else {},
        timezone="Asia/Shanghai",
        enable_utc=True,
        beat_schedule={
            name.value: {
                "task": RUN_JOB,
                "schedule": job.when,
                "args": [name.value],
                "options": {"queue": "jobs"},
            }
            for name, job in JOBS.items()
        },
    )
    return app


def lock_data_dir(settings: Settings) -> IO[str]:
    """Hold the data directory's worker lock for as long as the file stays open. Raises WorkerRunsAlready."""
    file = (settings.data_dir / "worker.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise WorkerRunsAlready(str(settings.data_dir)) from error
    return file


def main(arguments: Sequence[str]) -> int:
    """``worker [QUEUE …]`` runs until told to stop; ``job NAME`` runs one job here and now."""
    dies_with_its_supervisor()
    settings = load_settings()
    configure_logs(settings)
    if settings.log_level == "INFO":
        logging.getLogger("celery").setLevel(logging.WARNING)  # nobody needs to know each of its steps
    archive = open_archive(settings)
    if arguments[:1] == ["job"]:
        tools = Toolbox(archive, Reader(recognisers=1))
        try:
            return 0 if run_job(tools, JobName(arguments[1])) else 1
        finally:
            tools.reader.close()
            archive.close()
    # Its reason, pickles from the broker, does not exist here: only JSON is accepted.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = Worker(archive, list(arguments[1:]) or QUEUES)
    if worker.tools.is_alone:
        try:
            lock = lock_data_dir(settings)
        except WorkerRunsAlready:
            print("A worker is running on this data directory already.", file=sys.stderr)
            return 1
        with lock:
            worker.run()
    else:
        worker.run()
    return 0


if __name__ == "__main__":
    # Of a job the terminal's Ctrl-C is for the one who started it. A worker ends by it at once, as by SIGTERM, until
    # Celery is there to let it finish what it has: before, it has nothing.
    signal.signal(signal.SIGINT, signal.SIG_IGN if sys.argv[1:2] == ["job"] else signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
