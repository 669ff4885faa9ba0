"""Which days are worked: the week, holidays, and weekends that are worked instead."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.working_days.rules import MOST_DAYS, WorkingCalendar, is_missed
from archive_service.working_days.rules.shipped import shipped_years

SHIPPED = WorkingCalendar({one.day: one.working for year in shipped_years() for one in year.days})
DAYS = st.dates(date(2023, 12, 1), date(2027, 1, 31))
CALENDARS = st.builds(WorkingCalendar, st.dictionaries(DAYS, st.booleans(), max_size=60))


def test_the_spring_festival_of_2026() -> None:
    saturday_before, first, last, saturday_after = (
        date(2026, 2, 14),
        date(2026, 2, 15),
        date(2026, 2, 23),
        date(2026, 2, 28),
    )
    assert SHIPPED.is_working_day(saturday_before)
    assert not any(SHIPPED.is_working_day(first + timedelta(days=n)) for n in range(9))
    assert SHIPPED.is_working_day(saturday_after)
    assert SHIPPED.next_working_day(first) == last + timedelta(days=1) == date(2026, 2, 24)
    assert SHIPPED.add_working_days(saturday_before, 1) == date(2026, 2, 24)
    assert SHIPPED.add_working_days(date(2026, 2, 24), -1) == saturday_before


@pytest.mark.parametrize(("year", "worked"), [(2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_as_many_working_days_as_the_notice_leaves(year: int, worked: int) -> None:
    assert SHIPPED.working_days_after(date(year - 1, 12, 31), date(year, 12, 31)) == worked


def test_shipped_days_name_their_notice_and_weekends_are_what_is_worked_instead() -> None:
    for year in shipped_years():
        assert str(year.year) in year.source
        assert len({one.day for one in year.days}) == len(year.days)
        assert all(one.day.year == year.year and one.name for one in year.days)
        assert all(one.day.weekday() >= 5 for one in year.days if one.working)


@given(CALENDARS, DAYS)
def test_the_next_working_day_is_worked_and_nothing_between_is(calendar: WorkingCalendar, day: date) -> None:
    found = calendar.next_working_day(day)
    assert found >= day
    assert calendar.is_working_day(found)
    assert calendar.working_days_after(day - timedelta(days=1), found) == 1


@given(CALENDARS, DAYS, st.integers(1, 300))
def test_counting_on_and_counting_between_agree(calendar: WorkingCalendar, day: date, count: int) -> None:
    later = calendar.add_working_days(day, count)
    assert calendar.is_working_day(later)
    assert calendar.working_days_after(day, later) == count
    assert calendar.working_days_after(later, day) == 0


@given(CALENDARS, DAYS, st.integers(1, 300))
def test_going_back_as_far_as_one_went_comes_to_where_one_was(
    calendar: WorkingCalendar, day: date, count: int
) -> None:
    start = calendar.next_working_day(day)
    assert calendar.add_working_days(calendar.add_working_days(start, count), -count) == start


@given(CALENDARS, DAYS, st.integers(1, 60), st.integers(1, 60))
def test_counting_in_two_steps_is_counting_in_one(
    calendar: WorkingCalendar, day: date, one: int, two: int
) -> None:
    assert calendar.add_working_days(calendar.add_working_days(day, one), two) == calendar.add_working_days(
        day, one + two
    )


def test_nobody_counts_further_than_ten_years() -> None:
    with pytest.raises(ValueError, match="at most"):
        SHIPPED.add_working_days(date(2026, 1, 1), MOST_DAYS + 1)


def test_next_year_is_missed_from_december_on() -> None:
    assert not is_missed(2027, date(2026, 11, 30))
    assert is_missed(2027, date(2026, 12, 1))
    assert is_missed(2026, date(2026, 1, 1))
    assert not is_missed(2025, date(2026, 1, 1))
    assert not is_missed(2028, date(2026, 12, 31))
