"""Holds (冻结): what they are, what they keep from happening, and what falls under one. Pure.

Source: domain/workflows.md §2 rules 2 and 3, §3.
"""

import calendar
import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid

HoldId = NewType("HoldId", int)
REVIEW_MONTHS: Final = 6
LATEST_REVIEW_MONTHS: Final = 24
MOST_REASON: Final = 500


class HoldKind(StrEnum):
    """Each keeps a paper from being destroyed. One that only preserves lets it be read at the archive."""

    PRESERVE = "preserve"
    NO_TAKEOUT = "preserve_no_takeout"
    NO_ACCESS = "no_access"


class Cause(StrEnum):
    LITIGATION = "litigation"
    ARBITRATION = "arbitration"
    AUDIT = "audit"
    INVESTIGATION = "investigation"
    COMPLAINT = "complaint"
    OTHER = "other"


class ScopeKind(StrEnum):
    DOCUMENT = "document"
    CASE_FILE = "case_file"
    UNIT = "unit"
    CLASS = "class"


KIND_NAMES: Final = {
    HoldKind.PRESERVE: N_("Preserve: read here, viewed and copied; originals don't leave"),
    HoldKind.NO_TAKEOUT: N_("Nothing taken out: read here and viewed; neither originals nor copies leave"),
    HoldKind.NO_ACCESS: N_("No access: nobody borrows, copies or views it on a slip"),
}
KIND_SHORT: Final = {
    HoldKind.PRESERVE: N_("Preserve"),
    HoldKind.NO_TAKEOUT: N_("Not taken out"),
    HoldKind.NO_ACCESS: N_("No access"),
}
CAUSE_NAMES: Final = {
    Cause.LITIGATION: N_("Litigation"),
    Cause.ARBITRATION: N_("Arbitration"),
    Cause.AUDIT: N_("Audit"),
    Cause.INVESTIGATION: N_("Investigation"),
    Cause.COMPLAINT: N_("Complaint"),
    Cause.OTHER: N_("Other cause"),
}


class HoldNeedsReason(Invalid):
    code = "holds.needs-reason"
    message = N_("Please say why: the matter, its number, or who asked for it; at most %(most)s characters.")


class HoldNeedsScope(Invalid):
    code = "holds.needs-scope"
    message = N_("Please name what is held: a paper, a case file, a unit, or a class.")


class UnknownScope(Invalid):
    code = "holds.unknown-scope"
    message = N_("Nothing called “%(typed)s” is found, or you may not see it. Compare it with the label.")


class DaysTheWrongWayRound(Invalid):
    code = "holds.days"
    message = N_("The first day comes after the last. Enter them the other way round.")


class BadReviewDay(Invalid):
    code = "holds.review-day"
    message = N_("The day of review lies after today and within %(most)s months.")


class BadDay(Invalid):
    code = "holds.day"
    message = N_("Please enter a day, such as 2026-03-09.")


class WrongChoice(Invalid):
    code = "holds.choice"
    message = N_("Please choose one of those offered.")


class OnlyFeePapers(Forbidden):
    code = "holds.only-fees"
    message = N_("Finance holds papers of the accounts (KU) only. Ask the archivist for others.")


class ReleasedAlready(Conflict):
    code = "holds.released"
    message = N_("This hold was released already.")


class HoldMoved(Conflict):
    code = "holds.moved"
    message = N_("Somebody else changed this hold in the meantime. Please look at it again.")


class OwnHold(Forbidden):
    code = "holds.own"
    message = N_("You placed this hold, so somebody else must release it.")


@dataclass(frozen=True, slots=True)
class Thing:
    """What a hold may fall on. ``first``, ``last``: the days that its date may mean; None where it has none."""

    document_id: uuid.UUID | None
    case_file_id: int | None
    unit_id: int | None
    class_code: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Scope:
    """One of the four is named. Days narrow a unit or a class; a thing without a date falls under them, since
    nobody can say that it does not."""

    document_id: uuid.UUID | None = None
    case_file_id: int | None = None
    unit_id: int | None = None
    class_code: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def kind(self) -> ScopeKind:
        if self.document_id is not None:
            return ScopeKind.DOCUMENT
        if self.case_file_id is not None:
            return ScopeKind.CASE_FILE
        return ScopeKind.UNIT if self.unit_id is not None else ScopeKind.CLASS

    def covers(self, thing: Thing) -> bool:
        if self.document_id is not None:
            return self.document_id == thing.document_id
        if self.case_file_id is not None:
            return self.case_file_id == thing.case_file_id
        if self.unit_id is not None:
            return self.unit_id == thing.unit_id and self._in_days(thing)
        code = self.class_code or ""
        below = thing.class_code == code or thing.class_code.startswith(code + ".")
        return bool(code) and below and self._in_days(thing)

    def _in_days(self, thing: Thing) -> bool:
        if self.first_day is not None and thing.last is not None and thing.last < self.first_day:
            return False
        return not (self.last_day is not None and thing.first is not None and thing.first > self.last_day)


def keeps_from_lending(kind: HoldKind, *, original_leaves: bool, copy_leaves: bool) -> bool:
    """Whether a thing under such a hold may not be lent in this way. What leaves neither as the original nor as a copy
    is read here or viewed on screen."""
    if kind is HoldKind.NO_ACCESS or original_leaves:
        return True
    return copy_leaves and kind is HoldKind.NO_TAKEOUT


def days_meant(iso: str) -> tuple[date, date] | None:
    """First and last day of a date that may be partial (2026, 2026-03, 2026-03-09); None of no date."""
    if not iso:
        return None
    year, month, day = (*(int(part) for part in iso.split("-")), 0, 0)[:3]
    last = month or 12
    return date(year, month or 1, day or 1), date(year, last, day or calendar.monthrange(year, last)[1])


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def reason_of(text: str) -> str:
    """Raises HoldNeedsReason."""
    said = " ".join(text.split())
    if not said or len(said) > MOST_REASON:
        raise HoldNeedsReason(field="reason", most=MOST_REASON)
    return said


def review_day(day: date | None, today: date) -> date:
    """Raises BadReviewDay."""
    meant = months_after(today, REVIEW_MONTHS) if day is None else day
    if not today < meant <= months_after(today, LATEST_REVIEW_MONTHS):
        raise BadReviewDay(field="review_on", most=LATEST_REVIEW_MONTHS)
    return meant


def chosen_kind(text: str) -> HoldKind:
    """Raises WrongChoice."""
    if text not in set(HoldKind):
        raise WrongChoice(field="kind")
    return HoldKind(text)


def chosen_cause(text: str) -> Cause:
    """Raises WrongChoice."""
    if text not in set(Cause):
        raise WrongChoice(field="cause")
    return Cause(text)
