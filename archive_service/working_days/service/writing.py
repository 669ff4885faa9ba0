"""One change of a year: its revision, its days, and a row of each day's history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError

from archive_service.unit_of_work import UnitOfWork
from archive_service.working_days.models import WorkingDayChange, WorkingDayException, WorkingYear
from archive_service.working_days.rules import CalendarChangedMeanwhile, NamedDay


@dataclass(frozen=True, slots=True)
class DayChange:
    """``before``, ``after``: None where the day follows the week."""

    day: date
    before: NamedDay | None
    after: NamedDay | None


def differences(before: Mapping[date, NamedDay], after: Mapping[date, NamedDay]) -> list[DayChange]:
    days = sorted(before.keys() | after.keys())
    return [
        DayChange(day, before.get(day), after.get(day)) for day in days if before.get(day) != after.get(day)
    ]


def count_up(
    work: UnitOfWork, year: int, seen: int, *, source: str | None = None, complete: bool = False
) -> int:
    """The year's new revision; the year is made if ``seen`` is 0. ``source``: None keeps it. ``complete``: from now
    on. Raises CalendarChangedMeanwhile."""
    if not seen:
        row = WorkingYear(
            year=year,
            complete=complete,
            source=source or "",
            revision=1,
            changed_at=work.now,
            changed_by=work.actor.user_id,
        )
        try:
            with work.session.begin_nested():
                work.session.add(row)
        except IntegrityError as error:
            raise CalendarChangedMeanwhile() from error
        return 1
    told: dict[str, object] = {
        "revision": seen + 1,
        "changed_at": work.now,
        "changed_by": work.actor.user_id,
    }
    told |= {"source": source} if source is not None else {}
    told |= {"complete": True} if complete else {}
    y = WorkingYear
    done = work.session.execute(update(y).where(y.year == year, y.revision == seen).values(**told))
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        raise CalendarChangedMeanwhile()
    return seen + 1


def write(
    work: UnitOfWork, year: int, revision: int, found: Sequence[DayChange], *, source: str, reason: str
) -> None:
    e = WorkingDayException
    work.session.execute(delete(e).where(e.day.in_([one.day for one in found if one.before])))
    for one in found:
        if one.after:
            work.session.add(
                e(
                    day=one.day,
                    working=one.after.working,
                    name=one.after.name,
                    source=source,
                    changed_at=work.now,
                    changed_by=work.actor.user_id,
                )
            )
        work.session.add(
            WorkingDayChange(
                year=year,
                revision=revision,
                day=one.day,
                was=one.before.working if one.before else None,
                was_name=one.before.name if one.before else "",
                worked=one.after.working if one.after else None,
                name=one.after.name if one.after else "",
                reason=reason,
                at=work.now,
                by=work.actor.user_id,
            )
        )
    work.session.flush()
