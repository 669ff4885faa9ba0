"""Looking after the service itself: whether everything fits together, and what a person sets going again."""

from archive_service.home.service.checking import Consistency, Finding, check_consistency
from archive_service.home.service.running import run_job_now, send_again

__all__ = ["Consistency", "Finding", "check_consistency", "run_job_now", "send_again"]
