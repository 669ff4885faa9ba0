"""A query is put in other words: what was asked with a field is looked for everywhere, or not asked at all."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from search_index import (
    Entry,
    Query,
    QueryError,
    Request,
    SearchEngine,
    only_excludes,
    open_engine,
    parse,
    prefixes,
    typed_words,
    widened,
)

DATES = ("before", "after", "year")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("密封胶 之前:2020", "密封胶"),
        ("year:2019", ""),
        ("-after：2020 漏水", "漏水"),
        ('漏水 before:"2020" 3-1201', "漏水 3-1201"),
        ("(之前:2020)", ""),
        ("unit:3-1201 年度:2019..2020", "unit:3-1201"),
        ("year:2019 OR year:2018", ""),
        ("年度:2019 或 年度:2018", ""),
        ("NOT after:1900 before:1800", ""),
        ("电梯 OR year:2019", ""),
        ("(电梯 或 year:2019) 水泵", "水泵"),
        ("(电梯 或 水泵) AND year:2019", "(电梯 或 水泵)"),
        ("-(电梯 OR year:2019) 水泵", "-(电梯) 水泵"),
        ("-(电梯 year:2019) 水泵", "水泵"),
        ("NOT (year:2019) NOT NOT 水泵 NOT 电梯", "水泵 NOT 电梯"),
        ("year:2019 AND 电梯 AND 或 水泵", '电梯 "或" 水泵'),
        ("year:2019 OR“水泵” 电梯", '"OR" “水泵” 电梯'),
        ("“水泵” year:2019 OR年 -", "“水泵” OR年"),
    ],
)
def test_a_field_is_left_out_with_the_operators_that_lose_their_meaning(text: str, rest: str) -> None:
    assert widened(text, out=[p for p in prefixes(text) if p.field in DATES]) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("房号：3-1201 电梯", "3-1201 电梯"),
        ('甲:"收楼 单" (业主:张 OR 乙:电梯)', '"收楼 单" (张 OR 电梯)'),
        ("-foo:bar", ""),
        ("电梯 -foo:bar", "电梯"),
        ("NOT (foo:bar 电梯)", ""),
        ("foo:-1 foo:OR foo:或 foo:*", '"-1" "OR" "或"'),
        ("http://x 9:30 甲:乙", "http://x 9:30 乙"),
        ("甲:年度:2019", '"年度:2019"'),
    ],
)
def test_a_word_behind_a_field_is_looked_for_everywhere_unless_it_excludes(text: str, rest: str) -> None:
    strange = [p for p in prefixes(text) if not p.field or p.field in ("unit", "owner")]
    assert widened(text, bare=[p for p in strange if p.value or not p.field]) == rest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("3-2-1201 漏水", "3-1201 漏水"),
        ("房号：3栋2单元1201室", "房号：3-1201"),
        ('unit:"3 号楼 a 单元 1201a"', "unit:3-1201A"),
        ("3-1201 3栋1201室", "3-1201 3栋1201室"),
        ("漏水 -3-2-1201", "漏水 -3-2-1201"),
        ('"3-2-1201" 3-2-120*', '"3-2-1201" 3-2-120*'),
        ("甲:3-2-1201", "甲:3-2-1201"),
    ],
)
def test_a_flat_is_looked_for_without_its_entrance(text: str, rest: str) -> None:
    assert widened(text, any_entrance=True) == rest


def test_a_flat_behind_a_field_loses_its_entrance_with_the_field() -> None:
    text = 'unit:"3栋2单元1201室" 甲:3-2-1202 房号:3-1203'
    assert widened(text, bare=prefixes(text), any_entrance=True) == "3-1201 3-1202 3-1203"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3-1201 漏水 -电梯", ("3-1201", "漏水")),
        ("房号：３－１２０１ “水 泵” 或 渗水", ("３－１２０１", "“水 泵”", "渗水")),
        ('unit:"3栋1201室" ZX-2026* year:2026', ('"3栋1201室"', "ZX-2026*")),
        ("漏水 (漏水 OR 漏水)", ("漏水",)),
        ("业主:OR 业主:-1", ('"OR"', '"-1"')),
        ("", ()),
    ],
)
def test_words_are_known_as_they_were_typed(text: str, words: tuple[str, ...]) -> None:
    assert typed_words(text) == words


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("-电梯", True),
        ("NOT (电梯 OR 水泵)", True),
        ("电梯 OR -水泵", True),
        ("", True),
        ("电梯 -水泵", False),
        ("-(-电梯)", False),
        ("-(-电梯 OR 水泵)", False),
        ("-(-电梯 水泵)", True),
    ],
)
def test_what_only_excludes_is_known(text: str, only: bool) -> None:
    assert only_excludes(parse(text)) is only


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    """Papers with every choice of four things: two words, a word or a flat in a field, a date."""
    made = open_engine(tmp_path_factory.mktemp("papers") / "index")
    made.put(
        Entry(
            uid=n, title="纸", pages=("电梯或" * (n & 1) + "水泵" * (n >> 1 & 1),), owner="张 3-2-1201" * (n >> 2 & 1),
            unit="", number="", class_code="YZ", year=2019 if n & 8 else None, building="", state="",
            level="PUBLIC", rights="all", date=date(2019, 5, 1) if n & 8 else None, file="", current=True,
        )
        for n in range(16)
    )  # fmt: skip
    return made


PIECES = (
    "电梯", "水泵", "“电梯”", "或", " 或 ", " OR ", " AND ", " NOT ", "-", "(", ")", " ", "业主:张", "业主:电梯",
    "year:2019", "年度：2018", "before:2018", "之后:\"2020\"", "甲:电梯", "乙:", "，", "3-2-1201", "业主:3栋2单元1201",
)  # fmt: skip


def understood(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


@given(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.sets(st.sampled_from(DATES)),
    st.booleans(),
)
def test_a_widened_query_can_be_asked_and_finds_at_least_as_much(
    engine: SearchEngine, text: str, fields: set[str], any_entrance: bool
) -> None:
    assume(understood(text))
    asked = prefixes(text)
    rest = widened(
        text,
        bare=[p for p in asked if p.field == "owner" or not p.field],
        out=[p for p in asked if p.field in fields],
        any_entrance=any_entrance,
    )

    def found(query: str) -> set[int]:
        return {hit.uid for hit in engine.search(Request(query, frozenset({"all"}), limit=100)).hits}

    assert found(text) <= found(rest)
    assert not any(p.field in fields for p in prefixes(rest))


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_a_query_that_loses_nothing_means_the_same(text: str) -> None:
    query = understood(text)
    assume(query)
    if rest := widened(text):
        assert parse(rest) == query or str(parse(rest)) == str(parse(widened(rest)))
