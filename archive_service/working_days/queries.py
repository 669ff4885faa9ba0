from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.working_days.models import WorkingDayChange, WorkingDayException, WorkingYear
from archive_service.working_days.rules import NamedDay, WorkingCalendar, is_missed
from archive_service.working_days.rules.shipped import shipped_years


@dataclass(frozen=True, slots=True)
class YearRow:
    """``revision`` 0 and ``complete`` False: nobody entered it, and only the week counts."""

    year: int
    complete: bool
    source: str
    revision: int
    changed_at: datetime | None
    changed_by: int | None
    days: tuple[NamedDay, ...]

    @property
    def by_day(self) -> dict[date, NamedDay]:
        return {one.day: one for one in self.days}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """``was``, ``worked``: None where the day followed the week."""

    revision: int
    day: date
    was: bool | None
    was_name: str
    worked: bool | None
    name: str
    reason: str
    at: datetime
    by: int | None


def calendar(session: Session, first: date | None = None, last: date | None = None) -> WorkingCalendar:
    """For counting many days with one statement; ``first``, ``last``: within these only."""
    e = WorkingDayException
    asked = select(e.day, e.working)
    if first is not None:
        asked = asked.where(e.day >= first)
    if last is not None:
        asked = asked.where(e.day <= last)
    return WorkingCalendar({row.day: row.working for row in session.execute(asked)})


def is_working_day(session: Session, day: date) -> bool:
    return calendar(session, day, day).is_working_day(day)


def next_working_day(session: Session, day: date) -> date:
    """The day itself if it is worked."""
    return calendar(session, first=day).next_working_day(day)


def add_working_days(session: Session, day: date, count: int) -> date:
    """As ``WorkingCalendar.add_working_days``."""
    known = calendar(session, first=day) if count >= 0 else calendar(session, last=day)
    return known.add_working_days(day, count)


def year_row(session: Session, year: int) -> YearRow:
    y, e = WorkingYear, WorkingDayException
    known = session.get(y, year)
    asked = select(e).where(e.day >= date(year, 1, 1), e.day <= date(year, 12, 31)).order_by(e.day)
    days = tuple(NamedDay(one.day, one.working, one.name) for one in session.scalars(asked))
    if known is None:
        return YearRow(year, False, "", 0, None, None, days)
    return YearRow(
        year, known.complete, known.source, known.revision, known.changed_at, known.changed_by, days
    )


def known_years(session: Session) -> list[int]:
    """Those of which the notice was entered."""
    return list(
        session.scalars(select(WorkingYear.year).where(WorkingYear.complete).order_by(WorkingYear.year))
    )


def missing_years(session: Session, today: date) -> list[int]:
    """Those that should be known by ``today`` and are not: until somebody enters them only the week counts."""
    known = set(known_years(session))
    return [year for year in (today.year, today.year + 1) if year not in known and is_missed(year, today)]


def changes_of(session: Session, year: int, *, offset: int = 0, limit: int = 50) -> list[ChangeRow]:
    """Those that people made, newest first."""
    c = WorkingDayChange
    asked = select(c).where(c.year == year, c.reason != "").order_by(c.id.desc()).offset(offset).limit(limit)
    return [
        ChangeRow(r.revision, r.day, r.was, r.was_name, r.worked, r.name, r.reason, r.at, r.by)
        for r in session.scalars(asked)
    ]


def change_count(session: Session, year: int) -> int:
    c = WorkingDayChange
    return session.scalar(select(func.count()).select_from(c).where(c.year == year, c.reason != "")) or 0


def are_loaded(session: Session) -> bool:
    """Whether each year that comes with the service is there, as it came or as people made it."""
    return not lacking_years(session, [one.year for one in shipped_years()])


def lacking_years(session: Session, years: Collection[int]) -> set[int]:
    return set(years) - set(session.scalars(select(WorkingYear.year).where(WorkingYear.year.in_(years))))
