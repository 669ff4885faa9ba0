"""How many wrong passwords or codes are taken, and how long the next try waits. Source: security.md §4."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

MOST_FAILURES: Final = 5
FAILURES_WITHIN: Final[timedelta] = timedelta(minutes=15)
FAILURES_REMEMBERED: Final = timedelta(hours=6)
LONGEST_WAIT: Final[timedelta] = timedelta(hours=1)


def blocked_until(failures: Sequence[datetime]) -> datetime | None:
    """When the next try is taken after these failures (ascending, of the last FAILURES_REMEMBERED), or None.

    Five within 15 minutes cost 15 minutes, five more 30, then an hour each time. Nobody is locked out for
    good: that would let anyone keep a colleague from working.
    """
    if len(failures) < MOST_FAILURES or failures[-1] - failures[-MOST_FAILURES] > FAILURES_WITHIN:
        return None
    rounds = len(failures) // MOST_FAILURES
    return failures[-1] + min(FAILURES_WITHIN * (1 << (rounds - 1)), LONGEST_WAIT)
