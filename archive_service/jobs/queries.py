from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.jobs.models import JobRun, WorkerSign
from archive_service.jobs.rules import QUEUES, is_alive


@dataclass(frozen=True, slots=True)
class JobRow:
    id: int
    name: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    done: int
    total: int | None
    note: str


def _row(run: JobRun) -> JobRow:
    return JobRow(
        run.id, run.name, run.state, run.started_at, run.finished_at, run.done, run.total, run.note or ""
    )


def recent_runs(session: Session, limit: int = 50) -> list[JobRow]:
    return [_row(r) for r in session.scalars(select(JobRun).order_by(JobRun.id.desc()).limit(limit))]


def latest_runs(session: Session) -> dict[str, JobRow]:
    """The latest run of each job, by name."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.name)
    return {r.name: _row(r) for r in session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """``alive``: gave a sign of life just now. One that is not was killed, or can't reach the database."""

    host: str
    pid: int
    queues: tuple[str, ...]
    started_at: datetime
    seen_at: datetime
    alive: bool


@dataclass(frozen=True, slots=True)
class Background:
    """``unattended``: queues that no living worker takes from."""

    workers: tuple[WorkerRow, ...]
    unattended: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Nobody is there at all: what comes in is kept, and nothing is done with it."""
        return not any(worker.alive for worker in self.workers)


def background(session: Session, now: datetime) -> Background:
    signs = session.scalars(select(WorkerSign).order_by(WorkerSign.started_at, WorkerSign.id))
    workers = tuple(
        WorkerRow(s.host, s.pid, tuple(s.queues.split()), s.started_at, s.seen_at, is_alive(s.seen_at, now))
        for s in signs
    )
    taken = {queue for worker in workers if worker.alive for queue in worker.queues}
    return Background(workers, tuple(queue for queue in QUEUES if queue not in taken))
