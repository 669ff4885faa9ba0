from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.jobs.models import JobRun


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
