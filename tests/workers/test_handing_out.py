"""The relay and the worker's handling, with real messages on a real database; only the broker is left out."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from archive_service import jobs, outbox, records
from archive_service.home.service import send_again
from archive_service.jobs import JobName
from archive_service.kernel.ids import DocumentId
from archive_service.outbox.models import OutboxMessage
from archive_service.outbox.rules import LEASE, SUSPECT_AFTER, SUSPECT_WAITS
from archive_service.records import Description, VersionState
from archive_service.unit_of_work import UnitOfWork
from tests.support.house import House
from workers import topics
from workers.leases import Lease
from workers.relay import Relay
from workers.runtime import Worker
from workers.toolbox import Toolbox


@pytest.fixture
def worker(house: House) -> Iterator[Worker]:
    made = Worker(house.archive)
    yield made
    made.tools.reader.close()


@pytest.fixture
def shared(house: House) -> Iterator[Worker]:
    """One of many: its broker is elsewhere."""
    settings = house.archive.settings.model_copy(update={"broker_url": "redis://127.0.0.1:1/0"})
    made = Worker(replace(house.archive, settings=settings))
    yield made
    made.tools.reader.close()


class Post(list[Lease]):
    """Where the relay's messages go instead of a broker."""

    def send(self, _queue: str, lease: Lease) -> None:
        self.append(lease)


def note(house: House, text: str) -> DocumentId:
    """A plain text, read without pictures."""
    with house.work() as work:
        return records.add_document(work, house.blob(text.encode(), "便条.txt"), Description())


def settle(worker: Worker, post: Post, rounds: int = 6) -> None:
    relay = Relay(worker.tools, post.send, worker.keeper)
    for _ in range(rounds):
        relay.look()
        while post:
            worker.handle(post.pop(0))


def ids_of(house: House, lease: Lease) -> set[int]:
    """The versions a lease is about."""
    return {int(payload["version_id"]) for payload in lease.payloads(house.archive)}


def dies_with(version_id: int, worker: Worker, house: House) -> bool:
    """One life of a worker, that ends while it reads that version; False if it never got it."""
    post = Post()
    relay = Relay(worker.tools, post.send, worker.keeper)
    for _ in range(6):
        relay.look()
        while post:
            lease = post.pop(0)
            if lease.topic == "version.received" and version_id in ids_of(house, lease):
                return True
            worker.handle(lease)
    return False


def test_a_paper_goes_from_received_to_searchable(house: House, worker: Worker) -> None:
    paper = note(house, "电梯维修记录")
    settle(worker, Post())
    assert house.document(paper).state is VersionState.SEARCHABLE
    with house.archive.reading() as session:
        assert outbox.backlog(session) == []


def test_no_more_is_handed_out_than_readers_can_take(house: House, worker: Worker) -> None:
    for _ in range(10):
        house.paper()
    post = Post()
    relay = Relay(worker.tools, post.send, worker.keeper, queues=["read"])
    relay.look()
    relay.look()
    assert len(post) == worker.tools.settings.reader_count + 1


def test_the_index_gets_its_batches_one_after_another(house: House, worker: Worker) -> None:
    post = Post()
    relay = Relay(worker.tools, post.send, worker.keeper)
    house.paper(pages=["一"])
    relay.look()
    first = [lease for lease in post if lease.topic == "version.read"]
    house.paper(pages=["二"])
    relay.look()
    assert [lease for lease in post if lease.topic == "version.read"] == first
    worker.handle(first[0])
    relay.look()
    assert len([lease for lease in post if lease.topic == "version.read"]) == 2


def test_a_late_worker_whose_lease_ran_out_changes_nothing(house: House, worker: Worker) -> None:
    paper = note(house, "text")
    post = Post()
    relay = Relay(worker.tools, post.send, worker.keeper, queues=["read"])
    relay.look()
    (late,) = post
    post.clear()
    house.clock.at += LEASE * 2
    relay.look()
    (heir,) = post
    worker.handle(late)
    assert house.document(paper).state is VersionState.RECEIVED
    worker.handle(heir)
    assert house.document(paper).state is VersionState.READABLE


def test_what_is_in_hand_is_neither_blamed_nor_handed_out_again_when_the_clock_jumps(
    house: House, worker: Worker
) -> None:
    paper = note(house, "text")
    post = Post()
    relay = Relay(worker.tools, post.send, worker.keeper, queues=["read"])
    relay.look()
    (lease,) = post
    post.clear()
    with worker.keeper.holding(lease):
        for _ in range(SUSPECT_AFTER + 1):
            house.clock.passes(hours=1)  # asleep, set, or without the database for so long
            assert relay.look() == 0
    assert post == []
    worker.take_back()  # killed now: the only death there was
    relay.look()
    (again,) = post
    assert again.ids == lease.ids
    with house.archive.reading() as session:
        (row,) = session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(again.ids)))
        assert row.deaths == 1
    worker.handle(again)
    assert house.document(paper).state is VersionState.READABLE


def test_with_many_workers_too_nobody_hands_out_what_it_has_itself(house: House, shared: Worker) -> None:
    note(house, "text")
    post = Post()
    relay = Relay(shared.tools, post.send, shared.keeper, queues=["read"])
    relay.look()
    (lease,) = post
    lease.take(house.archive)
    with shared.keeper.holding(lease):
        house.clock.passes(hours=1)
        assert relay.look() == 0
    house.clock.passes(hours=1)
    assert relay.look() == 1  # held by nobody: whoever had it is gone


def test_nothing_is_sent_into_a_queue_that_this_worker_does_not_take(house: House, worker: Worker) -> None:
    note(house, "text")
    post = Post()
    Relay(worker.tools, post.send, worker.keeper, queues=["jobs"]).look()
    assert post == []
    Relay(worker.tools, post.send, worker.keeper, queues=["index"]).look()
    assert [lease.topic for lease in post] == ["version.read"]
    post.clear()
    Relay(worker.tools, post.send, worker.keeper, queues=["read"]).look()
    assert [lease.topic for lease in post] == ["version.received"]


def test_what_lies_in_the_broker_expires_with_its_lease(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[float] = []

    def send_task(_name: str, *, expires: float, **_: object) -> None:
        sent.append(expires)

    monkeypatch.setattr(worker.celery, "send_task", send_task)
    note(house, "text")
    worker.relay.look()
    assert sent == [LEASE.total_seconds()] * 2  # one to read, one for the index


def test_trouble_is_told_when_it_begins_once_a_minute_and_when_it_ends(house: House, worker: Worker) -> None:
    away: list[Exception] = [OSError()]

    def asks() -> None:
        if away:
            raise away[0]

    relay = Relay(worker.tools, Post().send, worker.keeper, asks)
    with capture_logs() as logs:
        for _ in range(240):
            relay.try_to_look()
            house.clock.passes(seconds=0.25)
        assert [line["event"] for line in logs] == ["relay.could-not-look"]
        relay.try_to_look()
        assert [line["event"] for line in logs] == ["relay.could-not-look"] * 2
        away[0] = RuntimeError()
        relay.try_to_look()
        relay.try_to_look()
        away.clear()
        relay.try_to_look()
        relay.try_to_look()
    assert [line["event"] for line in logs][2:] == ["relay.could-not-send", "relay.back-again"]


def test_a_message_that_fails_again_and_again_calls_a_person(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_tools: Toolbox, _lease: Lease) -> None:
        raise OSError("the disk is having a bad day")

    topic = replace(topics.TOPICS["version.received"], handle=broken)
    monkeypatch.setitem(topics.TOPICS, "version.received", topic)
    paper = house.paper()
    for _ in range(topic.tries):
        settle(worker, Post(), rounds=1)
        house.clock.passes(hours=1)
    row = house.document(paper)
    assert (row.state, row.trouble) == (VersionState.NEEDS_ATTENTION, "crashed")
    with house.archive.reading() as session:
        assert [message.last_error for message in outbox.dead_messages(session)] == ["OSError"]


@pytest.mark.parametrize("which", ["one", "all"])
def test_what_was_given_up_is_read_when_it_is_sent_again(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    def broken(_tools: Toolbox, _lease: Lease) -> None:
        raise OSError("the disk is having a bad day")

    whole = topics.TOPICS["version.received"]
    monkeypatch.setitem(topics.TOPICS, "version.received", replace(whole, handle=broken, tries=1))
    papers = [note(house, "给水泵房"), note(house, "消防泵房")]
    settle(worker, Post(), rounds=1)
    settle(worker, Post(), rounds=1)
    assert {house.document(paper).state for paper in papers} == {VersionState.NEEDS_ATTENTION}
    monkeypatch.setitem(topics.TOPICS, "version.received", whole)
    with house.archive.reading() as session:
        newest, _ = outbox.dead_messages(session)
    with house.work() as work:
        assert send_again(work, newest.id if which == "one" else None) == (1 if which == "one" else 2)
    settle(worker, Post())
    states = {house.document(paper).state for paper in papers}
    stuck = {VersionState.NEEDS_ATTENTION} if which == "one" else set()
    assert states == {VersionState.SEARCHABLE} | stuck


def test_giving_up_and_its_effect_are_one_transaction(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_tools: Toolbox, _lease: Lease) -> None:
        raise OSError

    def cut_off(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
        raise KeyboardInterrupt

    topic = replace(topics.TOPICS["version.received"], handle=broken, give_up=cut_off, tries=1)
    monkeypatch.setitem(topics.TOPICS, "version.received", topic)
    house.paper()
    with pytest.raises(KeyboardInterrupt):
        settle(worker, Post(), rounds=1)
    with house.archive.reading() as session:
        assert outbox.dead_messages(session) == []


def test_an_only_worker_takes_its_killed_selfs_messages_back_at_once(house: House, worker: Worker) -> None:
    paper = note(house, "text")
    Relay(worker.tools, Post().send, worker.keeper).look()
    worker.take_back()
    settle(worker, Post())
    assert house.document(paper).state is VersionState.SEARCHABLE


def killed_while_at_it(house: House, worker: Worker, post: Post) -> list[Lease]:
    """One look of the relay; then the only worker dies with all that in hand, and the next one starts."""
    post.clear()
    Relay(worker.tools, post.send, worker.keeper, queues=["read"]).look()
    worker.take_back()
    return list(post)


def test_a_paper_that_kills_every_worker_is_given_up_and_harms_no_other(house: House, worker: Worker) -> None:
    killer = note(house, "kills")
    with house.archive.reading() as session:
        (version,) = records.versions(session, killer)
    neighbours: list[DocumentId] = []
    deaths = 0
    while house.document(killer).state is VersionState.RECEIVED:
        neighbours.append(note(house, f"harmless {deaths}"))
        if dies_with(version.id, worker, house):
            deaths += 1
            worker.take_back()
        assert deaths <= outbox.MOST_DEATHS
        house.clock.at += SUSPECT_WAITS
    assert deaths == outbox.MOST_DEATHS
    row = house.document(killer)
    assert (row.state, row.trouble) == (VersionState.NEEDS_ATTENTION, "crashed")
    settle(worker, Post(), rounds=outbox.MOST_DEATHS)
    assert {house.document(paper).state for paper in neighbours} == {VersionState.SEARCHABLE}
    with house.archive.reading() as session:
        (dead,) = outbox.dead_messages(session)
    assert dead.last_error == "WorkerDied"


def test_two_suspects_are_never_out_together(house: House, worker: Worker) -> None:
    for _ in range(2):
        house.paper()
    for _ in range(SUSPECT_AFTER):
        assert len(killed_while_at_it(house, worker, Post())) == 2
    post = Post()
    relay = Relay(worker.tools, post.send, worker.keeper, queues=["read"])
    relay.look()
    relay.look()
    assert len(post) == 1
    fresh = note(house, "fresh")
    relay.look()
    assert len(post) == 2  # others need not wait for it
    worker.handle(post.pop())
    assert house.document(fresh).state is VersionState.READABLE


def test_a_worker_that_is_asked_to_end_blames_nothing(house: House, worker: Worker) -> None:
    paper = note(house, "text")
    for _ in range(50):
        Relay(worker.tools, Post().send, worker.keeper).look()
        worker.let_go()
        worker.take_back()
    settle(worker, Post())
    assert house.document(paper).state is VersionState.SEARCHABLE


def test_what_is_begun_after_the_end_was_asked_for_is_left_alone(house: House, worker: Worker) -> None:
    paper = note(house, "text")
    post = Post()
    Relay(worker.tools, post.send, worker.keeper).look()
    worker.tools.ending.set()
    worker.handle(post[0])
    assert house.document(paper).state is VersionState.RECEIVED


def test_a_relay_that_looks_gives_a_sign_of_life_and_a_stopped_worker_none(
    house: House, worker: Worker
) -> None:
    def seen() -> jobs.Background:
        with house.archive.reading() as session:
            return jobs.background(session, house.clock.now())

    sign = worker.sign_of_life
    sign.give()
    first = seen()
    assert [(w.pid, w.queues, w.alive) for w in first.workers] == [(os.getpid(), jobs.QUEUES, True)]
    house.clock.at += jobs.SIGN_EVERY / 2
    sign.give()
    assert seen() == first  # not written at every look
    house.clock.at += jobs.SIGN_EVERY
    sign.give()
    assert seen().workers[0].seen_at == house.clock.now()
    house.clock.at += jobs.SILENT_AFTER
    assert seen().silent
    sign.give()
    sign.end()
    assert seen().workers == ()


def test_catching_up_mends_an_index_that_lost_everything(house: House, worker: Worker) -> None:
    paper = note(house, "电梯")
    settle(worker, Post())
    with house.archive.reading() as session:
        (version,) = records.versions(session, paper)
    house.archive.index.remove([version.id])
    worker.catch_up()
    assert house.document(paper).state is VersionState.READABLE
    settle(worker, Post())
    assert list(house.archive.index.uids()) == [version.id]


def test_every_periodic_job_runs_and_says_so(house: House, worker: Worker) -> None:
    from workers.job_runs import run_job

    note(house, "text")
    for name in JobName:
        assert run_job(worker.tools, name), name
    with house.archive.reading() as session:
        assert {run.state for run in jobs.recent_runs(session)} == {"done"}


def test_another_workers_clock_does_not_run_a_job_twice(house: House, worker: Worker) -> None:
    from workers.job_runs import ran_just_now, run_job

    assert not ran_just_now(worker.tools, JobName.HOUSEKEEPING)
    run_job(worker.tools, JobName.HOUSEKEEPING)
    assert ran_just_now(worker.tools, JobName.HOUSEKEEPING)
    house.clock.passes(minutes=5)
    assert not ran_just_now(worker.tools, JobName.HOUSEKEEPING)
