"""Who is told that a slip waits for their word; and a round that is killed in the middle tells nobody twice."""

from collections import Counter as Counted
from datetime import date

import pytest

from archive_service import approvals, loans, reminders
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.loans import LoanRow, UseMode
from archive_service.loans.service import telling
from tests.loans.counter import Counter


def told(counter: Counter, who: Actor, kind: str) -> list[str | int | bool]:
    """The slips that somebody's notices of this kind are about."""
    with counter.house.archive.reading() as session:
        rows = reminders.notices(session, who, unread=False, offset=0, limit=100)
    return [row.facts["slip"] for row in rows if row.kind == kind]


def test_each_level_is_told_when_its_word_is_asked_for_and_the_borrower_at_the_end(counter: Counter) -> None:
    manager, head, leader = map(counter.decider, ("sc_manager", "archive_head", "company_leader"))
    slip = counter.asks(counter.lin, counter.paper())
    asked: dict[str, list[str]] = {}
    for one in (manager, head, leader):
        asked[one.name] = [
            who.name for who in (manager, head, leader, counter.lin) if told(counter, who, "loan.to-decide")
        ]
        assert told(counter, one, "loan.to-decide") == [slip.number]
        assert told(counter, counter.lin, "loan.approved") == []
        counter.says(one, slip)
    assert list(map(len, asked.values())) == [1, 2, 3]  # nobody before their turn
    assert told(counter, counter.lin, "loan.approved") == [slip.number]


def test_a_deputy_is_told_too_and_who_asked_never(counter: Counter) -> None:
    manager, deputy = counter.decider("sc_manager"), counter.decider("archive_head")
    today = business_day(counter.house.clock.now())
    assert manager.user_id and deputy.user_id
    with counter.house.work(manager) as work:
        approvals.delegate(work, deputy.user_id, today, today, "外出培训")
    slip = counter.asks(counter.lin, counter.paper())
    own = counter.asks(manager, counter.paper())
    assert told(counter, deputy, "loan.to-decide") == [slip.number]
    assert told(counter, manager, "loan.to-decide") == [slip.number]
    assert own.number not in told(counter, manager, "loan.to-decide")


def test_more_days_are_a_question_of_their_own(counter: Counter) -> None:
    manager = counter.decider("sc_manager")
    slip = counter.out(counter.lin, counter.paper(), use=UseMode.ON_SITE, days=5)
    with counter.house.work(counter.lin) as work:
        loans.ask_renewal(work, slip.id, reason="还没有核对完")
    assert told(counter, manager, "loan.to-decide") == [slip.number] * 2
    counter.approved(slip)
    assert told(counter, counter.lin, "loan.renewed") == [slip.number]


class Killed(BaseException):
    """As the process would end."""


def test_a_round_that_is_killed_goes_on_where_it_stopped(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = [counter.decider(role) for role in ("sc_manager", "company_leader", "archive_head")]
    slips = [counter.out(counter.lin, counter.paper()) for _ in range(3)]
    counter.house.clock.passes(days=(due(slips[0]) - business_day(counter.house.clock.now())).days + 15)
    known = telling.tell_roles
    calls = 0

    def dies(*arguments: object, **facts: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 4:  # the second slip has its reminder, and nobody knows of the loss yet
            raise Killed
        return known(*arguments, **facts)  # type: ignore[arg-type]  # as it was called

    name = "archive_service.loans.service.reminding.tell_roles"
    monkeypatch.setattr(name, dies)
    with pytest.raises(Killed):
        loans.daily_round(counter.house.archive)
    monkeypatch.setattr(name, known)
    assert loans.daily_round(counter.house.archive)["suspected"] == 2
    assert loans.daily_round(counter.house.archive)["reminded"] == 0
    once = Counted(slip.number for slip in slips)
    assert Counted(told(counter, counter.lin, "loan.overdue")) == once
    for one in heads[:2]:
        assert Counted(told(counter, one, "loan.overdue-here")) == once
    assert Counted(told(counter, heads[2], "loan.suspected-lost")) == once
    with counter.house.archive.reading() as session:
        assert [len(loans.remedies_of(session, slip.id)) for slip in slips] == [1, 1, 1]


def due(slip: LoanRow) -> date:
    assert slip.due_on is not None
    return slip.due_on
