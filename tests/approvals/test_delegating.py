"""委托代批: somebody decides for another for some days, and never gets two words by it."""

from datetime import timedelta

import pytest

from archive_service import approvals, people
from archive_service.approvals import AlreadyDecided, ChainStep, NotYourTurn, OwnRequest, RequestState
from archive_service.approvals.queries.delegations import delegations
from archive_service.approvals.rules import (
    AlreadyDelegated,
    CannotDeputise,
    DelegationNeedsReason,
    DelegationOver,
    NoRequest,
    WrongDelegation,
)
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import DelegationId, UserId
from tests.approvals.keys import MANAGER, KeyRoom
from tests.support.house import House


def delegates(house: House, who: Actor, to: Actor, first: int = 0, last: int = 6) -> DelegationId:
    """From so many days ahead to so many."""
    today = business_day(house.clock.now())
    with house.work(who) as work:
        return approvals.delegate(
            work, UserId(to.user_id or 0), today + timedelta(first), today + timedelta(last), "年休假"
        )


@pytest.fixture
def wu(house: House) -> Actor:
    """An engineer, who stands in for the manager."""
    return house.person("吴", "engineering")


def test_a_deputy_decides_for_a_week_and_both_names_are_kept(
    room: KeyRoom, chen: Actor, wang: Actor, wu: Actor
) -> None:
    house = room.house
    request, later = room.asks(chen), room.asks(chen, key=2)
    with pytest.raises(NoRequest):
        room.decides(wu, request)
    delegates(house, wang, wu, first=1)
    assert room.waiting(wu) == []
    house.clock.passes(days=1)
    assert room.waiting(wu) == [later, request]
    assert room.able(request) == [("吴", "王"), ("王", None)]
    done = room.decides(wu, request)
    assert [(s.name, s.on_behalf_of) for s in done.signatures] == [("吴", "王")]
    assert done.state is RequestState.APPROVED
    house.clock.passes(days=6)
    assert room.waiting(wu) == []
    with pytest.raises(NoRequest):
        room.decides(wu, later)
    with house.archive.reading() as session:
        assert [s.on_behalf_of for s in approvals.signatures(session, request)] == ["王"]


def test_two_hats_on_one_head_are_one_word(room: KeyRoom, chen: Actor, wang: Actor, gu: Actor) -> None:
    delegates(room.house, wang, gu)  # the head of archives for the manager as well
    request = room.asks(chen, "night")
    assert [(s.name, s.on_behalf_of) for s in room.decides(gu, request).signatures] == [("顾", "王")]
    assert (room.waiting(gu), room.able(request)) == ([], [])
    with pytest.raises(AlreadyDecided):
        room.decides(gu, request)


def test_one_hat_on_two_heads_is_one_word(room: KeyRoom, chen: Actor, wang: Actor, wu: Actor) -> None:
    delegates(room.house, wang, wu)
    request = room.asks(chen, chain=[ChainStep(MANAGER, 2)])
    room.decides(wu, request)
    assert room.waiting(wang) == []
    with pytest.raises(AlreadyDecided):
        room.decides(wang, request)


def test_what_one_asked_for_is_decided_by_no_deputy_of_theirs(
    room: KeyRoom, wang: Actor, wu: Actor, house: House
) -> None:
    delegates(house, wang, wu)
    request = room.asks(wang)
    assert (room.waiting(wu), room.able(request)) == ([], [])
    with pytest.raises(NotYourTurn):
        room.decides(wu, request)
    own = room.asks(wu, key=2)
    with pytest.raises(OwnRequest):
        room.decides(wu, own)


def test_what_was_lent_is_not_lent_on_and_goes_with_the_role(
    room: KeyRoom, chen: Actor, wang: Actor, wu: Actor, house: House
) -> None:
    delegates(house, wang, wu)
    sun = house.person("孙", "engineering")
    delegates(house, wu, sun)
    request = room.asks(chen)
    assert (room.waiting(wu), room.waiting(sun)) == ([request], [])
    with house.archive.reading() as session:
        [grant] = people.queries.lists.grants_of(session, house.clock.now(), UserId(wang.user_id or 0))
    with house.work() as work:
        people.revoke_role(work, UserId(wang.user_id or 0), grant.id)
    assert (room.waiting(wu), room.able(request)) == ([], [])


def test_it_ends_early_by_either_of_the_two(
    room: KeyRoom, chen: Actor, wang: Actor, wu: Actor, gu: Actor, house: House
) -> None:
    room.asks(chen)
    for who in (wang, wu):
        one = delegates(house, wang, wu)
        with pytest.raises(NotFound), house.work(gu) as work:
            approvals.end_delegation(work, one)
        with house.work(who) as work:
            approvals.end_delegation(work, one)
        assert room.waiting(wu) == []
        with pytest.raises(DelegationOver), house.work(who) as work:
            approvals.end_delegation(work, one)
    with house.archive.reading() as session:
        told = delegations(session, house.clock.now(), UserId(wang.user_id or 0))
    assert [(d.from_name, d.to_name, d.holds, d.ahead) for d in told] == [("王", "吴", False, False)] * 2


def test_what_is_no_delegation(wang: Actor, wu: Actor, gu: Actor, chen: Actor, house: House) -> None:
    today = business_day(house.clock.now())
    lin = house.person("林", "front_desk")
    wrong = (
        (wang, wang, today, today, "休假", WrongDelegation),
        (wang, wu, today - timedelta(1), today, "休假", WrongDelegation),
        (wang, wu, today, today - timedelta(1), "休假", WrongDelegation),
        (wang, wu, today, today + timedelta(90), "休假", WrongDelegation),
        (wang, wu, today, today, " ", DelegationNeedsReason),
        (wang, lin, today, today, "休假", CannotDeputise),
        (lin, wu, today, today, "休假", Forbidden),
    )
    for who, to, first, last, reason, error in wrong:
        with pytest.raises(error), house.work(who) as work:
            approvals.delegate(work, UserId(to.user_id or 0), first, last, reason)
    delegates(house, wang, wu, first=0, last=3)
    with pytest.raises(AlreadyDelegated):
        delegates(house, wang, wu, first=3, last=5)
    delegates(house, wang, gu, first=3, last=5)
