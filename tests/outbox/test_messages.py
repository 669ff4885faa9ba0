from datetime import timedelta

import pytest

from archive_service import outbox
from archive_service.outbox.rules import LEASE, MOST_TRIES, SUSPECT_AFTER, SUSPECT_WAITS
from tests.support.house import House


def published(house: House, n: int = 1) -> None:
    with house.work() as work:
        for i in range(n):
            work.publish("paper.arrived", number=i)


def claimed(house: House, most: int = 10) -> outbox.Claimed | None:
    with house.work() as work:
        return outbox.claim(work.session, work.now, "paper.arrived", most)


def test_a_message_leaves_with_its_transaction_only(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.work() as work:
        work.publish("paper.arrived", number=1)
        raise ZeroDivisionError
    assert claimed(house) is None


def test_messages_are_handed_out_once_and_in_order(house: House) -> None:
    published(house, 5)
    first = claimed(house, most=3)
    second = claimed(house, most=3)
    assert first is not None and second is not None
    assert [p["number"] for p in first.payloads + second.payloads] == [0, 1, 2, 3, 4]
    assert claimed(house) is None


def test_a_dead_workers_messages_come_back_and_its_late_effect_is_refused(house: House) -> None:
    published(house)
    dead = claimed(house)
    assert dead is not None
    house.clock.at += LEASE + timedelta(seconds=1)
    heir = claimed(house)
    assert heir is not None and heir.ids == dead.ids
    with pytest.raises(outbox.LeaseLost), house.work() as work:
        outbox.complete(work.session, work.now, dead.ids, dead.lease)
    with house.work() as work:
        outbox.complete(work.session, work.now, heir.ids, heir.lease)
    house.clock.passes(days=1)
    assert claimed(house) is None


def test_a_renewed_lease_is_not_handed_to_others(house: House) -> None:
    published(house)
    mine = claimed(house)
    assert mine is not None
    for _ in range(3):
        house.clock.at += LEASE * 0.8
        with house.work() as work:
            outbox.renew(work.session, work.now, mine.ids, mine.lease)
    assert claimed(house) is None


def test_failures_wait_longer_and_longer_and_then_a_person_is_called(house: House) -> None:
    published(house)
    for attempt in range(1, MOST_TRIES + 1):
        house.clock.passes(hours=1)
        taken = claimed(house)
        assert taken is not None
        with house.work() as work:
            given_up = outbox.fail(work.session, work.now, taken.ids, taken.lease, "OSError")
        assert given_up == ([{"number": 0}] if attempt == MOST_TRIES else [])
        assert claimed(house) is None
    house.clock.passes(days=1)
    assert claimed(house) is None
    with house.archive.reading() as session:
        (dead,) = outbox.dead_messages(session)
        assert (dead.topic, dead.last_error) == ("paper.arrived", "OSError")
        (line,) = outbox.backlog(session)
        assert (line.open, line.dead) == (0, 1)
    with house.work() as work:
        assert outbox.retry_dead(work.session, work.now) == 1
    assert claimed(house) is not None


def test_done_messages_are_pruned_after_a_week(house: House) -> None:
    published(house, 2)
    taken = claimed(house, most=1)
    assert taken is not None
    with house.work() as work:
        outbox.complete(work.session, work.now, taken.ids, taken.lease)
    house.clock.passes(days=8)
    with house.work() as work:
        assert outbox.prune(work.session, work.now) == 1
    assert claimed(house) is not None


def test_the_only_worker_takes_over_at_once_what_its_killed_self_had(house: House) -> None:
    published(house)
    assert claimed(house) is not None
    with house.work() as work:
        assert outbox.release_all(work.session, work.now) == 1
    assert claimed(house) is not None


def died(house: House) -> None:
    """The only worker is killed with everything in hand, and its successor starts."""
    with house.work() as work:
        outbox.release_all(work.session, work.now)


def in_hand(house: House, *, suspects: bool = False) -> outbox.Claimed | None:
    with house.work() as work:
        return outbox.claim(work.session, work.now, "paper.arrived", 10, suspects=suspects, alone=True)


def test_with_whom_three_workers_died_is_handed_out_as_a_suspect_only(house: House) -> None:
    published(house)
    for deaths in range(SUSPECT_AFTER):
        taken = in_hand(house)
        assert taken is not None and taken.deaths == deaths
        died(house)
    assert in_hand(house) is None
    with house.archive.reading() as session:
        state = outbox.waiting(session, house.clock.now(), ["paper.arrived"])["paper.arrived"]
        assert (state.due, state.suspects_due) == (False, True)
    suspect = in_hand(house, suspects=True)
    assert suspect is not None and suspect.deaths == SUSPECT_AFTER
    died(house)
    assert in_hand(house, suspects=True) is None  # others first
    house.clock.at += SUSPECT_WAITS
    assert in_hand(house, suspects=True) is not None


def test_what_only_lay_in_a_queue_is_not_blamed_for_a_death(house: House) -> None:
    published(house)
    for _ in range(10):
        assert claimed(house) is not None
        died(house)
        house.clock.at += LEASE * 2
        assert claimed(house) is not None  # its lease ran out in the queue
        house.clock.at += LEASE * 2
    taken = claimed(house)
    assert taken is not None and taken.deaths == 0


def test_a_lease_that_ran_out_in_hand_is_a_death(house: House) -> None:
    published(house)
    taken = claimed(house)
    assert taken is not None
    with house.work() as work:
        outbox.take(work.session, work.now, taken.ids, taken.lease)
    house.clock.at += LEASE * 2
    heir = claimed(house)
    assert heir is not None and heir.deaths == 1
    with pytest.raises(outbox.LeaseLost), house.work() as work:
        outbox.take(work.session, work.now, taken.ids, taken.lease)


def test_the_only_worker_there_is_blames_nothing_for_a_clock_that_jumps(house: House) -> None:
    published(house, 2)
    for _ in range(10):
        taken = in_hand(house)
        assert taken is not None and (len(taken.ids), taken.deaths) == (2, 0)
        house.clock.passes(hours=1)
    with house.work() as work:
        besides = taken.ids[:1]
        rest = outbox.claim(work.session, work.now, "paper.arrived", 10, alone=True, besides=besides)
    assert rest is not None and rest.ids == taken.ids[1:]


def test_hundreds_of_ends_that_were_asked_for_count_nothing(house: House) -> None:
    published(house)
    for _ in range(100):
        taken = in_hand(house)
        assert taken is not None
        with house.work() as work:
            outbox.let_go(work.session)
        died(house)
    taken = in_hand(house)
    assert taken is not None and taken.deaths == 0
    with house.work() as work:
        outbox.let_go(work.session, taken.ids, taken.lease)
    died(house)
    taken = in_hand(house)
    assert taken is not None and taken.deaths == 0


def test_whoever_gets_on_is_no_killer(house: House) -> None:
    published(house)
    for _ in range(30):
        taken = in_hand(house)
        assert taken is not None and taken.deaths <= 1
        with house.work() as work:
            outbox.got_on(work.session, taken.ids, taken.lease)
        died(house)


def test_a_suspect_that_is_sent_again_by_a_person_begins_anew(house: House) -> None:
    published(house)
    for _ in range(SUSPECT_AFTER):
        in_hand(house)
        died(house)
    suspect = in_hand(house, suspects=True)
    assert suspect is not None
    with house.work() as work:
        assert outbox.fail(work.session, work.now, suspect.ids, suspect.lease, "WorkerDied", most_tries=0)
    with house.archive.reading() as session:
        (dead,) = outbox.dead_messages(session)
        assert (dead.attempts, dead.last_error) == (SUSPECT_AFTER + 1, "WorkerDied")
    with house.work() as work:
        assert outbox.retry_dead(work.session, work.now) == 1
    taken = in_hand(house)
    assert taken is not None and taken.deaths == 0
