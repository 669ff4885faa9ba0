from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime

RUNNING = text("state = 'running'")


class JobRun(Base):
    __tablename__ = "job_run"
    __table_args__ = (
        Index("uq_job_run_running", "name", unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING),
        Index("ix_job_run_name_id", "name", "id"),
        CheckConstraint("state IN ('running', 'done', 'failed', 'interrupted')", name="state"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)  # last sign of life
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[int] = mapped_column(default=0)  # things handled so far
    total: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)  # outcome as "key=value" pairs, or the error's class


class WorkerSign(Base):
    """A worker process that was alive at ``seen_at``; the row goes when it is stopped cleanly."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(String(120))
    pid: Mapped[int]
    queues: Mapped[str] = mapped_column(String(60))  # those it takes from, with spaces between
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
