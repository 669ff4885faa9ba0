from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, and_, delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_service.jobs.models import JobRun, WorkerSign
from archive_service.kernel.errors import N_, Conflict
from archive_service.kernel.ids import JobRunId

STALE_AFTER: Final = timedelta(minutes=10)
FORGOTTEN_AFTER: Final = timedelta(days=1)


class AlreadyRunning(Conflict):
    code = "job.already-running"
    message = N_("This job is running already.")


def start(session: Session, now: datetime, name: str) -> JobRunId:
    """Open a run of job ``name``. Raises AlreadyRunning; the database refuses a second one as well."""
    interrupt_stale(session, now, name)
    run = JobRun(name=name, state="running", started_at=now, seen_at=now, done=0)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError as error:
        raise AlreadyRunning() from error
    return JobRunId(run.id)


def beat(session: Session, now: datetime, run_id: JobRunId, done: int, total: int | None) -> None:
    """A sign of life with the progress so far."""
    running = update(JobRun).where(JobRun.id == run_id, JobRun.state == "running")
    session.execute(running.values(seen_at=now, done=done, total=total))


def finish(session: Session, now: datetime, run_id: JobRunId, *, ok: bool, note: str = "") -> None:
    running = update(JobRun).where(JobRun.id == run_id, JobRun.state == "running")
    session.execute(running.values(state="done" if ok else "failed", finished_at=now, seen_at=now, note=note))


def interrupt_stale(
    session: Session, now: datetime, name: str | None = None, older_than: timedelta = STALE_AFTER
) -> int:
    """Close runs whose worker died, so that the job can be started again; how many."""
    stale: Any = update(JobRun).where(JobRun.state == "running", JobRun.seen_at <= now - older_than)
    if name is not None:
        stale = stale.where(JobRun.name == name)
    result = session.execute(stale.values(state="interrupted", finished_at=now))
    assert isinstance(result, CursorResult)
    return result.rowcount


def interrupt_all(session: Session, now: datetime) -> int:
    """For the start of the only worker there is: whatever runs on record runs no longer."""
    return interrupt_stale(session, now, older_than=timedelta(0))


@dataclass(frozen=True, slots=True)
class WorkerCard:
    """Who a worker process is. ``id``: made up at its start, because process numbers are used again."""

    id: str
    host: str
    pid: int
    queues: Sequence[str]
    started_at: datetime


def sign(session: Session, now: datetime, worker: WorkerCard) -> None:
    """``worker`` is alive now."""
    mine = update(WorkerSign).where(WorkerSign.id == worker.id).values(seen_at=now)
    result = session.execute(mine)
    assert isinstance(result, CursorResult)
    if result.rowcount:
        return
    # For the first time, or for the first time since others thought it gone. Whoever had its place on this host,
    # and those of yesterday, are certainly gone.
    gone = and_(WorkerSign.host == worker.host[:120], WorkerSign.pid == worker.pid)
    session.execute(delete(WorkerSign).where(or_(gone, WorkerSign.seen_at < now - FORGOTTEN_AFTER)))
    session.add(
        WorkerSign(
            id=worker.id,
            host=worker.host[:120],
            pid=worker.pid,
            queues=" ".join(worker.queues),
            started_at=worker.started_at,
            seen_at=now,
        )
    )


def sign_off(session: Session, worker_id: str) -> None:
    """It ends, as it was asked to."""
    session.execute(delete(WorkerSign).where(WorkerSign.id == worker_id))


def forget_workers(session: Session, *, seen_before: datetime | None = None) -> int:
    """Take those away that died; how many. Without a time all of them: for the start of the only worker there is."""
    gone = delete(WorkerSign)
    if seen_before is not None:
        gone = gone.where(WorkerSign.seen_at < seen_before)
    result = session.execute(gone)
    assert isinstance(result, CursorResult)
    return result.rowcount
