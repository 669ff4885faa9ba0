"""What holds when many do it at the same time, and what the database itself refuses."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DatabaseError

from archive_service import approvals, audit, people
from archive_service.approvals import ChainStep, RequestState
from archive_service.approvals.models import (
    ApprovalDecision,
    ApprovalDelegation,
    ApprovalRequest,
    ApprovalRule,
    ApprovalStep,
)
from archive_service.approvals.rules import ChainMoved
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import UserId
from tests.approvals.keys import HEAD, MANAGER, KeyRoom
from tests.support.house import House
from tests.support.seating import seat

ENDINGS = {f"approval.{state.value}" for state in RequestState}


def managers(house: House, count: int) -> list[Actor]:
    """In one transaction each of the two steps is quick."""

    with house.work() as work:
        ids = [
            people.add_person(work, name=f"m{number}", display_name=f"经理{number}", roles=[MANAGER.value])
            for number in range(count)
        ]
    for one in ids:
        seat(house.archive, one)
    with house.archive.reading() as session:
        found = [people.actor_of(session, one, house.clock.now(), via="page") for one in ids]
    return [one for one in found if one is not None]


def at_once(doings: Sequence[Callable[[], Any]]) -> list[str]:
    """What came of each: "done", or the code of what was refused."""

    def tried(doing: Callable[[], Any]) -> str:
        try:
            doing()
        except ArchiveError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(tried, doings))


def test_fifty_at_once_on_one_request_come_to_one_end(room: KeyRoom, chen: Actor) -> None:
    house = room.house
    request = room.asks(chen)
    doings: list[Callable[[], Any]] = []
    for number, who in enumerate(managers(house, 50)):
        if number % 5 == 4:
            doings.append(partial(room.withdraws, chen, request))
        elif number % 2:
            doings.append(partial(room.decides, who, request, approve=False, comment="不行"))
        else:
            doings.append(partial(room.decides, who, request))
    came = Counter(at_once(doings))
    assert came == {"done": 1, "approvals.ended": 49}
    row = room.row(request)
    assert row.state is not RequestState.WAITING
    assert len(row.signatures) == (row.state is not RequestState.WITHDRAWN)
    assert len(room.keys.ended) == 1
    with house.archive.reading() as session:
        told = [one.action for one in audit.trail(session, subject=f"approval:{request}")]
    assert [action for action in told if action in ENDINGS] == [f"approval.{row.state.value}"]


def test_of_many_at_once_no_more_sign_than_the_chain_asks(room: KeyRoom, chen: Actor) -> None:
    request = room.asks(chen, chain=[ChainStep(MANAGER, 3)])
    doings = [partial(room.decides, who, request) for who in managers(room.house, 8) for _ in range(2)]
    came = Counter(at_once(doings))
    assert came["done"] == 3
    assert came["approvals.ended"] >= 8
    assert len({one.decided_by for one in room.row(request).signatures}) == 3


def test_of_two_changes_of_a_chain_at_once_one_comes_too_late(room: KeyRoom, gu: Actor) -> None:
    def change(count: int) -> None:
        with room.house.work(gu) as work:
            approvals.change_chain(work, "key", "day", [ChainStep(HEAD, count)], reason="试行", seen=1)

    came = at_once([partial(change, count) for count in (1, 2, 3, 4)])
    assert sorted(came) == [ChainMoved.code] * 3 + ["done"]


def _refused(house: House, statement: Any) -> None:
    with pytest.raises(DatabaseError), house.archive.sessions.writing() as session:
        session.execute(statement)


def test_what_the_database_refuses(room: KeyRoom, chen: Actor, wang: Actor, gu: Actor) -> None:
    house, now = room.house, room.house.clock.now()
    first, request = room.asks(chen, "night"), room.asks(chen, "night", key=2)
    room.decides(wang, first)
    me, him, her = (UserId(one.user_id or 0) for one in (chen, wang, gu))
    word = {
        "request_id": first, "requester_id": me, "step": 2, "decided_by": her, "hat_id": her, "approves": True, "at": now
    }  # fmt: skip
    for wrong in (
        {"decided_by": me, "hat_id": me},  # one's own
        {"requester_id": him},  # as if somebody else had asked
        {"decided_by": him, "hat_id": him},  # twice
        {"hat_id": him},  # for another without a delegation
        {"step": 3},
        {"approves": False, "comment": ""},
    ):
        _refused(house, insert(ApprovalDecision).values(word | wrong))
    decided = ApprovalDecision.request_id == first
    _refused(house, update(ApprovalDecision).where(decided).values(comment="另一句"))
    _refused(house, delete(ApprovalDecision).where(decided))
    _refused(house, update(ApprovalStep).values(deciders=9))
    _refused(house, update(ApprovalRule).values(reason="?"))
    _refused(house, update(ApprovalRequest).where(ApprovalRequest.id == first).values(title="别的"))
    _refused(house, update(ApprovalRequest).where(ApprovalRequest.id == first).values(state="approved"))
    _refused(
        house,
        insert(ApprovalDelegation).values(
            from_id=him, to_id=him, first_day=now.date(), last_day=now.date(), reason="休假", made_at=now
        ),
    )
    room.withdraws(chen, request)
    ended = update(ApprovalRequest).where(ApprovalRequest.id == request)
    _refused(house, ended.values(state="waiting", ended_at=None, ended_by=None, step=1, role="sc_manager"))
