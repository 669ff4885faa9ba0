"""A paper changes while it is read, indexed or compared: the index ends with what the database says."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from archive_service import outbox, records, search
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import Description
from archive_service.search import Reconciled, SearchRequest
from archive_service.unit_of_work import UnitOfWork
from search_index import Entry
from search_index.engine import WhooshEngine
from tests.support.counting import counted
from tests.support.house import House, page_facts


@dataclass(frozen=True)
class Counter:
    """Somebody who files papers, and somebody who may not see sensitive ones."""

    house: House
    chen: Actor
    lin: Actor

    def being_read(self) -> DocumentId:
        """A personal paper whose only page is kept, but whose reading isn't finished."""
        paper = self.house.paper(self.chen, title="收楼验收单", class_code="YZ.01")
        with self.house.work() as work:
            version = self.house.document(paper).version_id
            records.start_reading(work, version, media_type="text/plain", pages_total=1, flags=())
            records.keep_page(work, version, page_facts(1, "密封胶"))
        return paper

    def raises(self, work: UnitOfWork, paper: DocumentId) -> None:
        row = records.document(work.session, work.actor, paper)
        told = Description(title=row.title, class_code=row.class_code, level=Level.SENSITIVE)
        records.describe(work, paper, told, revision=row.revision)

    def finishes(self, version_id: int) -> None:
        with self.house.work() as work:
            records.finish_reading(work, version_id)

    def delivers(self) -> int:
        """Do what the background does with all messages to the index; how many there were."""
        count = 0
        while True:
            with self.house.work() as work:
                claimed = outbox.claim(work.session, work.now, "version.read", 10)
            if claimed is None:
                return count
            ids = sorted({int(told["version_id"]) for told in claimed.payloads})
            indexed = search.index_versions(self.house.archive, ids)
            with self.house.work() as work:
                records.mark_searchable(work, indexed)
                outbox.complete(work.session, work.now, claimed.ids, claimed.lease)
            count += len(claimed.ids)

    def total(self, actor: Actor, *, old_versions: bool = False) -> int:
        asked = SearchRequest("密封胶", old_versions=old_versions)
        return search.find(self.house.archive, actor, asked).total

    def until_it_waits(self, future: Future[None]) -> None:
        """Until the other transaction waits for ours, or is through. SQLite lets none begin beside ours anyway."""
        engine = self.house.archive.sessions.engine
        if engine.dialect.name == "sqlite":
            return
        for _ in range(3000):
            if wait([future], timeout=0.01).done:
                return
            with engine.connect() as connection:
                if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                    return
        raise AssertionError("it neither waits nor ends")


@pytest.fixture
def counter(house: House) -> Counter:
    return Counter(house, house.person("陈", "archivist"), house.person("林", "front_desk"))


def beside(counter: Counter, ours: Callable[[UnitOfWork], object], theirs: Callable[[], object]) -> None:
    """``theirs`` begins when ``ours`` is done but not committed, and gets as far as it gets until then."""

    def others() -> None:
        theirs()

    with ThreadPoolExecutor(1) as pool:
        with counter.house.work(counter.chen) as work:
            ours(work)
            work.session.flush()
            future = pool.submit(others)
            counter.until_it_waits(future)
        future.result(timeout=60)


def test_a_level_raised_while_reading_ends_reaches_the_index(counter: Counter) -> None:
    paper = counter.being_read()
    version = counter.house.document(paper).version_id

    def read_and_indexed() -> None:
        counter.finishes(version)
        counter.delivers()

    beside(counter, lambda work: counter.raises(work, paper), read_and_indexed)
    counter.delivers()
    assert (counter.total(counter.chen), counter.total(counter.lin)) == (1, 0)
    assert counter.house.document(paper).state == "searchable"
    assert search.reconcile(counter.house.archive) == Reconciled(0, 0, rebuilt=False)


def test_an_old_version_whose_reading_ends_beside_the_new_one_is_an_old_one(counter: Counter) -> None:
    paper = counter.being_read()
    version = counter.house.document(paper).version_id
    fresh = counter.house.blob(b"fresh")

    def read_and_indexed() -> None:
        counter.finishes(version)
        counter.delivers()

    beside(counter, lambda work: records.add_version(work, paper, fresh, "补页"), read_and_indexed)
    counter.delivers()
    assert counter.total(counter.chen) == 0
    assert counter.total(counter.chen, old_versions=True) == 1


def test_a_message_about_a_version_still_being_read_brings_in_what_is_known_and_marks_nothing(
    counter: Counter,
) -> None:
    paper = counter.being_read()
    with counter.house.work(counter.chen) as work:
        counter.raises(work, paper)
    assert counter.delivers() == 2  # one of them from when it was registered
    assert counter.house.document(paper).state == "reading"
    assert counter.house.archive.index.count() == 1
    assert counter.total(counter.chen) == 0
    counter.finishes(counter.house.document(paper).version_id)
    assert counter.delivers() == 1
    assert counter.total(counter.chen) == 1


def test_an_older_text_is_not_left_over_a_newer_one(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = counter.being_read()
    version = counter.house.document(paper).version_id
    counter.finishes(version)
    real, meanwhile = WhooshEngine.put, [lambda work: counter.raises(work, paper)]

    def put(engine: WhooshEngine, entries: Iterable[Entry]) -> int:
        read = list(entries)
        while meanwhile:
            with counter.house.work(counter.chen) as work:
                meanwhile.pop()(work)
            # Another host is faster and puts what stands there now.
            search.index_versions(counter.house.archive, [version])
        return real(engine, read)

    monkeypatch.setattr(WhooshEngine, "put", put)
    search.index_versions(counter.house.archive, [version])
    assert (counter.total(counter.chen), counter.total(counter.lin)) == (1, 0)


def test_what_changed_after_it_was_put_is_announced_again_and_not_called_searchable(counter: Counter) -> None:
    paper = counter.being_read()
    version = counter.house.document(paper).version_id
    unread = search.index_versions(counter.house.archive, [version])
    assert list(unread) == [version]
    counter.finishes(version)
    indexed = search.index_versions(counter.house.archive, [version])
    with counter.house.work(counter.chen) as work:
        counter.raises(work, paper)
    for told in (unread, indexed):
        before = len(announced(counter.house))
        with counter.house.work() as work:
            records.mark_searchable(work, told)
        assert counter.house.document(paper).state == "readable"
        assert len(announced(counter.house)) == before + 1
    counter.delivers()
    assert counter.house.document(paper).state == "searchable"
    assert (counter.total(counter.chen), counter.total(counter.lin)) == (1, 0)


def test_a_paper_closed_since_the_index_was_written_is_counted_for_nobody_who_may_not_see_it(
    counter: Counter,
) -> None:
    """The background stands still: what the index holds is what it was."""
    house, paper = counter.house, counter.being_read()
    counter.finishes(house.document(paper).version_id)
    house.paper(counter.chen, title="密封圈台账", class_code="WS.02", level=Level.INTERNAL)
    draft = house.paper(counter.lin, title="密封胶草稿")
    counter.delivers()
    asked = SearchRequest("密封 OR 收楼")

    def told(actor: Actor) -> tuple[int, list[tuple[str, int]], tuple[str, ...]]:
        found = search.find(house.archive, actor, asked)
        classes = [(v.value, v.count) for f in found.facets if f.name == "class" for v in f.values]
        assert len(found.hits) == found.total
        return found.total, classes, search.suggest(house.archive, actor, "收")

    def hinted() -> list[str]:
        """A search by a day, where no paper that holds the word has one."""
        asked = SearchRequest("密封胶 before:2000")
        return [hint.code for hint in search.find(house.archive, counter.lin, asked).hints]

    assert "undated" in hinted()
    assert told(counter.lin)[0] == 3 and "收楼验收单" in "".join(told(counter.lin)[2])
    before = told(counter.chen)
    with counted(house.archive.sessions.engine) as few:
        told(counter.lin)
    with house.work(counter.chen) as work:
        counter.raises(work, paper)
    with house.work(counter.lin) as work:
        records.discard(work, draft)
    with counted(house.archive.sessions.engine) as many:
        assert told(counter.lin) == (1, [("WS.02", 1)], ())
    assert few.count == many.count
    assert told(counter.chen) == (before[0] - 1, before[1], before[2])
    assert "undated" not in hinted()
    # Also while its messages are given up, and after the index caught up.
    with house.work() as work:
        work.session.execute(text("UPDATE outbox_message SET dead_at = created_at WHERE done_at IS NULL"))
    assert told(counter.lin)[0] == 1
    with house.work() as work:
        work.session.execute(text("UPDATE outbox_message SET dead_at = NULL WHERE done_at IS NULL"))
    counter.delivers()
    assert told(counter.lin) == (1, [("WS.02", 1)], ())


def announced(house: House) -> list[int]:
    with house.archive.reading() as session:
        return [told["version_id"] for told in outbox.open_payloads(session, "version.read")]


def test_entries_that_tell_of_former_times_are_found_and_announced(counter: Counter) -> None:
    house = counter.house
    paper = counter.being_read()
    version = house.document(paper).version_id
    counter.finishes(version)
    with house.archive.reading() as session:
        former = [search.service.entry_of(told) for told in records.version_texts(session, [version])]
    with house.work(counter.chen) as work:
        counter.raises(work, paper)
    counter.delivers()
    house.archive.index.put(former)
    assert counter.total(counter.lin) == 1
    assert search.reconcile(house.archive) == Reconciled(0, 0, rebuilt=False, stale=1)
    # Announced once, it is on its way.
    assert search.reconcile(house.archive) == Reconciled(0, 0, rebuilt=False)
    assert counter.delivers() == 1
    assert counter.total(counter.lin) == 0


def test_a_version_whose_message_was_given_up_is_announced_by_the_comparison(counter: Counter) -> None:
    house = counter.house
    paper = counter.being_read()
    counter.finishes(house.document(paper).version_id)
    for _ in range(6):
        house.clock.passes(hours=1)
        with house.work() as work:
            claimed = outbox.claim(work.session, work.now, "version.read", 10)
            assert claimed is not None
            outbox.fail(work.session, work.now, claimed.ids, claimed.lease, "OSError")
    assert announced(house) == []
    assert search.reconcile(house.archive) == Reconciled(1, 0, rebuilt=False)
    assert counter.delivers() == 1
    assert counter.total(counter.chen) == 1
