"""What an answer shows and in which order."""

from __future__ import annotations

from datetime import date

from search_index import Needle, Request, SearchEngine
from tests.search_index.conftest import made

ALL = frozenset({"INTERNAL/WS"})


def ordered(engine: SearchEngine, query: str, **more: object) -> list[int]:
    return [hit.uid for hit in engine.search(Request(query, ALL, **more)).hits]  # type: ignore[arg-type]  # by name


def test_a_hit_names_its_page_and_marks_the_words_as_written(engine: SearchEngine) -> None:
    engine.put([made(1, "電梯年检报告", "封面", "第二页讲电 梯与水泵", "第三页只有水泵")])
    (hit,) = engine.search(Request("电梯 水泵", ALL)).hits
    assert hit.page == 2
    assert hit.title == (("電梯", True), ("年检报告", False))
    assert hit.snippet == (("第二页讲", False), ("电 梯", True), ("与", False), ("水泵", True))


def test_a_hit_in_the_title_alone_has_no_page(engine: SearchEngine) -> None:
    engine.put([made(1, "电梯年检", "正文说别的"), made(2, "电梯照片")])
    hits = engine.search(Request("电梯", ALL)).hits
    assert [(hit.page, hit.snippet) for hit in hits] == [(None, ()), (None, (("正文说别的", False),))]


def test_the_answer_says_what_to_frame(engine: SearchEngine) -> None:
    answer = engine.search(Request("电梯 -水泵 3-1201", ALL))
    assert answer.terms == (Needle("电梯"), Needle("31201", "identifier", "3/1201"))
    assert (answer.total, answer.hits) == (0, ())


def test_title_before_text_then_often_then_the_newest(engine: SearchEngine) -> None:
    engine.put(
        [
            made(1, "巡检", "电梯一次", day=date(2026, 1, 1)),
            made(2, "巡检", "电梯一次", day=date(2026, 2, 1)),
            made(3, "巡检", "电梯电梯电梯", day=date(2020, 1, 1)),
            made(4, "电梯巡检", "别的", day=date(2019, 1, 1)),
            made(5, "巡检", "电梯一次", day=None),
        ]
    )
    assert ordered(engine, "电梯") == [4, 3, 2, 1, 5]


def test_dates_run_both_ways_and_the_undated_come_last(engine: SearchEngine) -> None:
    days = {1: date(2024, 5, 1), 2: None, 3: date(2026, 1, 1), 4: date(2024, 5, 1), 5: date(1999, 1, 1)}
    engine.put(made(uid, "电梯", day=day) for uid, day in days.items())
    assert ordered(engine, "电梯", sort="newest") == [3, 4, 1, 5, 2]
    assert ordered(engine, "电梯", sort="oldest") == [5, 1, 4, 3, 2]


def test_windows_cut_the_same_order(engine: SearchEngine) -> None:
    engine.put(
        made(uid, "电梯" if uid % 3 else "巡检", "电梯", day=date(2026, 1, uid % 7 + 1)) for uid in range(60)
    )
    whole = ordered(engine, "电梯", limit=100)
    assert sorted(whole) == list(range(60))
    assert [
        uid for start in range(0, 60, 7) for uid in ordered(engine, "电梯", offset=start, limit=7)
    ] == whole
    assert ordered(engine, "电梯", offset=60) == []
    assert ordered(engine, "电梯", limit=0) == []
    assert len(ordered(engine, "", limit=10_000)) == 60


def test_the_order_does_not_depend_on_how_entries_came_in(engine: SearchEngine) -> None:
    entries = [
        made(uid, "电梯" * (uid % 4), "水泵电梯" * (uid % 5), day=date(2026, 1, uid % 9 + 1))
        for uid in range(40)
    ]
    for entry in reversed(entries):
        engine.put([entry])
    one_by_one = engine.search(Request("电梯 OR 水泵", ALL, limit=100))
    engine.rebuild(iter(entries))
    assert engine.search(Request("电梯 OR 水泵", ALL, limit=100)) == one_by_one


def test_suggestions_complete_words_and_identifiers(engine: SearchEngine) -> None:
    engine.put(
        [
            made(1, "二次装修申请表", number="ZX-2026-0045", unit="3-1201"),
            made(2, "二次装修验收", number="ZX-2026-0046"),
            made(3, "收楼验收单", number="RH-2026-0001", current=False),
        ]
    )
    assert engine.suggest("装", ALL)[:1] == ("装修",)
    assert engine.suggest("zx－20", ALL) == ("ZX-2026-0045", "ZX-2026-0046")
    assert engine.suggest("3-12", ALL) == ("3-1201",)
    assert engine.suggest("RH", ALL) == ()
    assert engine.suggest("二", ALL, 1) == ("二次",)
    assert engine.suggest("", ALL) == ()
    assert engine.suggest("装", frozenset()) == ()
