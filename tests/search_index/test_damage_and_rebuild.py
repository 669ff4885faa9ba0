"""An index is disposable: damage is told, and a rebuild takes over while everything goes on."""

from __future__ import annotations

import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search_index import Entry, IndexBusy, IndexDamaged, QueryError, Request, SearchEngine, open_engine
from tests.search_index.conftest import made

ALL = frozenset({"INTERNAL/WS"})


def entries(count: int, title: str = "电梯") -> Iterator[Entry]:
    return (made(uid, title, f"第{uid}份") for uid in range(1, count + 1))


def uids(engine: SearchEngine, query: str = "") -> set[int]:
    return {hit.uid for hit in engine.search(Request(query, ALL, limit=100)).hits}


def test_a_new_index_is_empty_healthy_and_its_owners_alone(tmp_path: Path) -> None:
    index = tmp_path / "deep" / "index"
    engine = open_engine(f"whoosh://{index}")
    engine.healthy()
    assert (engine.count(), uids(engine)) == (0, set())
    assert stat.S_IMODE(index.stat().st_mode) == 0o700
    with pytest.raises(ValueError, match="no search engine"):
        open_engine("redis://somewhere")


def _delete_everything(index: Path) -> None:
    shutil.rmtree(index)


def _delete_folder(index: Path) -> None:
    (folder,) = index.glob("g*")
    shutil.rmtree(folder)


def _point(index: Path, content: str) -> None:
    (index / "CURRENT").write_text(content)


def _each(index: Path, pattern: str, change: Callable[[bytes], bytes]) -> None:
    files = list(index.glob(f"g*/{pattern}"))
    assert files
    for file in files:
        file.write_bytes(change(file.read_bytes()))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "deleted": _delete_everything,
    "folder deleted": _delete_folder,
    "foreign pointer": lambda index: _point(index, "something else"),
    "other format": lambda index: _point(index, '{"format": 99, "folder": "g1"}'),
    "pointer out of the index": lambda index: _point(index, '{"format": 2, "folder": "../../x"}'),
    "contents cut": lambda index: _each(index, "*.toc", lambda content: content[: len(content) // 2]),
    "contents garbage": lambda index: _each(index, "*.toc", lambda content: b"\x07" * len(content)),
    "postings cut": lambda index: _each(index, "*.pst", lambda content: content[:100]),
    "postings garbage": lambda index: _each(index, "*.pst", lambda content: b"\xee" * len(content)),
    "terms cut": lambda index: _each(index, "*.trm", lambda content: content[: len(content) // 2]),
    "terms empty": lambda index: _each(index, "*.trm", lambda content: b""),
    "texts cut": lambda index: _each(index, "*.text.col", lambda content: content[:50]),
    "texts garbage": lambda index: _each(index, "*.text.col", lambda content: b"\xff" * len(content)),
    "shown garbage": lambda index: _each(index, "*.shown.col", lambda content: b"\x00" * len(content)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_damage_is_told_and_mended_by_a_rebuild(damage: Callable[[Path], None], tmp_path: Path) -> None:
    index = tmp_path / "index"
    open_engine(index).put(entries(30))
    running = open_engine(index)
    damage(index)
    if index.exists():
        fresh = open_engine(index)
        with pytest.raises(IndexDamaged):
            fresh.healthy()
    else:
        fresh = running
        with pytest.raises(IndexDamaged):
            running.search(Request("电梯", ALL))
    with pytest.raises(QueryError):
        fresh.search(Request("(", ALL))
    assert fresh.rebuild(made(uid, "电梯") for uid in range(31, 61)) == 30
    fresh.healthy()
    assert uids(fresh, "电梯") == uids(running, "电梯") == set(range(31, 61))


def test_a_foreign_directory_is_not_taken_for_an_index(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "letter.txt").write_text("not an index")
    engine = open_engine(tmp_path / "index")
    with pytest.raises(IndexDamaged):
        engine.count()
    engine.rebuild(entries(3))
    assert uids(engine) == {1, 2, 3}
    assert (tmp_path / "index" / "letter.txt").read_text() == "not an index"


def test_search_goes_on_with_the_old_index_until_the_new_one_is_whole(tmp_path: Path) -> None:
    engine, other = open_engine(tmp_path / "index"), open_engine(tmp_path / "index")
    engine.put(entries(20, "旧电梯"))
    told: list[int] = []

    def feed() -> Iterator[Entry]:
        for entry in entries(12_000, "新电梯"):
            if entry.uid % 2_500 == 0:
                for reader in (engine, other):
                    assert reader.search(Request("旧电梯", ALL)).total == 20
                    assert reader.search(Request("新电梯", ALL)).total == 0
            yield entry

    assert engine.rebuild(feed(), told.append) == 12_000
    assert told == [5_000, 10_000, 12_000]
    for reader in (engine, other):
        assert reader.search(Request("旧电梯", ALL)).total == 0
        assert reader.search(Request("新电梯", ALL)).total == 12_000
        assert reader.count() == 12_000
    assert len(list((tmp_path / "index").glob("g*"))) == 1


def test_what_changes_during_a_rebuild_wins_over_what_the_rebuild_read(tmp_path: Path) -> None:
    engine, other = open_engine(tmp_path / "index"), open_engine(tmp_path / "index")
    engine.put(entries(10, "旧"))

    def feed() -> Iterator[Entry]:
        for entry in entries(5_010, "读到的"):
            if entry.uid == 5_002:  # the first chunk of 5,000 is written by now
                other.put([made(1, "后来的"), made(5_005, "后来的"), made(9_999, "后来的")])
                other.remove([2, 5_006])
                assert uids(other, "后来的") == {1, 5_005, 9_999}
            yield entry

    engine.rebuild(feed())
    for reader in (engine, other):
        assert uids(reader, "后来的") == {1, 5_005, 9_999}
        assert reader.search(Request("读到的", ALL)).total == 5_010 - 4
        assert list(reader.uids(after=5_003)) == [5_004, 5_005, 5_007, 5_008, 5_009, 5_010, 9_999]


def test_a_put_during_the_mending_of_a_damaged_index_is_kept(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index")
    engine.put(entries(3, "旧"))
    _delete_folder(tmp_path / "index")
    with pytest.raises(IndexDamaged):
        open_engine(tmp_path / "index").put([made(50, "太早")])

    def feed() -> Iterator[Entry]:
        yield from entries(3)
        engine.put([made(60, "期间")])

    engine.rebuild(feed())
    assert uids(engine) == {1, 2, 3, 60}


def test_a_rebuild_that_fails_leaves_the_old_index_and_no_trace(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index")
    engine.put(entries(3, "旧"))

    def broken() -> Iterator[Entry]:
        yield from entries(6_000)
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        engine.rebuild(broken())
    engine.put([made(4, "旧")])
    assert uids(engine, "旧") == {1, 2, 3, 4}
    engine.tidy()
    assert len(list((tmp_path / "index").glob("g*"))) == 1


def test_one_rebuild_at_a_time(tmp_path: Path) -> None:
    engine, other = open_engine(tmp_path / "index"), open_engine(tmp_path / "index")
    refused: list[BaseException] = []

    def feed() -> Iterator[Entry]:
        with pytest.raises(IndexBusy) as busy:
            other.rebuild(entries(1))
        refused.append(busy.value)
        yield from entries(2)

    engine.rebuild(feed())
    assert len(refused) == 1
    assert uids(engine) == {1, 2}


def test_threads_that_ask_across_a_swap_always_get_a_whole_answer(engine: SearchEngine) -> None:
    engine.put(entries(30))
    stop = threading.Event()
    seen: set[int] = set()
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            while not stop.is_set():
                seen.add(engine.search(Request("电梯", ALL, limit=5)).total)
        except BaseException as error:  # handed to the test
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for size in (40, 50, 60):
        engine.rebuild(entries(size))
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
    assert seen <= {30, 40, 50, 60}
    assert engine.search(Request("电梯", ALL)).total == 60
