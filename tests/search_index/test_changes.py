"""Puts, replacements, removals: what other threads and processes see of them, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bench.corpus import documents
from search_index import Entry, Request, SearchEngine, open_engine
from tests.search_index.conftest import ENGINES, EVERYTHING, made

ALL = frozenset({"INTERNAL/WS"})


def uids(engine: SearchEngine, query: str = "") -> set[int]:
    return {hit.uid for hit in engine.search(Request(query, ALL, limit=100)).hits}


def test_a_replaced_document_is_found_by_its_new_words_only(engine: SearchEngine) -> None:
    engine.put([made(1, "电梯"), made(2, "水泵")])
    assert engine.put([made(1, "消防"), made(3, "门禁")]) == 2
    assert (uids(engine, "电梯"), uids(engine, "消防"), uids(engine)) == (set(), {1}, {1, 2, 3})
    assert engine.count() == 3


def test_the_last_of_two_entries_with_one_uid_counts(engine: SearchEngine) -> None:
    engine.put([made(1, "电梯"), made(1, "水泵")])
    assert (uids(engine, "电梯"), uids(engine, "水泵"), engine.count()) == (set(), {1}, 1)


def test_removed_documents_are_gone_and_removing_again_is_nothing(engine: SearchEngine) -> None:
    engine.put(made(uid, "电梯") for uid in range(1, 6))
    assert engine.remove([2, 4, 99]) == 2
    assert engine.remove([2, 4]) == 0
    assert engine.remove([]) == 0
    assert uids(engine, "电梯") == {1, 3, 5}
    assert list(engine.uids()) == [1, 3, 5]
    assert list(engine.uids(after=3)) == [5]
    engine.remove([1, 3, 5])
    assert (uids(engine), engine.count(), list(engine.uids())) == (set(), 0, [])


def test_nothing_put_changes_nothing(engine: SearchEngine) -> None:
    assert engine.put([]) == 0
    assert engine.count() == 0


def test_many_small_puts_are_merged_on_the_way_and_by_tidying(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "index")
    for uid in range(60):
        engine.put([made(uid, f"电梯{uid}", "水泵" if uid % 2 else "门禁")])
    engine.remove(range(0, 60, 10))
    left = {uid for uid in range(60) if uid % 10}
    before = engine.search(Request("电梯", ALL, limit=100))
    segments = len(list((tmp_path / "index").glob("g*/*.trm")))
    assert segments < 40
    engine.tidy()
    assert len(list((tmp_path / "index").glob("g*/*.trm"))) < segments
    assert engine.search(Request("电梯", ALL, limit=100)) == before
    assert uids(engine, "电梯") == left
    assert uids(engine, "门禁") == {uid for uid in left if not uid % 2}
    assert engine.suggest("电", ALL) == open_engine(tmp_path / "index").suggest("电", ALL)


@pytest.mark.parametrize("kind", ENGINES)
def test_another_engine_on_the_same_index_sees_each_commit(kind: str, tmp_path: Path) -> None:
    writer, reader = ENGINES[kind](tmp_path / "index"), ENGINES[kind](tmp_path / "index")
    assert uids(reader) == set()
    for uid in range(5):
        writer.put([made(uid, "电梯"), made(100, f"第{uid}版")])
        assert uids(reader, "电梯") == set(range(uid + 1))
        assert uids(reader, f"第{uid}版") == {100}
    writer.remove([0])
    assert uids(reader, "电梯") == {1, 2, 3, 4}


def test_many_threads_ask_while_one_writes(engine: SearchEngine) -> None:
    """Each document always says 甲 and one of 乙, 丙 on its page: no answer may see it between two states."""
    engine.put(made(uid, "", "甲乙") for uid in range(40))
    stop = threading.Event()

    def ask() -> int:
        asked = 0
        while not stop.is_set() or asked < 5:
            answer = engine.search(Request("甲", ALL, limit=100))
            assert answer.total == len({hit.uid for hit in answer.hits}) == 40
            assert all("甲" in "".join(text for text, _ in hit.snippet) for hit in answer.hits)
            both = engine.search(Request("甲乙 OR 甲丙", ALL, limit=100))
            assert both.total == 40
            assert engine.search(Request(f"甲丁{asked % 7}", ALL)).total == 0
            engine.suggest("甲", ALL)
            asked += 1
        return asked

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask) for _ in range(8)]
        try:
            for turn in range(12):
                engine.put(made(uid, "", "甲丙" if turn % 2 == 0 else "甲乙") for uid in range(turn, 40, 3))
        finally:
            stop.set()
        assert all(each.result() >= 5 for each in asking)


def test_two_processes_may_put_at_once(tmp_path: Path) -> None:
    """The writer's lock makes them wait for each other; nothing is lost."""
    index = tmp_path / "index"
    engine = open_engine(index)
    child = _writer(index, first=1_000, turns=6)
    for turn in range(6):
        engine.put([made(turn, "电梯")])
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert output.split() == [str(1_000 + turn) for turn in range(6)]
    assert set(engine.uids()) == {*range(6), 99, *range(1_000, 1_006)}


_WRITER = """
import sys
from pathlib import Path
from search_index import open_engine
from tests.search_index.conftest import made
engine = open_engine(Path(sys.argv[1]))
first, turns = int(sys.argv[2]), int(sys.argv[3])
for turn in range(turns):
    engine.put([made(first + turn, "电梯", "正文" * 400), made(99, f"第{turn}版", "电梯")])
    print(first + turn, flush=True)
"""


def _writer(index: Path, first: int, turns: int) -> subprocess.Popen[str]:
    """A process that puts one document after the other, and says so after each commit."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(index), str(first), str(turns)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("acknowledged", [1, 4, 9])
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    index = tmp_path / "index"
    child = _writer(index, first=100, turns=10_000)
    assert child.stdout is not None
    said = [int(child.stdout.readline()) for _ in range(acknowledged)]
    child.send_signal(signal.SIGKILL)
    said.extend(map(int, child.stdout.read().split()))
    child.wait()
    child.stdout.close()

    engine = open_engine(index)
    engine.healthy()
    kept = list(engine.uids())
    assert len(kept) == len(set(kept))
    assert {99, *said} <= set(kept) <= {99, *said, max(said) + 1}
    answer = engine.search(Request("电梯", ALL, limit=100))
    assert answer.total == len(kept)
    assert [hit.uid for hit in answer.hits].count(99) == 1
    engine.put([made(1, "重新开始")])
    engine.tidy()
    assert set(engine.uids()) == {1, *kept}


def test_a_large_put_is_split_and_whole(engine: SearchEngine) -> None:
    page = "电梯" * 200_000
    assert engine.put([made(uid, f"第{uid}号", page, "末页") for uid in range(10)]) == 10
    assert uids(engine, "末页") == set(range(10))
    (hit, *_) = engine.search(Request("末页", ALL)).hits
    assert hit.page == 2


def test_entries_keep_what_they_say_through_merges(tmp_path: Path) -> None:
    entries: list[Entry] = [replace(entry, current=True) for entry in documents(50, seed=3, characters=1_500)]
    engine = open_engine(tmp_path / "index")
    for start in range(0, 50, 7):
        engine.put(entries[start : start + 7])
    before = [
        engine.search(Request(query, EVERYTHING, limit=100)) for query in ("", "业主", "电梯 渗漏", "ZX*")
    ]
    engine.tidy()
    engine.put([entries[0]])
    assert [
        engine.search(Request(q, EVERYTHING, limit=100)) for q in ("", "业主", "电梯 渗漏", "ZX*")
    ] == before


def test_stamps_come_back_as_they_were_put_and_survive_merging(engine: SearchEngine) -> None:
    assert list(engine.stamps()) == []
    for uid in range(40, 0, -1):
        engine.put([replace(made(uid, "电梯"), stamp=uid * 10)])
    engine.put([replace(made(7, "水泵"), stamp=2**40)])
    engine.remove([8])
    engine.tidy()
    told = dict(engine.stamps())
    assert list(told) == list(engine.uids()) == [uid for uid in range(1, 41) if uid != 8]
    assert (told[6], told[7], told[9]) == (60, 2**40, 90)
    assert list(engine.stamps(after=38)) == [(39, 390), (40, 400)]
