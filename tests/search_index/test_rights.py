"""Nothing that the tokens don't open may change a byte of any answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bench.corpus import documents
from search_index import Request, SearchEngine
from tests.search_index.conftest import ENGINES, made

OPEN = frozenset({"PUBLIC/KU", "PUBLIC/WS", "INTERNAL/WS", "PERSONAL/YZ", "PUBLIC/YZ"})
SECRET = "绝密词"


def everything_one_can_ask(engine: SearchEngine) -> list[object]:
    """All that a person may see of an index: sets, counts, order, scores, snippets, facets, suggestions."""
    queries = [
        "",
        "业主",
        "主",
        "绝",
        "电梯 OR 绝密",
        f"-{SECRET}",
        "ZX-2026*",
        "9-9999",
        "level:TOP",
        "owner:绝",
        "class:SECRET",
        "year:1949",
        "before:1950",
        "渗漏 业主 OR 锈蚀",
        "in:file",
        '"。"',
        "unit:9-9999",
    ]
    answers: list[object] = [
        engine.search(Request(query, OPEN, sort=sort, limit=100, offset=offset, old_versions=old))
        for query in queries
        for sort in ("relevance", "newest", "oldest")
        for offset in (0, 5)
        for old in (False, True)
    ]
    answers.append(engine.search(Request("业主", OPEN, filters={"level": ("TOP",), "building": ("9栋",)})))
    answers.extend(engine.suggest(prefix, OPEN, 100) for prefix in ("业", "绝", "ZX", "9", "电", "S"))
    return answers


@pytest.mark.parametrize("kind", ENGINES)
def test_a_word_in_a_hidden_document_changes_no_byte_of_any_answer(kind: str, tmp_path: Path) -> None:
    entries = list(documents(120, seed=5, characters=150))
    planted = [
        made(
            50_000 + n,
            f"{SECRET}业主电梯 ZX-2026-9999",
            f"{SECRET}业主渗漏锈蚀电梯。" * 20,
            owner=SECRET,
            unit="9-9999",
            number="ZX-2026-9999",
            class_code="SECRET.01",
            building="9栋",
            state="secret",
            level="TOP",
            rights="TOP/SECRET",
            day=date(1949, 10, 1),
            file="ZX-2026-9999",
        )
        for n in range(30)
    ]
    without, with_hidden = ENGINES[kind](tmp_path / "without"), ENGINES[kind](tmp_path / "with")
    without.put(entries)
    with_hidden.put(entries[:40] + planted[:10])
    with_hidden.put(planted[10:] + entries[40:])
    assert with_hidden.count() == without.count() + 30
    assert with_hidden.search(Request(SECRET, frozenset({"TOP/SECRET"}))).total == 30

    asked, told = everything_one_can_ask(without), everything_one_can_ask(with_hidden)
    assert repr(told) == repr(asked)
    assert SECRET not in repr([answer for answer in told if isinstance(answer, tuple)])


def test_a_document_that_is_raised_out_of_sight_is_gone_at_once(engine: SearchEngine) -> None:
    open_to_all = made(1, "电梯年检", "电梯", rights="PUBLIC/WS")
    engine.put([open_to_all])
    assert engine.search(Request("电梯", OPEN)).total == 1
    engine.put([replace(open_to_all, rights="SENSITIVE/WS")])
    assert engine.search(Request("电梯", OPEN)).total == 0
    assert engine.suggest("电", OPEN) == ()


def test_no_tokens_open_nothing(filled: SearchEngine) -> None:
    answer = filled.search(Request("", frozenset()))
    assert (answer.total, answer.hits) == (0, ())
    assert all(counts == () for counts in answer.facets.values())


def test_a_token_is_compared_whole(engine: SearchEngine) -> None:
    engine.put([made(1, "电梯", rights="PUBLIC/WS")])
    for near in ("PUBLIC", "PUBLIC/", "public/ws", "PUBLIC/W", "PUBLIC/WSX", ""):
        assert engine.search(Request("电梯", frozenset({near}))).total == 0
