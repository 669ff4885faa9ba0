"""How long papers are kept: the rule's own examples, at filing, after changes, and under newer rules."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import classification, premises, records
from archive_service.classification.rules import retention_of
from archive_service.classification.rules.plan import Figure, Limit, RetentionKind
from archive_service.classification.service import change_class
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import Dept, FileFacts, NeedsReason, Place, Standing, Term
from archive_service.records.rules.placing import NothingToApprove, OwnPlan, RuleChangedMeanwhile
from archive_service.records.rules.retention import Period, Shift, shift, shift_of_rules, strictest, term
from tests.records.test_filing import BY_DESK, FACTS, file_it, notice
from tests.support.house import House

D3, D10, FOR_EVER = Period(3), Period(10), Period(None)
DEPOSIT: Final = Period(30, blocked_while="deposit_unsettled")
NEVER: Final = Term(Standing.PERMANENT)
WAITING: Final = Term(Standing.WAITING)


def runs(trigger: str, start: str, due: str) -> Term:
    return Term(
        Standing.RUNNING, date.fromisoformat(trigger), date.fromisoformat(start), date.fromisoformat(due)
    )


@pytest.mark.parametrize(
    ("period", "year", "happened", "found"),
    [
        (D10, 2026, None, runs("2026-12-31", "2027-01-01", "2037-01-01")),
        (Period(30, blocked_while="related_item_unsettled"), 2026, None, runs("2026-12-31", "2027-01-01", "2057-01-01")),
        (DEPOSIT, 2026, "2027-03-10", runs("2027-03-10", "2028-01-01", "2058-01-01")),
        (DEPOSIT, 2026, None, WAITING),
        (Period(5, is_event=True), 2024, "2026-05-31", runs("2026-05-31", "2026-06-01", "2031-06-01")),
        (Period(1, is_event=True), 2026, "2026-08-05", runs("2026-08-05", "2026-08-06", "2027-08-06")),
        (Period(1, is_event=True), 2024, "2024-02-28", runs("2024-02-28", "2024-02-29", "2025-03-01")),
        (Period(4, is_event=True), 2024, "2024-02-28", runs("2024-02-28", "2024-02-29", "2028-02-29")),
        (FOR_EVER, 2019, "2026-01-01", NEVER),
        (Period(3, is_event=True), 2026, None, WAITING),
        (D3, 2022, None, runs("2022-12-31", "2023-01-01", "2026-01-01")),
        (Period(30), 2026, None, runs("2026-12-31", "2027-01-01", "2057-01-01")),
    ],
)  # fmt: skip
def test_the_examples_of_the_rule(period: Period, year: int, happened: str | None, found: Term) -> None:
    """Source: workflows.md §3a."""
    day = date.fromisoformat(happened) if happened else None
    assert term(period, file_year=year, happened=day) == found


@given(
    st.builds(Period, st.one_of(st.none(), st.integers(1, 99)), st.booleans()),
    st.integers(1900, 2199),
    st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2199, 12, 31))),
)
def test_a_period_never_ends_before_it_begins_nor_without_its_event(
    period: Period, year: int, happened: date | None
) -> None:
    found = term(period, file_year=year, happened=happened)
    assert (found.due is not None) == (found.standing is Standing.RUNNING)
    if found.trigger is not None and found.start is not None and found.due is not None:
        assert found.trigger < found.start < found.due
        assert period.years is not None and found.due >= found.start + timedelta(days=365 * period.years)
    assert (found.standing is Standing.WAITING) == (period.needs_trigger and happened is None)
    assert shift(found, found) is Shift.SAME


def test_paper_that_is_bound_together_is_kept_together() -> None:
    short, long = term(D3, file_year=2026), term(D10, file_year=2026)
    assert strictest([short, long]) == long
    assert strictest([long, WAITING]) == WAITING
    assert strictest([long, WAITING, NEVER]) == NEVER
    assert strictest([]) is None


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (D10, D3, Shift.EARLIER),
        (D3, D10, Shift.LATER),
        (D10, FOR_EVER, Shift.LATER),
        (FOR_EVER, D10, Shift.EARLIER),
        (FOR_EVER, Period(3, is_event=True), Shift.UNKNOWN),
        (D10, Period(10, is_event=True), Shift.UNKNOWN),
        (Period(3, is_event=True), Period(1, is_event=True), Shift.EARLIER),
        (D10, Period(10, blocked_while="related_item_unsettled"), Shift.SAME),
    ],
)
def test_what_another_rule_would_do(old: Period, new: Period, found: Shift) -> None:
    assert shift_of_rules(old, new) is found


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


@pytest.fixture
def gao(house: House) -> Actor:
    """The head of archives, who changes the plan."""
    return house.person("高", "archive_head")


def keep_for(house: House, gao: Actor, code: str, years: int | None) -> None:
    """Another period for a class, by the head of archives."""
    with house.work(gao) as work:
        plan = classification.plan_in_force(work.session)
        assert plan is not None
        known = plan.by_code[code]
        rule = retention_of(
            plan,
            known.retention,
            kind=RetentionKind.FIXED if years else RetentionKind.PERMANENT,
            years=years,
            trigger="year_end",
            limit=Limit.MIN,
            figure=Figure.PRACTICE,
        )
        change_class(work, replace(known, retention=rule), reason="新规定", seen=plan.number)


def rule_id(house: House, code: str) -> int:
    with house.archive.reading() as session:
        return classification.rules_in_force(session, [code])[code].id


def due(house: House, paper: DocumentId) -> date | None:
    with house.archive.reading() as session:
        row = records.retention_term(session, paper)
    assert row is not None
    return row.term.due


def carried(house: House, approval_id: int) -> list[int]:
    """How many papers each call brought under the rule, as a worker would call."""
    counts = []
    while not counts or counts[-1]:
        with house.work() as work:
            counts.append(records.carry_over(work, approval_id))
    return counts


def test_a_filed_paper_knows_its_end_or_what_it_waits_for(house: House, chen: Actor) -> None:
    paper = notice(house)
    with house.archive.reading() as session:
        assert records.retention_term(session, paper) is None
    file_it(house, chen, paper)
    with house.archive.reading() as session:
        row = records.retention_term(session, paper)
    assert row is not None and row.newer is None
    assert row.term == runs("2026-12-31", "2027-01-01", "2037-01-01")
    assert (row.rule.rule.label_zh, row.rule.number) == ("定期10年", "1.0")
    with house.work(chen) as work:
        file = records.open_case_file(work, "ZX.01", FileFacts(title="3-1201装修", unit="3-1201"))
    renovation = house.paper(class_code="ZX.01", doc_date="2026-03-08", unit="3-1201", pages=["申请"])
    file_it(house, chen, renovation, place=Place(file_no=file.file_no))
    assert due(house, renovation) is None
    with house.work() as work:
        assert records.file_term(work.session, work.actor, file.id) == WAITING
        told = records.event_happened(work, renovation, date(2026, 8, 5))
    assert told == runs("2026-08-05", "2026-08-06", "2036-08-06")
    with house.archive.reading() as session:
        assert records.file_term(session, chen, file.id) == told
    with house.work() as work:
        assert records.event_happened(work, renovation, None) == WAITING


def test_the_end_of_a_file_tells_nothing_of_papers_that_one_may_not_see(
    house: House, chen: Actor, lin: Actor
) -> None:
    with house.work(chen) as work:
        file = records.open_case_file(work, "ZX.01", FileFacts(title="3-1201装修", unit="3-1201"))
    for level, happened in ((Level.PERSONAL, date(2026, 8, 5)), (Level.SENSITIVE, date(2027, 8, 5))):
        paper = house.paper(
            class_code="ZX.01", level=level, doc_date="2026-03-08", unit="3-1201", pages=[level.value]
        )
        file_it(house, chen, paper, place=Place(file_no=file.file_no))
        with house.work() as work:
            records.event_happened(work, paper, happened)
    with house.archive.reading() as session:
        assert records.file_term(session, lin, file.id) == runs("2026-08-05", "2026-08-06", "2036-08-06")
        assert records.file_term(session, chen, file.id) == runs("2027-08-05", "2027-08-06", "2037-08-06")


def test_papers_keep_their_rule_until_somebody_else_approves_the_newer_one(
    house: House, chen: Actor, gao: Actor
) -> None:
    papers = [notice(house) for _ in range(3)]
    for paper in papers:
        file_it(house, chen, paper)
    first = rule_id(house, "WS.02")
    keep_for(house, gao, "WS.02", 5)
    assert [due(house, paper) for paper in papers] == [date(2037, 1, 1)] * 3
    with house.archive.reading() as session:
        (older,) = records.older_rules(session, chen)
        total, shown = records.papers_under_older_rules(session, chen, "WS.02")
    assert (older.class_code, older.papers, older.shift) == ("WS.02", 3, Shift.EARLIER)
    assert (older.old.rule.code, older.new.rule.code) == ("D10", "D5")
    assert total == 3 and {one.new.due for one in shown} == {date(2032, 1, 1)}
    rule = rule_id(house, "WS.02")
    lin = house.person("林", "front_desk")
    for who, seen, why, error in (
        (gao, rule, "照新规定", OwnPlan),
        (lin, rule, "照新规定", Forbidden),
        (chen, rule, " ", NeedsReason),
        (chen, first, "照新规定", RuleChangedMeanwhile),
    ):
        with pytest.raises(error), house.work(who) as work:
            records.approve_rule(work, "WS.02", rule_id=seen, reason=why)
    with house.work(chen) as work:
        one = records.approve_rule(work, "WS.02", rule_id=rule, reason="先试一件", chosen=papers[:1])
    assert carried(house, one.id) == [1, 0]
    assert [due(house, paper) for paper in papers] == [date(2032, 1, 1), *[date(2037, 1, 1)] * 2]
    with house.work(chen) as work:
        rest = records.approve_rule(work, "WS.02", rule_id=rule, reason="照新规定")
    assert (rest.total, rest.done) == (2, 0)
    assert carried(house, rest.id) == [2, 0]
    assert [due(house, paper) for paper in papers] == [date(2032, 1, 1)] * 3
    with house.archive.reading() as session:
        assert not records.older_rules(session, chen)
        done = records.approvals(session, "WS.02")[0]
    assert (done.done, done.finished_at is not None, done.approved_by) == (2, True, chen.user_id)
    with pytest.raises(NothingToApprove), house.work(chen) as work:
        records.approve_rule(work, "WS.02", rule_id=rule, reason="再来一次")
    # The number stays as it is: it says what counted when the paper was filed.
    assert house.document(papers[0]).archival_no == "WY01-WS·02·2026-D10-KF-0001"


def test_carrying_over_goes_on_where_it_stopped_and_leaves_yet_newer_rules_alone(
    house: House, chen: Actor, gao: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive_service.records.service.retention.MOST_AT_ONCE", 2)
    papers = [notice(house) for _ in range(5)]
    for paper in papers:
        file_it(house, chen, paper)
    keep_for(house, gao, "WS.02", None)
    with house.work(chen) as work:
        approval = records.approve_rule(work, "WS.02", rule_id=rule_id(house, "WS.02"), reason="改为永久")
    with house.work() as work:
        assert records.carry_over(work, approval.id) == 2
    later = notice(house)
    file_it(house, chen, later, place=Place(dept=Dept.KF))
    assert carried(house, approval.id) == [2, 1, 0]
    assert carried(house, approval.id) == [0]
    assert {due(house, paper) for paper in (*papers, later)} == {None}


def test_the_database_keeps_dates_that_fit_together(house: House, chen: Actor) -> None:
    file_it(house, chen, notice(house), FACTS, BY_DESK)
    for change in (
        "UPDATE retention_term SET due_date = NULL",
        "UPDATE retention_term SET standing = 'permanent'",
        "UPDATE retention_term SET due_date = '2020-01-01'",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(change))
