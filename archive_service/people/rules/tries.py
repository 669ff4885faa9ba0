"""How many wrong passwords or codes are taken, and how long the next try waits. Source: security.md §4."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

MOST_FAILURES: Final = 5
"""On one account from one address; of codes, which only who has the password can try, from all addresses."""

MOST_FAILURES_IN_ALL: Final = 50
"""On one account from all addresses, and from one address on all accounts: colleagues share an address, and a
stranger must not be able to stop a person by their name alone."""

FAILURES_WITHIN: Final[timedelta] = timedelta(minutes=15)
FAILURES_REMEMBERED: Final = timedelta(hours=6)
LONGEST_WAIT: Final[timedelta] = timedelta(hours=1)
PLACE_REMEMBERED: Final = timedelta(days=30)
"""How long an address from which a person signed in is spared what strangers do to the account."""


def blocked_until(failures: Sequence[datetime], most: int = MOST_FAILURES) -> datetime | None:
    """When the next try is taken after these failures (ascending, of the last FAILURES_REMEMBERED), or None.

    ``most`` within 15 minutes cost 15 minutes, as many more 30, then an hour each time. Nobody is locked out for
    good: that would let anyone keep a colleague from working.
    """
    if len(failures) < most or failures[-1] - failures[-most] > FAILURES_WITHIN:
        return None
    rounds = len(failures) // most
    return failures[-1] + min(FAILURES_WITHIN * (1 << (rounds - 1)), LONGEST_WAIT)
