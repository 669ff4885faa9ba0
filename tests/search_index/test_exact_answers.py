"""Every answer is the exact set: compared with looking at every text for every question."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_index import Entry, Request, SearchEngine, normalise
from tests.search_index import truth
from tests.search_index.conftest import EVERYTHING

RIGHTS = (
    EVERYTHING,
    frozenset(token for token in EVERYTHING if token.startswith(("PUBLIC", "INTERNAL"))),
    frozenset({"PERSONAL/YZ", "PUBLIC/KU"}),
)
Judge = Callable[[Entry], bool]


def found(engine: SearchEngine, query: str, allowed: frozenset[str] = EVERYTHING, **more: object) -> set[int]:
    """Uids of the whole answer, page by page; counts must agree with what comes."""
    uids: list[int] = []
    while True:
        answer = engine.search(
            Request(query, allowed, offset=len(uids), limit=100, facets=False, **more)  # type: ignore[arg-type]  # by name
        )
        uids.extend(hit.uid for hit in answer.hits)
        if not answer.hits:
            break
    assert len(uids) == len(set(uids)) == answer.total
    return set(uids)


def literal(text: str, part: str = "all") -> Judge:
    return lambda entry: any(truth.holds_literal(each, text) for each in truth.fields(entry)[part])


def identifier(text: str, part: str = "all", *, open_end: bool = False) -> Judge:
    """Of an identifier that is a flat's name, any form of that name will do."""
    named = truth.unit_named(normalise(text))

    def judge(entry: Entry) -> bool:
        return any(
            truth.holds_identifier(each, text, open_end=open_end)
            or any(truth.holds_unit(each, name) for name in named if not open_end)
            for each in truth.fields(entry)[part]
        )

    return judge


def expected(corpus: tuple[Entry, ...], judge: Judge, allowed: frozenset[str] = EVERYTHING) -> set[int]:
    return {uid for uid, entry in truth.visible(corpus, allowed).items() if judge(entry)}


@pytest.mark.parametrize("allowed", RIGHTS, ids=["all", "internal", "two tokens"])
@pytest.mark.parametrize(
    "word",
    [
        "业主",
        "主",
        "电",
        "电梯",
        "電梯",
        "梯轿",
        "维修",
        "专项维修资金",
        "业主的",
        "欧阳·测试",
        "词中间",
        "𠮷",
        "𠮷野",
        "école",
        "fine",
        "线",
    ],
)
def test_words_of_any_length_are_plain_substrings(
    filled: SearchEngine, corpus: tuple[Entry, ...], word: str, allowed: frozenset[str]
) -> None:
    assert found(filled, word, allowed) == expected(corpus, literal(word), allowed)


@pytest.mark.parametrize(
    "typed",
    [
        "3-1201",
        "31201",
        "3—1201",
        "３－１２０１",
        "D-13-0606",
        "d130606",
        "电施-12",
        "電施12",
        "物业通〔2026〕18号",
        "物业通2026 18号",
        "ZX-2026-0045",
        "zx20260045",
        "ZX－2026－0045",
        "1",
        "12",
        "2026",
        "2026年",
        "3月8日",
        "120000",
        "1,200.00",
        "12_34",
        "1234",
        "iso9001",
        "WY01-WS.02.2026-D10-KF-0018",
        "wy01ws022026d10kf0018",
        "a_b",
        "3栋",
        "年3月",
        "房号3",
        "3栋1201室",
        "3号楼1201",
        "3-1-1201",
        "3-2-1201",
        "3栋1单元1201室",
        "15栋2010",
        "A座1201",
        "D-13-0606室",
        "1" * 1_000,
        "1-" * 400,
        "业" * 1_000,
    ],
)
def test_identifiers_are_found_however_they_are_typed(
    filled: SearchEngine, corpus: tuple[Entry, ...], typed: str
) -> None:
    def judge(entry: Entry) -> bool:
        return all(identifier(word)(entry) for word in typed.split())

    assert found(filled, typed) == expected(corpus, judge)


def test_the_truth_itself_knows_the_examples_of_the_trade() -> None:
    text = normalise("房号3—1201，另有13-1201与3-12015")
    assert truth.holds_identifier(text, "３－１２０１")
    assert not truth.holds_identifier(normalise("13-1201"), "3-1201")


def test_quotes_make_an_identifier_literal(filled: SearchEngine, corpus: tuple[Entry, ...]) -> None:
    assert found(filled, '"3-1201"') == expected(corpus, literal("3-1201"))
    assert found(filled, '"3-1201"') != found(filled, "3-1201")
    assert found(filled, "“业主 反映”") == expected(corpus, literal("业主反映"))
    assert found(filled, '"。"') == expected(corpus, literal("。"))


def test_a_phrase_ends_at_the_page(engine: SearchEngine) -> None:
    engine.put([_two_pages()])
    assert found(engine, "水泵房") == set()
    assert found(engine, "水 泵房") == {1}


def _two_pages() -> Entry:
    from tests.search_index.conftest import made

    return made(1, "巡检", "生活水", "泵房")


@pytest.mark.parametrize(
    ("query", "judge"),
    [
        ("业主 -电梯", lambda e: literal("业主")(e) and not literal("电梯")(e)),
        ("渗漏 OR 锈蚀 开裂", lambda e: literal("渗漏")(e) or (literal("锈蚀")(e) and literal("开裂")(e))),
        (
            "（渗漏 OR 锈蚀） 开裂",
            lambda e: literal("开裂")(e) and (literal("渗漏")(e) or literal("锈蚀")(e)),
        ),
        ("-业主", lambda e: not literal("业主")(e)),
        (
            "-(业主 OR 住户) 2023",
            lambda e: not literal("业主")(e) and not literal("住户")(e) and identifier("2023")(e),
        ),
        (
            "业主 NOT 电梯 AND 水",
            lambda e: literal("业主")(e) and not literal("电梯")(e) and literal("水")(e),
        ),
        ("owner:张", literal("张", "owner")),
        ("业主：欧阳", literal("欧阳", "owner")),
        ("房号:3-1201", identifier("3-1201", "unit")),
        ("房号:3栋1201室", identifier("3-1201", "unit")),
        ("unit:12-1201 -12栋1201", lambda e: False),
        ("密封胶 -3-1201", lambda e: literal("密封胶")(e) and not identifier("3栋1201")(e)),
        ("3栋12*", identifier("3栋12", open_end=True)),
        ("no:2026-0045", identifier("2026-0045", "number")),
        ("编号:ZX-2023*", identifier("ZX-2023", "number", open_end=True)),
        ("ZX-202*", identifier("ZX-202", open_end=True)),
        ("class:ZX", lambda e: truth.in_class(e, "zx")),
        ("类别:zx.01", lambda e: truth.in_class(e, "ZX.01")),
        ("class:ZX·01", lambda e: truth.in_class(e, "ZX.01")),
        ("class:Z", lambda e: False),
        ("year:2022", lambda e: e.year == 2022),
        ("年度:2020..2022 水", lambda e: e.year in (2020, 2021, 2022) and literal("水")(e)),
        ("year:2024..", lambda e: (e.year or 0) >= 2024),
        ("before:2020", lambda e: truth.dated_between(e, date.min, date(2019, 12, 31))),
        ("after:2024-02", lambda e: truth.dated_between(e, date(2024, 2, 1), date.max)),
        (
            "之后:2022-06-30 之前:2022年7月3日",
            lambda e: truth.dated_between(e, date(2022, 6, 30), date(2022, 7, 2)),
        ),
        ("level:personal", lambda e: e.level == "PERSONAL"),
        ("in:file 电梯", lambda e: bool(e.file) and literal("电梯")(e)),
        ("in:ZX-2023*", identifier("ZX-2023", "file", open_end=True)),
        ("rights:INTERNAL", literal("rights:internal")),
        ("", lambda e: True),
        ("渗漏 或 锈蚀 开裂", lambda e: literal("渗漏")(e) or (literal("锈蚀")(e) and literal("开裂")(e))),
    ],
)
def test_operators_and_fields_combine_sets(
    filled: SearchEngine, corpus: tuple[Entry, ...], query: str, judge: Judge
) -> None:
    assert found(filled, query) == expected(corpus, judge)


def test_filters_narrow_and_facets_count_exactly_the_answer(
    filled: SearchEngine, corpus: tuple[Entry, ...]
) -> None:
    filters = {
        "class": ("ZX", "YZ.01"),
        "level": ("PERSONAL", "INTERNAL"),
        "year": ("2022", "2023", "nonsense"),
    }
    answer = filled.search(Request("业主", EVERYTHING, filters=filters))
    rest = [
        entry
        for entry in truth.visible(corpus, EVERYTHING).values()
        if literal("业主")(entry)
        and (truth.in_class(entry, "ZX") or truth.in_class(entry, "YZ.01"))
        and entry.level in ("PERSONAL", "INTERNAL")
        and entry.year in (2022, 2023)
    ]
    assert answer.total == len(rest) > 0
    for name, value in (
        ("class", lambda e: e.class_code),
        ("year", lambda e: str(e.year)),
        ("building", lambda e: e.building),
        ("state", lambda e: e.state),
        ("level", lambda e: e.level),
    ):
        assert dict(answer.facets[name]) == Counter(map(value, rest))
        counts = [count for _, count in answer.facets[name]]
        assert counts == sorted(counts, reverse=True)


def test_old_versions_are_found_only_on_request(filled: SearchEngine, corpus: tuple[Entry, ...]) -> None:
    old = {entry.uid for entry in corpus if not entry.current}
    assert old
    assert found(filled, "").isdisjoint(old)
    assert found(filled, "", old_versions=True) == {entry.uid for entry in corpus}


def _snippets_of(corpus: tuple[Entry, ...], dice: random.Random) -> str:
    """A stretch of some text as it was written, so that most questions have answers."""
    entry = dice.choice(corpus)
    text = dice.choice([entry.title, entry.number, entry.unit, *entry.pages]) or "空"
    start = dice.randrange(len(text))
    return text[start : start + dice.choice((1, 1, 2, 2, 3, 4, 6, 9))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), shape=st.sampled_from(["one", "and", "or", "not", "mixed"]))
def test_phrases_cut_from_the_texts_combine_exactly(
    filled: SearchEngine, corpus: tuple[Entry, ...], seed: int, shape: str
) -> None:
    dice = random.Random(seed)
    allowed = dice.choice(RIGHTS)
    pieces = [_snippets_of(corpus, dice).replace('"', " ") for _ in range(3)]
    pieces = [piece if normalise(piece) else "业主" for piece in pieces]
    a, b, c = (literal(piece) for piece in pieces)
    x, y, z = (f'"{piece}"' for piece in pieces)
    query, judge = {
        "one": (x, a),
        "and": (f"{x} {y}", lambda e: a(e) and b(e)),
        "or": (f"{x} OR {y}", lambda e: a(e) or b(e)),
        "not": (f"{x} -{y}", lambda e: a(e) and not b(e)),
        "mixed": (f"({x} OR {y}) -{z}", lambda e: (a(e) or b(e)) and not c(e)),
    }[shape]
    assert found(filled, query, allowed) == expected(corpus, judge, allowed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_identifiers_cut_from_the_texts_are_found_exactly(
    filled: SearchEngine, corpus: tuple[Entry, ...], seed: int
) -> None:
    dice = random.Random(seed)
    allowed = dice.choice(RIGHTS)
    key = [
        char for char in normalise(_snippets_of(corpus, dice) + dice.choice("0123456789")) if char.isalnum()
    ]
    typed = key[0] + "".join(dice.choice(("", "", "-", "·", "／")) + char for char in key[1:])
    assert found(filled, typed, allowed) == expected(corpus, identifier(typed), allowed)
