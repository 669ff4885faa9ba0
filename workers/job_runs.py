"""Runs one periodic job, with its start, its progress and its end on record."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from archive_service import jobs, outbox
from archive_service.jobs import AlreadyRunning, JobName
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox

BEAT_EVERY: Final = timedelta(seconds=2)

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
    beaten: list[datetime] = [archive.clock.now()]

    def progress(done: int, total: int | None) -> None:
        now = archive.clock.now()
        if now - beaten[0] >= BEAT_EVERY:
            beaten[0] = now
            with archive.sessions.writing() as session:
                jobs.beat(session, now, run_id, done, total)

    try:
        note, ok = JOBS[name].run(tools, progress), True
    except Exception as error:  # whatever it was, the run must be closed and the next job must go on
        log.exception("job.failed", job=name)
        note, ok = type(error).__name__, False
    with archive.unit_of_work(service_actor()) as work:
        jobs.finish(work.session, work.now, run_id, ok=ok, note=note)
        work.audit("job.finished" if ok else "job.failed", f"job:{name}", note=note)
    return ok


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
