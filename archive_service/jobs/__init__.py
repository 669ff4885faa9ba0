"""The background: which workers live, and which job ran when, how far it got, what it said. One run of a job at a time."""

from archive_service.jobs.queries import (
    Background,
    JobRow,
    WorkerRow,
    background,
    latest_runs,
    recent_runs,
)
from archive_service.jobs.rules import QUEUES, SIGN_EVERY, SILENT_AFTER, TITLES, JobName
from archive_service.jobs.service import (
    AlreadyRunning,
    WorkerCard,
    beat,
    finish,
    forget_workers,
    interrupt_all,
    interrupt_stale,
    sign,
    sign_off,
    start,
)

__all__ = [
    "QUEUES",
    "SIGN_EVERY",
    "SILENT_AFTER",
    "TITLES",
    "AlreadyRunning",
    "Background",
    "JobName",
    "JobRow",
    "WorkerCard",
    "WorkerRow",
    "background",
    "beat",
    "finish",
    "forget_workers",
    "interrupt_all",
    "interrupt_stale",
    "latest_runs",
    "recent_runs",
    "sign",
    "sign_off",
    "start",
]
