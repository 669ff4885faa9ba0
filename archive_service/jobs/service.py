from datetime import datetime, timedelta
from typing import Any, Final, NewType

from sqlalchemy import CursorResult, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_service.jobs.models import JobRun
from archive_service.kernel.errors import N_, Conflict
from archive_service.kernel.ids import JobRunId

JobNote = NewType("JobNote", str)
STALE_AFTER: Final = timedelta(minutes=10)


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
