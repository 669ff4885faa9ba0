"""What lending looked like over a period: sums, days out, who and what; as a page and as a workbook."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from archive_service import loans
from archive_service.loans import UseMode
from archive_service.loans.queries.statistics import Statistics, statistics
from tests.loans.counter import Counter
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def of_period(counter: Counter, first: date, last: date) -> Statistics:
    with counter.house.archive.reading() as session:
        return statistics(session, first, last, counter.house.clock.now().date())


def a_few_weeks(counter: Counter) -> date:
    """Lin brings one back after two days and one after twenty, Wang has one still, past its day; a copy was made,
    and one slip was never handed in. Returns the first day."""
    clock = counter.house.clock
    first = clock.now().date()
    quick = counter.out(counter.lin, counter.paper())
    slow = counter.out(counter.lin, counter.paper())
    counter.out(counter.lin, counter.paper(), use=UseMode.COPY)
    clock.passes(days=2)
    counter.checks(counter.brings_back(quick))
    clock.passes(days=18)
    counter.checks(counter.brings_back(slow))
    counter.out(counter.wang, counter.paper())
    clock.passes(days=30)
    return first


def test_sums_tell_who_had_what_for_how_long(counter: Counter) -> None:
    first = a_few_weeks(counter)
    found = of_period(counter, first, counter.house.clock.now().date())
    assert (found.sums.slips, found.sums.lent, found.sums.late) == (4, 3, 2)
    assert found.days_out == ((2, 1), (20, 1))
    assert (found.median_days, found.longest_days, found.returned) == (2, 20, 2)
    by = {one.user_id: one.sums for one in found.by_borrower}
    assert (by[counter.lin.user_id].slips, by[counter.lin.user_id].late) == (3, 1)
    assert (by[counter.wang.user_id].lent, by[counter.wang.user_id].late_share) == (1, 1.0)
    assert dict(found.by_use)[UseMode.COPY].late_share is None
    assert sum(row.items for row in found.by_class) == 4 and sum(row.copies for row in found.by_class) == 1
    assert sum(one.slips for _, one in found.by_month) == 4


def test_what_lies_outside_of_the_period_is_not_counted(counter: Counter) -> None:
    first = a_few_weeks(counter)
    of_first_day = of_period(counter, first, first)
    assert of_first_day.sums.slips == 3
    empty = of_period(counter, first - timedelta(days=9), first - timedelta(days=1))
    assert empty.sums.slips == 0 and empty.median_days is None and empty.longest_days is None


def test_a_slip_that_was_never_handed_in_is_not_counted(counter: Counter) -> None:
    with counter.house.work(counter.lin) as work:
        loans.draft(work, counter.seal, counter.form(counter.paper()))
    today = counter.house.clock.now().date()
    assert of_period(counter, today, today).sums.slips == 0


def test_a_return_shortly_after_midnight_at_the_counter_is_a_day_later(counter: Counter) -> None:
    """Midnight in Shanghai is no midnight in UTC; days are those of the counter."""
    house = counter.house
    out = counter.out(counter.lin, counter.paper())
    local = house.clock.now() + timedelta(hours=8)
    house.clock.passes(hours=24 - local.hour, minutes=1 - local.minute)
    counter.brings_back(out)
    day = house.clock.now().date()
    assert of_period(counter, day - timedelta(days=3), day).days_out == ((1, 1),)


def test_the_page_takes_few_statements_however_many_slips(counter: Counter, desk: Desk) -> None:
    first = a_few_weeks(counter)
    counter.house.clock.passes(seconds=1)
    browser = desk.sits(counter.chen)
    path = f"/loans/statistics?first={first}&last={counter.house.clock.now().date()}"
    with counted(counter.house.archive.sessions.engine) as before:
        page = text_of(browser.get(path).text)
    for said in ("借阅统计", "逾期率", "66.7%", "林", "王"):
        assert said in page
    for _ in range(3):
        counter.out(counter.lin, counter.paper())
    with counted(counter.house.archive.sessions.engine) as after:
        assert browser.get(path).status_code == 200
    assert after.count == before.count


def test_the_workbook_says_the_same_and_holds_no_formulas(counter: Counter, desk: Desk) -> None:
    first = a_few_weeks(counter)
    path = f"/loans/statistics.xlsx?first={first}&last={counter.house.clock.now().date()}"
    book = load_workbook(BytesIO(desk.sits(counter.chen).get(path).data))
    rows = [[cell.value or "" for cell in row] for row in book.worksheets[0].iter_rows()]
    assert ["合计", "", "4", "3", "2", "66.7%"] in rows
    assert ["中位数", "2 天"] in [row[:2] for row in rows] and ["最长", "20 天"] in [row[:2] for row in rows]
    assert all(cell.data_type in ("s", "n") for row in book.worksheets[0].iter_rows() for cell in row)


def test_a_period_that_is_none_is_refused_in_words(counter: Counter, desk: Desk) -> None:
    browser = desk.sits(counter.chen)
    for asked in ("first=2026-13-01", "first=2026-03-02&last=2026-03-01", "first=gestern"):
        for path in ("/loans/statistics", "/loans/statistics.xlsx"):
            assert browser.get(f"{path}?{asked}").status_code == 422
    assert desk.sits(counter.lin).get("/loans/statistics").status_code == 403
