"""What was read long ago is cleared away, in small steps; what somebody has yet to read or get stays."""

import pytest

from archive_service import reminders
from archive_service.kernel.actor import Actor
from archive_service.reminders import DeliveryId, NoticeId, Places, Trouble
from archive_service.reminders.service import pruning
from tests.support.house import House


def tell(house: House, to: Actor, key: str) -> NoticeId:
    assert to.user_id is not None
    with house.work() as work:
        reminders.notify(work, to.user_id, "book.due", "book:1", key, {})
    return keys(house, to)[key]


def keys(house: House, who: Actor) -> dict[str, NoticeId]:
    with house.archive.reading() as session:
        return {row.key: row.id for row in reminders.notices(session, who, limit=100)}


def read_up_to(house: House, who: Actor, newest: NoticeId) -> None:
    with house.work(who) as work:
        reminders.mark_all_read(work, newest)


def test_old_notices_go_when_they_were_read_and_nothing_is_on_its_way(house: House) -> None:
    lin, wang = house.person("林", "front_desk"), house.person("王", "sc_manager")
    sent, failed = tell(house, lin, "sent"), tell(house, lin, "failed")
    for notice in (sent, failed):
        with house.work() as work:
            reminders.prepare_deliveries(work, notice, Places(False, ("a group",)))
    with house.work() as work:
        reminders.was_sent(work, DeliveryId(1))
        reminders.not_sent(work, DeliveryId(2), Trouble.UNREACHABLE)
    read_up_to(house, lin, failed)
    tell(house, lin, "unread")
    house.clock.passes(days=179)
    read_up_to(house, wang, tell(house, wang, "young"))
    assert reminders.prune_notices(house.archive) == 0
    house.clock.passes(days=2)
    assert reminders.prune_notices(house.archive) == 1
    assert set(keys(house, lin)) == {"failed", "unread"}
    assert set(keys(house, wang)) == {"young"}
    with house.work() as work:
        reminders.given_up(work, DeliveryId(2))
    assert reminders.prune_notices(house.archive) == 1


def test_a_run_is_bounded_and_the_next_one_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lin = house.person("林", "front_desk")
    for number in range(7):
        newest = tell(house, lin, f"n{number}")
    read_up_to(house, lin, newest)
    house.clock.passes(days=181)
    monkeypatch.setattr(pruning, "_AT_ONCE", 2)
    monkeypatch.setattr(pruning, "_MOST_BATCHES", 2)
    assert reminders.prune_notices(house.archive, lambda: True) == 0
    assert [reminders.prune_notices(house.archive) for _ in range(3)] == [4, 3, 0]
