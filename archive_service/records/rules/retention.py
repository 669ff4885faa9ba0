"""How long a filed paper is kept: from its class's rule and the days that are known. Pure.

Source: workflows.md §3a; the scheme's own rules (a fixed period starts on 1 January after the year of its trigger, an
event period on the day after the event; an event that has not been recorded never runs out).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class Standing(StrEnum):
    """What is known today of the end of a paper's period."""

    PERMANENT = "permanent"  # it has none
    RUNNING = "running"  # it has begun, and its end is known
    WAITING = "waiting"  # its trigger has not been recorded, so nothing runs


class Shift(StrEnum):
    """What another rule does to the end of a period."""

    EARLIER = "earlier"
    LATER = "later"
    SAME = "same"
    UNKNOWN = "unknown"  # one of the two can't be told yet


STANDING_NAMES: Final = {
    Standing.PERMANENT: N_("Kept for ever"),
    Standing.RUNNING: N_("The period is running"),
    Standing.WAITING: N_("The trigger is missing"),
}
SHIFT_NAMES: Final = {
    Shift.EARLIER: N_("Due earlier"),
    Shift.LATER: N_("Due later, or never"),
    Shift.SAME: N_("Due on the same day"),
    Shift.UNKNOWN: N_("Not known yet"),
}
BLOCKED_NAMES: Final = {
    "related_item_unsettled": N_("something that it proves is not settled yet"),
    "deposit_unsettled": N_("the deposit is not settled yet"),
    "owner_account_unsettled": N_("the owner's account is not settled"),
    "tenant_account_unsettled": N_("the tenant's account is not settled"),
    "contract_unsettled": N_("the contract is not settled"),
    "debt_open": N_("the debt is open"),
}
"""While this holds, nothing is due, whatever the date says."""
RUNS_FROM_SETTLEMENT: Final = frozenset({"deposit_unsettled"})
"""Conditions after whose end a fixed period begins, and not after the year of forming: a deposit that is still held
is an open debt, and the paper that proves it is none of a year that is over (令79号, art. 19)."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a rule says, as far as days are counted. ``years`` None: for ever. ``runs_from_event``: see above."""

    years: int | None
    is_event: bool = False
    blocked_while: str = ""

    @property
    def needs_trigger(self) -> bool:
        """Whether the year of forming does not say from when it counts."""
        return self.years is not None and (self.is_event or self.blocked_while in RUNS_FROM_SETTLEMENT)


@dataclass(frozen=True, slots=True)
class Term:
    """``due``: the first day on which the paper may be proposed for appraisal. All three are None unless running."""

    standing: Standing
    trigger: date | None = None
    start: date | None = None
    due: date | None = None


def term(period: Period, *, file_year: int, happened: date | None = None) -> Term:
    """``file_year``: the year to which the paper belongs. ``happened``: the day on which all that the trigger asks for
    was done (of several days the last), None while it isn't; it counts only where the period needs one.
    """
    if period.years is None:
        return Term(Standing.PERMANENT)
    if period.needs_trigger:
        if happened is None:
            return Term(Standing.WAITING)
        start = happened + timedelta(days=1) if period.is_event else date(happened.year + 1, 1, 1)
        return Term(Standing.RUNNING, happened, start, _years_after(start, period.years))
    start = date(file_year + 1, 1, 1)
    return Term(Standing.RUNNING, date(file_year, 12, 31), start, _years_after(start, period.years))


def _years_after(day: date, years: int) -> date:
    """The same day years later; 1 March for a 29 February that is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def strictest(terms: Iterable[Term]) -> Term | None:
    """The one that holds for all papers of a bound file, since paper can't be split: for ever before not known before
    the latest day. None of none.
    """
    ranks = {Standing.PERMANENT: 2, Standing.WAITING: 1, Standing.RUNNING: 0}
    return max(terms, key=lambda one: (ranks[one.standing], one.due or date.min), default=None)


def shift(old: Term, new: Term) -> Shift:
    """What ``new`` would do to a paper that has ``old``."""
    if old == new:
        return Shift.SAME
    if Standing.WAITING in (old.standing, new.standing):
        return Shift.UNKNOWN
    if old.due is None or new.due is None:
        return Shift.LATER if new.due is None else Shift.EARLIER
    return Shift.SAME if old.due == new.due else Shift.EARLIER if new.due < old.due else Shift.LATER


def shift_of_rules(old: Period, new: Period) -> Shift:
    """As ``shift``, for all papers of a rule at once, whatever their days are."""
    if old == new:
        return Shift.SAME
    if old.years is None or new.years is None:
        return Shift.LATER if new.years is None else Shift.UNKNOWN if new.needs_trigger else Shift.EARLIER
    if (old.needs_trigger, old.is_event) != (new.needs_trigger, new.is_event):
        return Shift.UNKNOWN
    return Shift.SAME if old.years == new.years else Shift.EARLIER if new.years < old.years else Shift.LATER
