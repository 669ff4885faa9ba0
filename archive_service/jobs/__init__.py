"""Runs of background jobs: which ran when, how far it got, what it said. One run of a job at a time."""

from archive_service.jobs.queries import JobRow, latest_runs, recent_runs
from archive_service.jobs.rules import TITLES, JobName
from archive_service.jobs.service import (
    AlreadyRunning,
    JobNote,
    beat,
    finish,
    interrupt_all,
    interrupt_stale,
    start,
)

__all__ = [
    "TITLES",
    "AlreadyRunning",
    "JobName",
    "JobNote",
    "JobRow",
    "beat",
    "finish",
    "interrupt_all",
    "interrupt_stale",
    "latest_runs",
    "recent_runs",
    "start",
]
