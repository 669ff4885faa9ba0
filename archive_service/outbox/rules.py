"""How long to wait before a failed message is tried again, and when to give up and call a person."""

from datetime import timedelta
from typing import Final

LEASE: Final = timedelta(seconds=45)
"""Long tasks renew it; a dead worker's messages come back after so long."""

MOST_TRIES: Final = 6


def wait_before_retry(attempts: int) -> timedelta:
    """2, 8, 32, 128, 512 seconds after the first, second … failure."""
    return timedelta(seconds=2 * 4 ** max(0, attempts - 1))
