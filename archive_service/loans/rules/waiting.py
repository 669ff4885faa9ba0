"""The queue for an item, and days. Pure. Source: workflows.md §2, rules 1, 4 to 6."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from archive_service.loans.rules import UseMode

REMINDER_STAGES: Final = (-1, 0, 1, 3, 7, 15)
"""Days after the due day on which a borrower is reminded."""
TELLS_MANAGER: Final = frozenset({3, 7, 15})
TELLS_LEADER: Final = frozenset({7, 15})
SUSPECTS_LOSS: Final = 15


class ReservationState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


def last_day(issued_on: date, days: int, use: UseMode) -> date:
    """The last day of a loan, before it moves to a working day. Reading here and on screen begins with the day of
    issue; what is taken out has so many days after it."""
    return issued_on + timedelta(days=days if use is UseMode.TAKE_OUT else days - 1)


def is_overdue(due_on: date | None, today: date, *, out: bool) -> bool:
    return out and due_on is not None and today > due_on


def stage_due(due_on: date, today: date, told: frozenset[int]) -> int | None:
    """The stage to be told today, or None. Of stages that were missed only the latest is told: one reminder, not many.
    Before the due day only on the days themselves."""
    reached = [stage for stage in REMINDER_STAGES if due_on + timedelta(days=stage) <= today]
    if not reached:
        return None
    latest = reached[-1]
    return None if any(stage >= latest for stage in told) else latest
