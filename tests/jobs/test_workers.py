"""Whether anybody is at work in the background."""

from dataclasses import replace
from datetime import timedelta

from archive_service import jobs
from archive_service.jobs import Background, WorkerCard
from tests.support.house import House


def card(house: House, name: str, *queues: str, pid: int = 7) -> WorkerCard:
    return WorkerCard(name, "host-a", pid, queues or jobs.QUEUES, house.clock.now())


def signs(house: House, worker: WorkerCard) -> None:
    with house.archive.sessions.writing() as session:
        jobs.sign(session, house.clock.now(), worker)


def seen(house: House) -> Background:
    with house.archive.reading() as session:
        return jobs.background(session, house.clock.now())


def test_where_nobody_ever_was_nothing_is_attended(house: House) -> None:
    assert seen(house) == Background((), jobs.QUEUES)
    assert seen(house).silent


def test_a_worker_lives_as_long_as_it_says_so(house: House) -> None:
    worker = card(house, "a")
    for _ in range(4):
        signs(house, worker)
        house.clock.at += jobs.SIGN_EVERY
        assert not seen(house).silent
    house.clock.at += jobs.SILENT_AFTER
    (row,) = seen(house).workers
    assert (row.host, row.pid, row.alive, row.started_at) == ("host-a", 7, False, worker.started_at)
    assert seen(house).silent
    signs(house, worker)
    assert seen(house).unattended == ()


def test_one_that_stopped_cleanly_is_gone_at_once(house: House) -> None:
    signs(house, card(house, "a"))
    with house.archive.sessions.writing() as session:
        jobs.sign_off(session, "a")
    assert seen(house) == Background((), jobs.QUEUES)


def test_what_none_of_several_takes_is_named(house: House) -> None:
    signs(house, card(house, "a", "read"))
    signs(house, card(house, "b", "index", pid=8))
    assert seen(house).unattended == ("jobs",)
    house.clock.at += jobs.SILENT_AFTER
    signs(house, card(house, "b", "index", pid=8))
    assert seen(house).unattended == ("read", "jobs")
    assert [worker.alive for worker in seen(house).workers] == [False, True]


def test_a_clock_that_was_set_back_keeps_no_dead_worker_alive(house: House) -> None:
    signs(house, card(house, "a"))
    house.clock.at -= timedelta(days=365)
    assert seen(house).silent


def test_whoever_comes_after_a_killed_one_takes_its_place(house: House) -> None:
    signs(house, card(house, "killed"))
    house.clock.passes(seconds=5)
    signs(house, card(house, "heir"))
    (row,) = seen(house).workers
    assert row.started_at == house.clock.now()


def test_the_dead_of_yesterday_are_forgotten(house: House) -> None:
    signs(house, card(house, "killed"))
    house.clock.passes(days=1, seconds=1)
    signs(house, card(house, "other", pid=8))
    assert [worker.pid for worker in seen(house).workers] == [8]
    with house.archive.sessions.writing() as session:
        assert jobs.forget_workers(session, seen_before=house.clock.now()) == 0
        assert jobs.forget_workers(session) == 1


def test_one_that_was_thought_dead_is_written_down_again(house: House) -> None:
    worker = replace(card(house, "a"), host="长" * 200)
    signs(house, worker)
    with house.archive.sessions.writing() as session:
        jobs.forget_workers(session)
    signs(house, worker)
    assert not seen(house).silent
