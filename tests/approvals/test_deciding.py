"""Who may say what on a request, and how it ends."""

from datetime import timedelta

import pytest

from archive_service import approvals, audit, people
from archive_service.approvals import (
    AlreadyAsked,
    AlreadyDecided,
    ChainStep,
    NotYourTurn,
    OwnRequest,
    RefusalNeedsReason,
    RequestEnded,
    RequestMoved,
    RequestState,
    UnknownCase,
)
from archive_service.approvals.rules import (
    CommentTooLong,
    EmptyComment,
    NoRequest,
    NotYourRequest,
    WrongChain,
)
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden
from archive_service.people import Role, Scope, actor_for
from tests.approvals.keys import HEAD, MANAGER, KeyRoom
from tests.support.house import House


def trail(house: House, request_id: int) -> list[str]:
    with house.archive.reading() as session:
        return [row.action for row in audit.trail(session, subject=f"approval:{request_id}")][::-1]


def test_one_yes_where_one_is_asked_for(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    assert room.waiting(wang) == [request]
    done = room.decides(wang, request, comment="晚上还回来")
    assert (done.state, done.ended_by) == (RequestState.APPROVED, "王")
    assert [(s.name, s.on_behalf_of, s.comment) for s in done.signatures] == [("王", None, "晚上还回来")]
    assert room.keys.ended == [done]
    assert room.waiting(wang) == []
    assert trail(room.house, request) == ["approval.asked", "approval.approved"]


def test_level_by_level_in_their_order(room: KeyRoom, chen: Actor, wang: Actor, gu: Actor) -> None:
    request = room.asks(chen, "night")
    with pytest.raises(NotYourTurn):
        room.decides(gu, request)
    assert (room.waiting(wang), room.waiting(gu)) == ([request], [])
    assert room.decides(wang, request).role is HEAD
    assert (room.waiting(wang), room.waiting(gu), room.keys.ended) == ([], [request], [])
    assert room.decides(gu, request).state is RequestState.APPROVED
    assert trail(room.house, request) == ["approval.asked", "approval.agreed", "approval.approved"]


def test_two_of_one_level_are_two_people(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen, chain=[ChainStep(MANAGER, 2)])
    assert room.decides(wang, request).lacking == 1
    with pytest.raises(AlreadyDecided):
        room.decides(wang, request)
    assert room.able(request) == []  # it waits until there is a second one
    zhao = room.house.person("赵", "sc_manager")
    assert room.able(request) == [("赵", None)]
    assert room.decides(zhao, request).state is RequestState.APPROVED


def test_two_levels_are_two_people_whatever_roles_one_has(room: KeyRoom, chen: Actor) -> None:
    both = room.house.person("都", "sc_manager", "archive_head")
    request = room.asks(chen, "night")
    room.decides(both, request)
    assert room.waiting(both) == []
    with pytest.raises(AlreadyDecided):
        room.decides(both, request)
    assert room.row(request).state is RequestState.WAITING


def test_nobody_decides_what_they_asked_for(room: KeyRoom, wang: Actor) -> None:
    request = room.asks(wang)
    assert (room.waiting(wang), room.able(request)) == ([], [])
    with pytest.raises(OwnRequest):
        room.decides(wang, request)


def test_a_no_ends_it_and_says_why(room: KeyRoom, chen: Actor, wang: Actor, gu: Actor) -> None:
    request = room.asks(chen, "night")
    with pytest.raises(RefusalNeedsReason):
        room.decides(wang, request, approve=False, comment=" \n\u202e ")
    done = room.decides(wang, request, approve=False, comment="盘点期间不外借")
    assert (done.state, done.signatures[-1].approves) == (RequestState.REFUSED, False)
    with pytest.raises(RequestEnded):
        room.decides(gu, request)
    assert trail(room.house, request) == ["approval.asked", "approval.refused"]


def test_a_case_that_asks_nobody_is_approved_by_the_rule(room: KeyRoom, chen: Actor) -> None:
    row = room.row(room.asks(chen, "spare"))
    assert (row.state, row.by_rule, row.ended_by, row.signatures) == (RequestState.APPROVED, True, None, ())
    assert [one.id for one in room.keys.ended] == [row.id]


def test_who_asked_takes_it_back_and_nobody_else(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    with pytest.raises(NotYourRequest):
        room.withdraws(wang, request)
    assert room.withdraws(chen, request).state is RequestState.WITHDRAWN
    with pytest.raises(RequestEnded):
        room.decides(wang, request)
    assert room.asks(chen) != request  # and may ask again


def test_one_thing_waits_once(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    with pytest.raises(AlreadyAsked):
        room.asks(chen)
    room.asks(chen, key=2)
    room.decides(wang, request)
    room.asks(chen)


def test_a_word_on_what_is_no_longer_so_makes_it_void(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    room.keys.hook = "B3"
    done = room.decides(wang, request)
    assert (done.state, done.changed, done.signatures) == (RequestState.VOID, ("hook",), ())
    assert (done.facts["hook"], (done.facts_found or {})["hook"]) == ("A7", "B3")
    assert trail(room.house, request) == ["approval.asked", "approval.void"]
    assert room.keys.ended == [done]


def test_what_changes_facts_may_void_at_once(room: KeyRoom, chen: Actor) -> None:
    first, other = room.asks(chen), room.asks(chen, key=2)
    with room.house.work(chen) as work:
        assert approvals.recheck(work, room.kinds, "key:1") == []
    room.keys.hook = "B3"
    with room.house.work(chen) as work:
        assert [one.id for one in approvals.recheck(work, room.kinds, "key:1")] == [first]
    assert (room.row(first).state, room.row(other).state) == (RequestState.VOID, RequestState.WAITING)


def test_what_nobody_decides_in_time_lapses(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    house = room.house
    request = room.asks(chen, lapses_at=house.clock.now() + timedelta(days=3))
    open_end = room.asks(chen, key=2)
    assert approvals.lapse_due(house.archive, room.kinds) == (0, 0)
    house.clock.passes(days=3)
    assert approvals.lapse_due(house.archive, {}) == (0, 0)  # of kinds that this service doesn't know
    assert approvals.lapse_due(house.archive, room.kinds) == (1, 0)
    assert approvals.lapse_due(house.archive, room.kinds) == (0, 0)
    assert (room.row(request).state, room.row(open_end).state) == (RequestState.LAPSED, RequestState.WAITING)
    with pytest.raises(RequestEnded):
        room.decides(wang, request)
    assert trail(house, request) == ["approval.asked", "approval.lapsed"]


def test_a_page_that_is_older_than_a_comment_decides_nothing(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    seen = room.row(request).revision
    with room.house.work(chen) as work:
        approvals.comment(work, request, "改成下午\n两点前还")
    with pytest.raises(RequestMoved):
        room.decides(wang, request, seen=seen)
    with room.house.archive.reading() as session:
        assert [(one.by, one.body) for one in approvals.comments(session, request)] == [
            ("陈", "改成下午\n两点前还")
        ]
    room.decides(wang, request, seen=room.row(request).revision)
    waits = room.asks(chen)
    for body, error in (("", EmptyComment), ("长" * 501, CommentTooLong)):
        with pytest.raises(error), room.house.work(chen) as work:
            approvals.comment(work, waits, body)


def test_only_people_ask_and_decide(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    for who in (service_actor(), service_actor("cli")):
        with pytest.raises(Forbidden):
            room.asks(who, key=9)
        with pytest.raises(Forbidden):
            room.decides(who, request)
    assert wang.user_id is not None
    token = actor_for(wang.user_id, "王", [Role.SC_MANAGER], via="api", scopes=list(Scope))
    with pytest.raises(Forbidden):
        room.decides(token, request)
    assert room.row(request, token).id == request


def test_a_role_that_was_taken_back_says_nothing_any_more(room: KeyRoom, chen: Actor, wang: Actor) -> None:
    """The page that they look at is older than the change."""
    request = room.asks(chen, "night")
    room.house.person("admin", "it_admin")
    assert wang.user_id is not None
    with room.house.archive.reading() as session:
        [grant] = people.queries.lists.grants_of(session, room.house.clock.now(), wang.user_id)
    with room.house.work() as work:
        people.revoke_role(work, wang.user_id, grant.id)
    with pytest.raises(NoRequest):
        room.decides(wang, request)


def test_who_sees_a_request(room: KeyRoom, chen: Actor, wang: Actor, gu: Actor) -> None:
    request = room.asks(chen)
    auditor, other = room.house.person("审", "auditor"), room.house.person("李", "front_desk")
    for who in (chen, wang, auditor):
        assert room.row(request, who).id == request
    for who in (gu, other):
        with pytest.raises(NoRequest):
            room.row(request, who)
        with pytest.raises(NoRequest), room.house.work(who) as work:
            approvals.comment(work, request, "?")


def test_only_chains_that_somebody_could_walk(room: KeyRoom, chen: Actor) -> None:
    with pytest.raises(UnknownCase):
        room.asks(chen, "weekend")
    for wrong in (
        [ChainStep(MANAGER, 0)],
        [ChainStep(MANAGER, 6)],
        [ChainStep(MANAGER)] * 7,
        [ChainStep(Role.IT_ADMIN)],
    ):
        with pytest.raises(WrongChain):
            room.asks(chen, chain=wrong)
