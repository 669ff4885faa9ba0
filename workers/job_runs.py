"""Runs one periodic job, with its start, its progress and its end on record."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from archive_service import jobs, outbox
from archive_service.jobs import AlreadyRunning, JobName
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import JobRunId
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox

BEAT_EVERY_SECONDS: Final = 5.0

Progress = Callable[[int, int | None], None]
"""``progress(done, total)``; total None where it is not known."""

log = structlog.get_logger()


def run_job(tools: Toolbox, name: JobName) -> bool:
    """Run it now; False if it failed or is running already. What failed is on record by its class's name."""
    from workers.schedule import JOBS

    archive = tools.archive
    try:
        with archive.unit_of_work(service_actor()) as work:
            run_id = jobs.start(work.session, work.now, name)
    except AlreadyRunning:
        return False
    seen: list[tuple[int, int | None]] = [(0, None)]

    def progress(done: int, total: int | None) -> None:
        seen[0] = (done, total)

    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(tools, run_id, seen, over), daemon=True)
    heart.start()
    try:
        note, ok = JOBS[name].run(tools, progress), True
    except Exception as error:  # whatever it was, the run must be closed and the next job must go on
        log.exception("job.failed", job=name)
        note, ok = type(error).__name__, False
    finally:
        over.set()
        heart.join(timeout=10)
    with archive.unit_of_work(service_actor()) as work:
        jobs.finish(work.session, work.now, run_id, ok=ok, note=note)
        work.audit("job.finished" if ok else "job.failed", f"job:{name}", note=note)
    return ok


def _beat(
    tools: Toolbox, run_id: JobRunId, seen: list[tuple[int, int | None]], over: threading.Event
) -> None:
    """Tells that the run is alive and how far it is, also while one of its steps takes long."""
    while not over.wait(BEAT_EVERY_SECONDS):
        try:
            with tools.archive.sessions.writing() as session:
                jobs.beat(session, tools.archive.clock.now(), run_id, *seen[0])
        except SQLAlchemyError as error:  # the database may be away for a moment
            log.warning("job.could-not-tell", error=type(error).__name__)


def ran_just_now(tools: Toolbox, name: JobName) -> bool:
    """Whether another worker's clock has rung for this job already: each of them has one."""
    with tools.archive.reading() as session:
        latest = jobs.latest_runs(session).get(name)
    return latest is not None and tools.archive.clock.now() - latest.started_at < timedelta(seconds=50)


def run_wanted(tools: Toolbox, lease: Lease) -> None:
    """A person asked for it."""
    (payload,) = lease.payloads(tools.archive)
    name = str(payload["name"])
    if name in set(JobName):
        run_job(tools, JobName(name))
    with tools.archive.unit_of_work(service_actor()) as work:
        outbox.complete(work.session, work.now, lease.ids, lease.token)


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to do: the failed runs are on record."""
