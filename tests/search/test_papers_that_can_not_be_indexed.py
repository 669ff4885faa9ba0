"""One paper that can't be put into the index keeps no other out, and is named."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner

from archive_service import outbox, search
from archive_service.home.service import check_consistency
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.outbox import MOST_TRIES
from archive_service.records import VersionText
from archive_service.search import Reconciled, service
from archive_service.search.cli import index
from search_index import Entry, IndexBusy
from search_index.engine import WhooshEngine
from tests.search.test_finding import titles
from tests.search.test_keeping_the_index import damage
from tests.support.house import House
from workers.leases import Lease
from workers.runtime import Worker


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def worker(house: House) -> Iterator[Worker]:
    made = Worker(house.archive)
    yield made
    made.tools.reader.close()


def papers(house: House, chen: Actor, count: int = 9) -> list[DocumentId]:
    return [house.paper(chen, title=f"收楼单{n}", class_code="YZ.01") for n in range(count)]


@pytest.fixture(params=["no entry", "not by the engine"])
def spoilt(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """收楼单4 can't be put into the index."""
    real = service.entry_of

    def entry_of(text: VersionText) -> Entry:
        if text.title != "收楼单4":
            return real(text)
        if request.param == "no entry":
            raise ValueError(text.title)
        return replace(real(text), stamp=2**80)  # beyond what a column of the index holds

    monkeypatch.setattr(service, "entry_of", entry_of)


def deliver(house: House, worker: Worker, times: int = 1) -> None:
    for _ in range(times):
        with house.work() as work:
            claimed = outbox.claim(work.session, work.now, "version.read", 200)
        if claimed is not None:
            worker.handle(Lease("version.read", claimed.lease, claimed.ids))
        house.clock.passes(hours=1)


@pytest.mark.usefixtures("spoilt")
def test_the_others_of_its_batch_get_in_and_it_is_given_up_alone(
    house: House, chen: Actor, worker: Worker
) -> None:
    documents = papers(house, chen)
    deliver(house, worker)
    assert set(titles(house, chen, "收楼单")) == {f"收楼单{n}" for n in range(9) if n != 4}
    bad = house.document(documents[4]).version_id
    with house.archive.reading() as session:
        assert search.announced_versions(session) == {bad}
        assert outbox.dead_messages(session) == []
    deliver(house, worker, MOST_TRIES - 1)
    with house.archive.reading() as session:
        (dead,) = outbox.dead_messages(session)
        assert (dead.topic, dead.attempts) == ("version.read", MOST_TRIES)
        assert dead.last_error in ("ValueError", "OverflowError")
    assert [finding.subject for finding in check_consistency(house.archive).findings] == [
        f"version 1 of document {documents[4]}"
    ]


@pytest.mark.usefixtures("spoilt")
def test_a_rebuild_goes_on_without_it_and_names_it(house: House, chen: Actor) -> None:
    documents = papers(house, chen)
    answer = CliRunner().invoke(index, ["rebuild"], obj=house.archive)
    assert answer.exit_code == 1
    assert answer.stdout == "8 versions are in the index\n"
    assert f"version 1 of document {documents[4]} could not be put into it" in answer.stderr
    assert "收楼单4" not in answer.output
    assert len(titles(house, chen, "收楼单")) == 8


@pytest.mark.usefixtures("spoilt")
def test_a_damaged_index_is_built_anew_without_it(house: House, chen: Actor) -> None:
    bad = house.document(papers(house, chen)[4]).version_id
    damage(house)
    assert search.reconcile(house.archive) == Reconciled(0, 0, rebuilt=True, refused=(bad,))
    assert len(titles(house, chen, "收楼单")) == 8


def test_texts_that_can_not_be_read_from_the_database_are_looked_at_one_by_one(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = papers(house, chen, 3)
    bad = house.document(documents[1]).version_id
    real = service.records.version_texts

    def version_texts(session: object, ids: list[int]) -> list[VersionText]:
        if bad in ids:
            raise LookupError
        return real(session, ids)  # type: ignore[arg-type]  # a session, as the service hands it on

    monkeypatch.setattr(service.records, "version_texts", version_texts)
    refused: dict[int, str] = {}
    assert search.rebuild(house.archive, refused=lambda i, e: refused.update({i: type(e).__name__})) == 2
    assert refused == {bad: "LookupError"}


@pytest.mark.parametrize("fault", [IndexBusy, OSError])
def test_a_fault_of_the_index_or_the_disk_is_blamed_on_no_paper(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    documents = papers(house, chen, 4)
    tries: list[WhooshEngine] = []

    def put(engine: WhooshEngine, _entries: object) -> int:
        tries.append(engine)
        raise fault

    monkeypatch.setattr(WhooshEngine, "put", put)
    ids = [house.document(document).version_id for document in documents]
    refused: list[int] = []
    with pytest.raises(fault):
        search.index_versions(house.archive, ids, lambda i, _error: refused.append(i))
    assert (len(tries), refused) == (1, [])
