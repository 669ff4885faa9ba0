"""The calendar of an archive: shipped years, days that people change, years that they enter."""

from datetime import date

import pytest

from archive_service import working_days
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Conflict, Forbidden, Invalid
from archive_service.working_days import NamedDay
from archive_service.working_days.rules import (
    CalendarChangedMeanwhile,
    DayOfAnotherYear,
    DayTwice,
    NoDays,
    NothingChanges,
)
from tests.support.house import House

NOTICE = "国务院办公厅关于2027年部分节假日安排的通知"
DAYS_2027 = [
    NamedDay(date(2027, 1, 1), False, "元旦"),
    NamedDay(date(2027, 1, 2), False, "元旦"),
    NamedDay(date(2027, 1, 9), True, "元旦"),
]


@pytest.fixture
def head(house: House) -> Actor:
    return house.person("洪", "archive_head")


def _revision(house: House, year: int) -> int:
    with house.archive.reading() as session:
        return working_days.year_row(session, year).revision


def test_an_archive_starts_with_the_years_that_are_known(house: House) -> None:
    with house.archive.reading() as session:
        assert working_days.are_loaded(session)
        assert working_days.known_years(session) == [2024, 2025, 2026]
        assert not working_days.is_working_day(session, date(2026, 10, 7))
        assert working_days.is_working_day(session, date(2026, 10, 10))
        assert working_days.next_working_day(session, date(2026, 10, 1)) == date(2026, 10, 8)
        assert working_days.add_working_days(session, date(2026, 9, 30), 3) == date(2026, 10, 10)
        assert working_days.add_working_days(session, date(2026, 10, 10), -2) == date(2026, 10, 8)
        # Nobody entered this one: the week counts.
        assert working_days.is_working_day(session, date(2027, 1, 1))
    with house.work() as work:
        assert working_days.load_shipped_years(work) == 0


def test_a_day_is_changed_with_its_reason_and_changed_back(house: House, head: Actor) -> None:
    storm = date(2026, 9, 8)
    with house.work(head) as work:
        working_days.change_day(work, storm, False, name="台风停工", reason="市政府通知", seen=1)
    with house.archive.reading() as session:
        assert not working_days.is_working_day(session, storm)
        (told,) = working_days.changes_of(session, 2026, limit=1)
        assert (told.was, told.worked, told.name, told.reason) == (None, False, "台风停工", "市政府通知")
        assert told.by == head.user_id
    with house.work(head) as work:
        working_days.change_day(work, storm, None, name="", reason="照常上班", seen=2)
    with house.archive.reading() as session:
        assert working_days.is_working_day(session, storm)
        assert working_days.year_row(session, 2026).revision == 3


def test_of_two_who_change_a_year_the_slower_is_told(house: House, head: Actor) -> None:
    with house.work(head) as work:
        working_days.change_day(work, date(2026, 9, 8), False, name="停工", reason="台风", seen=1)
    with pytest.raises(CalendarChangedMeanwhile) as told, house.work(head) as work:
        working_days.change_day(work, date(2026, 9, 9), False, name="停工", reason="台风", seen=1)
    assert isinstance(told.value, Conflict)


def test_a_year_is_entered_from_its_notice(house: House, head: Actor) -> None:
    today = date(2026, 12, 1)
    with house.archive.reading() as session:
        assert working_days.missing_years(session, today) == [2027]
        assert working_days.missing_years(session, date(2026, 11, 30)) == []
    with house.work(head) as work:
        assert len(working_days.preview(work, 2027, DAYS_2027)) == 3
    assert _revision(house, 2027) == 0
    with house.work(head) as work:
        working_days.enter_year(work, 2027, DAYS_2027, source=NOTICE, seen=0)
    with house.archive.reading() as session:
        assert working_days.missing_years(session, today) == []
        assert working_days.next_working_day(session, date(2027, 1, 1)) == date(2027, 1, 4)
        assert working_days.is_working_day(session, date(2027, 1, 9))
        assert working_days.year_row(session, 2027).source == NOTICE


def test_a_single_day_does_not_make_a_year_known(house: House, head: Actor) -> None:
    with house.work(head) as work:
        working_days.change_day(work, date(2027, 3, 1), False, name="盘点", reason="年度盘点", seen=0)
    with house.archive.reading() as session:
        assert working_days.missing_years(session, date(2026, 12, 1)) == [2027]
    with house.work(head) as work:
        found = working_days.enter_year(work, 2027, DAYS_2027, source=NOTICE, seen=1)
    # The notice stands for the whole year: what it does not name follows the week again.
    assert date(2027, 3, 1) in {one.day for one in found}


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        ([], NoDays),
        ([NamedDay(date(2026, 1, 1), False, "元旦")], DayOfAnotherYear),
        ([*DAYS_2027, DAYS_2027[0]], DayTwice),
        ([NamedDay(date(2027, 1, 1), False, " ")], Invalid),
        ([NamedDay(date(2027, 1, 1), False, "元" * 61)], Invalid),
    ],
)
def test_a_year_that_cannot_be_is_refused(
    house: House, head: Actor, days: list[NamedDay], refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal), house.work(head) as work:
        working_days.enter_year(work, 2027, days, source=NOTICE, seen=0)


def test_what_stands_there_already_is_no_change(house: House, head: Actor) -> None:
    with house.archive.reading() as session:
        known = working_days.year_row(session, 2026)
    with pytest.raises(NothingChanges), house.work(head) as work:
        working_days.enter_year(work, 2026, known.days, source=known.source, seen=known.revision)
    with pytest.raises(NothingChanges), house.work(head) as work:
        working_days.change_day(work, date(2026, 10, 1), False, name="国庆节", reason="…", seen=1)


@pytest.mark.parametrize("role", ["front_desk", "archivist", "auditor", "company_leader"])
def test_only_who_keeps_the_calendar_changes_it(house: House, role: str) -> None:
    somebody = house.person("林", role)
    with pytest.raises(Forbidden), house.work(somebody) as work:
        working_days.change_day(work, date(2026, 9, 8), False, name="停工", reason="台风", seen=1)
    with pytest.raises(Forbidden), house.work(somebody) as work:
        working_days.enter_year(work, 2027, DAYS_2027, source=NOTICE, seen=0)
