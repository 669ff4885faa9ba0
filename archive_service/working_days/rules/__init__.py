"""Which days are worked: the week, and the days that are announced to differ from it. Days are those at the counter
(Asia/Shanghai)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Invalid

MOST_DAYS: Final = 3660
"""The furthest that may be counted: ten years."""
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
MOST_NAME: Final = 60
MOST_SOURCE: Final = 200
MOST_REASON: Final = 255
MISSED_FROM: Final = (12, 1)
"""The notice for a year comes in late autumn: from this day (month, day) on next year's is missed."""

_DAY: Final = timedelta(days=1)


class NameNeeded(Invalid):
    code = "working-days.name-needed"
    message = N_("Say in a few words what the day is, such as the name of the holiday.")


class ReasonNeeded(Invalid):
    code = "working-days.reason-needed"
    message = N_("Please say in a few words why the calendar changes.")


class TextTooLong(Invalid):
    code = "working-days.text-too-long"
    message = N_("That is too long: at most %(most)s characters.")


class YearOutOfReach(Invalid):
    code = "working-days.year-out-of-reach"
    message = N_("The calendar holds the years %(first)s to %(last)s.")


class DayOfAnotherYear(Invalid):
    code = "working-days.day-of-another-year"
    message = N_("%(day)s does not lie in %(year)s.")


class DayTwice(Invalid):
    code = "working-days.day-twice"
    message = N_("%(day)s stands there twice.")


class NoDays(Invalid):
    code = "working-days.no-days"
    message = N_("There is no day in it. A year has at least its public holidays.")


class NothingChanges(Invalid):
    code = "working-days.nothing-changes"
    message = N_("The calendar says so already: nothing would change.")


class CalendarChangedMeanwhile(Conflict):
    code = "working-days.changed-meanwhile"
    message = N_("Somebody else changed this year of the calendar meanwhile. Please look at it again.")


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """``exceptions``: of the days that differ from the week or are named, whether they are worked."""

    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        return self.exceptions.get(day, day.weekday() < 5)

    def next_working_day(self, day: date) -> date:
        """The day itself if it is worked."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The working day that comes ``count`` after ``day``, which itself does not count; before it if negative.
        With 0, ``next_working_day``. Raises ValueError beyond MOST_DAYS."""
        if abs(count) > MOST_DAYS:
            raise ValueError(f"at most {MOST_DAYS} days can be counted")
        if not count:
            return self.next_working_day(day)
        step = _DAY if count > 0 else -_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_after(self, day: date, until: date) -> int:
        """How many days after ``day``, up to ``until`` and with it, are worked; 0 if it is not later."""
        days = min((until - day).days, MOST_DAYS)
        return sum(self.is_working_day(day + timedelta(days=n)) for n in range(1, days + 1))


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that is announced to be worked or not. ``name``: the holiday it belongs to, as the notice calls it."""

    day: date
    working: bool
    name: str


def checked_day(told: NamedDay) -> NamedDay:
    """With its name folded. Raises YearOutOfReach, NameNeeded, TextTooLong."""
    if not FIRST_YEAR <= told.day.year <= LAST_YEAR:
        raise YearOutOfReach(field="day", first=FIRST_YEAR, last=LAST_YEAR)
    return NamedDay(told.day, told.working, checked_text(told.name, MOST_NAME, "name", NameNeeded))


def checked_text(text: str, most: int, field: str, missing: type[Invalid]) -> str:
    text = " ".join(text.split())
    if not text:
        raise missing(field=field)
    if len(text) > most:
        raise TextTooLong(field=field, most=most)
    return text


def is_missed(year: int, today: date) -> bool:
    """Whether the days of ``year`` should be known by ``today``: past years are nobody's concern any more."""
    return year == today.year or (year == today.year + 1 and (today.month, today.day) >= MISSED_FROM)
