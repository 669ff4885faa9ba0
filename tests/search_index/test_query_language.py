"""The query language by itself: what is understood, and what is refused with its reason."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index import Needle, QueryError, needles, parse, prefixes, resolved
from search_index.nodes import And, ClassIs, DateBetween, InAnyFile, LevelIs, Not, Or, Word, YearBetween


def word(text: str) -> Word:
    return Word(Needle(text))


def test_words_are_joined_by_and_and_full_width_forms_mean_the_same() -> None:
    assert parse("电梯　维修").root == And((word("电梯"), word("维修")))
    assert parse("（电梯 OR 水泵） －“消防 栓”").root == And(
        (Or((word("电梯"), word("水泵"))), Not(word("消防栓")))
    )
    assert parse("類別：YZ 業主:張三").root == And((ClassIs("yz"), Word(Needle("张三"), "owner")))


def test_or_binds_weaker_than_the_words_beside_it() -> None:
    assert parse("a b OR c").root == Or((And((word("a"), word("b"))), word("c")))


def test_a_hyphen_excludes_only_at_the_beginning_of_a_word() -> None:
    assert parse("D-13-0606").root == Word(Needle("d130606", "identifier"))
    assert parse("-D13").root == Not(Word(Needle("d13", "identifier")))
    assert parse("电梯 - 水泵").root == And((word("电梯"), word("水泵")))


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("3-1201", Needle("31201", "identifier", "3/1201")),
        ("３－１２０１", Needle("31201", "identifier", "3/1201")),
        ("3栋1单元1201室", Needle("3栋1单元1201室", "identifier", "3/1/1201")),
        ("3-1201*", Needle("31201", "prefix")),
        ("31201", Needle("31201", "identifier")),
        ("ZX-2026*", Needle("zx2026", "prefix")),
        ("业主*", Needle("业主")),
        ("甲-乙", Needle("甲乙", "identifier")),
        ("e-mail", Needle("email", "identifier")),
        ("业主,物业", Needle("业主,物业")),
        ('"3-1201"', Needle("3-1201")),
        ("物业通〔2026〕18号", Needle("物业通202618号", "identifier")),
        ("欧阳•测试", Needle("欧阳测试", "identifier")),
        ("http://x", Needle("http://x")),
        ("rights:secret", Needle("rights:secret")),
        ("uid:7", Needle("uid7", "identifier")),
    ],
)
def test_a_word_is_a_literal_or_an_identifier(text: str, needle: Needle) -> None:
    assert parse(text).root == Word(needle)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("year:2026", YearBetween(2026, 2026)),
        ("年度：2024..2026", YearBetween(2024, 2026)),
        ("year:..2020", YearBetween(0, 2020)),
        ("before:2026", DateBetween(date.min, date(2025, 12, 31))),
        ("before:2026-03", DateBetween(date.min, date(2026, 2, 28))),
        ("after:2026", DateBetween(date(2026, 1, 1), date.max)),
        ("after:2026-03-08", DateBetween(date(2026, 3, 8), date.max)),
        ("之后:2026年2月", DateBetween(date(2026, 2, 1), date.max)),
        ("after:20260308", DateBetween(date(2026, 3, 8), date.max)),
        ("after:9999-12", DateBetween(date(9999, 12, 1), date.max)),
        ("level:Personal", LevelIs("personal")),
        ("CLASS:ZX.01.S", ClassIs("zx.01.s")),
        ("in:file", InAnyFile()),
        ("in:ZX-2026-0045", Word(Needle("zx20260045", "identifier"), "file")),
        ("unit:A-108", Word(Needle("a108", "identifier", "a/108"), "unit")),
        ("no:ZX-*", Word(Needle("zx", "prefix"), "number")),
        ('owner:"张 三"', Word(Needle("张三"), "owner")),
    ],
)
def test_fields(text: str, node: object) -> None:
    assert parse(text).root == node


def test_needles_are_the_words_a_hit_may_show() -> None:
    assert needles(parse("电梯 (水泵 OR 3-1201) -消防 电梯 class:YZ")) == (
        Needle("电梯"),
        Needle("水泵"),
        Needle("31201", "identifier", "3/1201"),
    )


@pytest.mark.parametrize("text", ["电梯 或 停水", '"电梯"或"停水"', "(电梯) 或 (停水)", "电梯　或　停水"])
def test_the_chinese_or_between_two_words_unites_them(text: str) -> None:
    assert parse(text).root == Or((word("电梯"), word("停水")))


def test_the_chinese_or_stays_a_word_where_nothing_stands_beside_it() -> None:
    assert parse("或").root == word("或")
    assert parse("电梯 或").root == And((word("电梯"), word("或")))
    assert parse("(或) 电梯").root == And((word("或"), word("电梯")))
    assert parse("电梯或停水").root == word("电梯或停水")
    assert parse('电梯 "或" 停水').root == And((word("电梯"), word("或"), word("停水")))
    assert parse("或 或 或").root == Or((word("或"), word("或")))


def test_prefixes_are_known_or_strange() -> None:
    text = '-房号：3-1201 title:"收楼 单" (业主:张 OR 甲:) http://x 9:30 类别:YZ'
    found = prefixes(text)
    assert [(p.name, p.field, text[p.begin : p.end]) for p in found] == [
        ("房号", "unit", "房号："),
        ("title", "", "title:"),
        ("业主", "owner", "业主:"),
        ("甲", "", "甲:"),
        ("类别", "class", "类别:"),
    ]


def test_a_class_and_a_level_may_have_other_names() -> None:
    names = {"class": {"合同": ("YZ.02", "KU.01")}, "level": {"个人信息": ("PERSONAL",)}}
    found = resolved(parse("类别:合同 -密级:个人信息 OR 类别:YZ.01"), names)
    assert found.root == Or(
        (
            And((Or((ClassIs("yz.02"), ClassIs("ku.01"))), Not(LevelIs("personal")))),
            ClassIs("yz.01"),
        )
    )


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("电梯 (水泵", "search.brackets", 3),
        ("电梯) 水泵", "search.brackets", 2),
        ('电梯 "水泵', "search.open-quote", 3),
        ("a year:二〇二六", "search.bad-year", 2),
        ("before:2026-13", "search.bad-date", 0),
        ("after:2026-02-30", "search.bad-date", 0),
        ("after:0000", "search.bad-date", 0),
        ("unit: 3-1201", "search.empty-field", 0),
        ("-", "search.nothing-to-find", 0),
        ("OR", "search.nothing-to-find", 0),
        ("NOT () ，…", "search.nothing-to-find", 0),
        ("(" * 33 + "a" + ")" * 33, "search.too-deep", 32),
        ("(" * 990, "search.too-deep", 32),
        ("字" * 1_001, "search.too-long", 1_000),
        ("(" * 3_000 + ")" * 3_000, "search.too-long", 1_000),
        ("长" * 100_000, "search.too-long", 1_000),
        (" ".join("abc" for _ in range(65)), "search.too-many-words", 256),
    ],
)
def test_what_cannot_be_understood_says_where(text: str, code: str, position: int) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert (refused.value.code, refused.value.position) == (code, position)
    assert refused.value.message.endswith(".")


def test_the_limits_themselves_are_allowed() -> None:
    assert parse("(" * 32 + "a" + ")" * 32).root == word("a")
    assert parse("字" * 1_000).root == word("字" * 1_000)
    assert len(needles(parse(" ".join(f"w{n}" for n in range(64))))) == 64
    parse("-" * 999 + "a")
    parse("NOT " * 249 + "a")


@given(st.text(alphabet='()"-:*. \u3000（）“”：OR业主或3a·〔\x00\ud800classyear', max_size=60))
def test_any_text_is_a_query_or_an_error_with_a_code(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert error.code.startswith("search.")
        assert 0 <= error.position <= len(text)
    else:
        assert all(needle.text for needle in needles(query))
        assert all(text[p.begin : p.end - 1] == p.name for p in prefixes(text))
