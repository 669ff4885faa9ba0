"""The table of who approves what, and its history."""

import pytest

from archive_service import approvals, people
from archive_service.approvals import ChainStep, UnknownCase
from archive_service.approvals.rules import (
    ChainMoved,
    ChainNeedsReason,
    ChainUnchanged,
    NeedsPerson,
    WrongChain,
)
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden
from archive_service.people import Role, Scope
from tests.approvals.keys import HEAD, LEADER, MANAGER, SHIPPED, KeyRoom
from tests.support.house import House


def changes(
    house: House, who: Actor, steps: list[ChainStep], *, reason: str = "人手不足", seen: int = 1
) -> int:
    with house.work(who) as work:
        return approvals.change_chain(work, "key", "night", steps, reason=reason, seen=seen)


def test_a_changed_chain_counts_for_requests_from_then_on(room: KeyRoom, chen: Actor, gu: Actor) -> None:
    house = room.house
    before = room.asks(chen, "night")
    assert changes(house, gu, [ChainStep(HEAD, 2)]) == 2
    after = room.asks(chen, "night", key=2)
    assert [len(room.row(one).chain) for one in (before, after)] == [2, 1]
    with house.archive.reading() as session:
        told = approvals.history(session, "key", "night")
        assert approvals.chain(session, "key", "night") == told[0]
        assert [one.case for one in approvals.chains(session) if one.kind == "key"] == list(SHIPPED)
    assert [(one.revision, one.changed_by, one.reason) for one in told] == [
        (2, "顾", "人手不足"),
        (1, None, ""),
    ]
    assert told[1].steps == SHIPPED["night"]


def test_who_may_change_it_and_how(room: KeyRoom, gu: Actor, wang: Actor) -> None:
    house = room.house
    admin = house.person("admin", "it_admin")
    token = people.actor_for(gu.user_id, "顾", [HEAD], via="api", scopes=list(Scope))  # type: ignore[arg-type]  # a person
    new = [ChainStep(LEADER)]
    for who, error in ((wang, Forbidden), (token, Forbidden), (service_actor("cli"), NeedsPerson)):
        with pytest.raises(error):
            changes(house, who, new)
    for steps, reason, seen, error in (
        (new, "", 1, ChainNeedsReason),
        (new, "人手不足", 2, ChainMoved),
        (list(SHIPPED["night"]), "人手不足", 1, ChainUnchanged),
        ([ChainStep(Role.AUDITOR)], "人手不足", 1, WrongChain),
    ):
        with pytest.raises(error):
            changes(house, gu, steps, reason=reason, seen=seen)
    with pytest.raises(UnknownCase), house.work(gu) as work:
        approvals.change_chain(work, "key", "weekend", new, reason="人手不足")
    assert changes(house, admin, new) == 2


def test_what_comes_with_a_newer_service_leaves_what_a_person_changed(room: KeyRoom, gu: Actor) -> None:
    house = room.house
    changes(house, gu, [])
    newer = {
        **SHIPPED,
        "day": (ChainStep(HEAD),),
        "night": (ChainStep(LEADER),),
        "week": (ChainStep(MANAGER),),
    }
    with house.work() as work:
        assert not approvals.are_loaded(work.session, "key", newer)
        assert approvals.load_chains(work, "key", newer) == 2
        assert approvals.load_chains(work, "key", newer) == 0
        assert approvals.are_loaded(work.session, "key", newer)
        told = {one.case: (one.revision, one.steps) for one in approvals.chains(work.session)}
    assert told["day"] == (2, newer["day"])
    assert told["night"] == (2, ())
    assert told["week"] == (1, newer["week"])
