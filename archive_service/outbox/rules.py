"""How long to wait before a failed message is tried again, and when to give up and call a person."""

from datetime import timedelta
from typing import Final

LEASE: Final = timedelta(seconds=45)
"""Long tasks renew it; a dead worker's messages come back after so long."""

MOST_TRIES: Final = 6

SUSPECT_AFTER: Final = 3
"""Workers that died with a message in hand before only one such message is handed out at a time."""

MOST_DEATHS: Final = 30
"""Then the message itself is taken for the cause, and given up. Whoever kills a healthy worker by hand, or restarts a
machine again and again, doesn't come so far: see ``SUSPECT_WAITS``, and every kept page counts from nothing."""

SUSPECT_WAITS: Final = timedelta(seconds=20)
"""After each further death: meanwhile the others get on, and a series of kills meets it seldom."""


def wait_before_retry(attempts: int) -> timedelta:
    """2, 8, 32, 128, 512 seconds after the first, second … failure."""
    return timedelta(seconds=2 * 4 ** max(0, attempts - 1))
