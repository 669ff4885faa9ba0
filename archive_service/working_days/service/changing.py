"""Changes by people: one day, or the notice of a whole year."""

from collections.abc import Sequence
from datetime import date

from archive_service.kernel.actor import Permission
from archive_service.unit_of_work import UnitOfWork
from archive_service.working_days.queries import year_row
from archive_service.working_days.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    MOST_REASON,
    MOST_SOURCE,
    CalendarChangedMeanwhile,
    DayOfAnotherYear,
    DayTwice,
    NamedDay,
    NoDays,
    NothingChanges,
    ReasonNeeded,
    YearOutOfReach,
    checked_day,
    checked_text,
)
from archive_service.working_days.service.writing import DayChange, count_up, differences, write


def change_day(
    work: UnitOfWork, day: date, working: bool | None, *, name: str, reason: str, seen: int
) -> DayChange:
    """Say of one day that it is worked or not; ``working`` None: it follows the week again, and ``name`` is unused.

    ``seen``: revision of the year that was looked at. Raises Forbidden, ReasonNeeded, NothingChanges,
    CalendarChangedMeanwhile and what ``checked_day`` raises.
    """
    work.actor.must(Permission.MANAGE_CALENDAR)
    after = None if working is None else checked_day(NamedDay(day, working, name))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise YearOutOfReach(field="day", first=FIRST_YEAR, last=LAST_YEAR)
    reason = checked_text(reason, MOST_REASON, "reason", ReasonNeeded)
    known = year_row(work.session, day.year)
    if known.revision != seen:
        raise CalendarChangedMeanwhile()
    before = known.by_day.get(day)
    if before == after:
        raise NothingChanges()
    change = DayChange(day, before, after)
    revision = count_up(work, day.year, seen)
    write(work, day.year, revision, [change], source="", reason=reason)
    told = "week" if after is None else "worked" if after.working else "off"
    work.audit("working-days.changed", f"working-year:{day.year}", day=day.isoformat(), to=told)
    return change


def preview(work: UnitOfWork, year: int, days: Sequence[NamedDay]) -> list[DayChange]:
    """What ``enter_year`` would change; nothing is changed yet. Raises Forbidden, NoDays, DayOfAnotherYear, DayTwice
    and what ``checked_day`` raises."""
    work.actor.must(Permission.MANAGE_CALENDAR)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearOutOfReach(field="year", first=FIRST_YEAR, last=LAST_YEAR)
    if not days:
        raise NoDays()
    told: dict[date, NamedDay] = {}
    for one in map(checked_day, days):
        if one.day.year != year:
            raise DayOfAnotherYear(day=one.day.isoformat(), year=year)
        if one.day in told:
            raise DayTwice(day=one.day.isoformat())
        told[one.day] = one
    return differences(year_row(work.session, year).by_day, told)


def enter_year(
    work: UnitOfWork, year: int, days: Sequence[NamedDay], *, source: str, seen: int
) -> list[DayChange]:
    """Make ``days`` the named days of the year, in place of those that were there; from now on the year is complete.

    ``source``: the notice they are taken from. Raises ReasonNeeded without one, NothingChanges,
    CalendarChangedMeanwhile and what ``preview`` raises.
    """
    work.actor.must(Permission.MANAGE_CALENDAR)
    source = checked_text(source, MOST_SOURCE, "source", ReasonNeeded)
    known = year_row(work.session, year)
    if known.revision != seen:
        raise CalendarChangedMeanwhile()
    found = preview(work, year, days)
    if not found and known.complete:
        raise NothingChanges()
    revision = count_up(work, year, seen, source=source, complete=True)
    write(work, year, revision, found, source=source, reason=source)
    work.audit("working-days.entered", f"working-year:{year}", year=year, days=len(found))
    return found
