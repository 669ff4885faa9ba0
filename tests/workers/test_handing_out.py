"""The relay and the worker's handling, with real messages on a real database; only the broker is left out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from archive_service import outbox, records
from archive_service.jobs import JobName
from archive_service.kernel.ids import DocumentId
from archive_service.outbox.rules import LEASE
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


class Post(list[Lease]):
    """Where the relay's messages go instead of a broker."""

    def send(self, _queue: str, lease: Lease) -> None:
        self.append(lease)


def note(house: House, text: str) -> DocumentId:
    """A plain text, read without pictures."""
    with house.work() as work:
        return records.add_document(work, house.blob(text.encode(), "便条.txt"), Description())


def settle(worker: Worker, post: Post, rounds: int = 6) -> None:
    relay = Relay(worker.tools, post.send)
    for _ in range(rounds):
        relay.look()
        while post:
            worker.handle(post.pop(0))


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
    relay = Relay(worker.tools, post.send)
    relay.look()
    relay.look()
    assert len(post) == worker.tools.settings.reader_count + 1


def test_the_index_gets_its_batches_one_after_another(house: House, worker: Worker) -> None:
    post = Post()
    relay = Relay(worker.tools, post.send)
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
    relay = Relay(worker.tools, post.send)
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
    Relay(worker.tools, Post().send).look()
    worker.take_back()
    settle(worker, Post())
    assert house.document(paper).state is VersionState.SEARCHABLE


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
    from archive_service import jobs
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
