"""One flat, many ways to write it; and all the numbers that look like a flat's and are none."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from search_index import Request, SearchEngine, find_marks, needles, normalise, parse
from search_index.units import unit_named, units_in, without_entrance, written
from tests.search_index import truth
from tests.search_index.conftest import made

ALL = frozenset({"INTERNAL/WS"})
FORMS = (
    "{0}-{2}",
    "{0}—{2}",
    "{0}-{2}室",
    "{0}栋{2}",
    "{0}栋{2}室",
    "{0}幢{2}",
    "{0}座{2}",
    "{0}号楼{2}室",
    "{0}號樓{2}",
    "{0}棟{2}",
    "{0}#{2}",
    "{0}#楼{2}",
    "{0} 栋 {2} 室",
    "{0}栋-{2}",
)
ENTRANCE_FORMS = (
    "{0}-{1}-{2}",
    "{0}栋{1}单元{2}",
    "{0}栋{1}单元{2}室",
    "{0}幢{1}單元{2}",
    "{0}号楼{1}单元-{2}",
    "{0}栋{1}-{2}",
    "{0} 栋 {1} 单元 {2} 室",
)

buildings = st.one_of(st.integers(1, 999).map(str), st.sampled_from(["A", "B", "c"]))
entrances = st.integers(1, 20).map(str)
rooms = st.one_of(
    st.integers(101, 1899).map(str),
    st.builds("{:02}{:02}".format, st.integers(1, 18), st.integers(1, 20)),
    st.just("1201A"),
)
Flat = tuple[str, str, str]
flats: st.SearchStrategy[Flat] = st.one_of(
    st.tuples(buildings, st.just(""), rooms), st.tuples(buildings.filter(str.isdigit), entrances, rooms)
)


def name_of(flat: Flat) -> str:
    return "/".join(part for part in flat if part).lower()


def forms_of(flat: Flat) -> list[str]:
    return [form.format(*flat) for form in (ENTRANCE_FORMS if flat[1] else FORMS)]


def names(text: str) -> list[str]:
    return [unit.name for unit in units_in(normalise(text))]


@given(flats)
def test_all_forms_of_a_flat_are_one_name(flat: Flat) -> None:
    for form in forms_of(flat):
        assert unit_named(normalise(form)) == name_of(flat), form
        assert names(f"业主住在{form}，漏水") == [name_of(flat)], form


@given(flats, flats)
@example(("3", "", "1201"), ("13", "", "1201"))
@example(("3", "", "1201"), ("3", "1", "1201"))
@example(("3", "", "1201"), ("3", "", "12011"))
@example(("3", "", "1201"), ("03", "", "1201"))
@example(("3", "", "101"), ("3", "1", "01"))
def test_two_flats_never_become_one(one: Flat, other: Flat) -> None:
    assume(name_of(one) != name_of(other))
    for form in forms_of(other):
        assert unit_named(normalise(form)) != name_of(one)
        assert name_of(one) not in names(form)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03",
        "2024-0301",
        "2024-03-08",
        "GB 50016-2014",
        "GB50016-2014",
        "ISO 9001-2015",
        "ZX-2026-0045-003",
        "ZX-2026-12-0045",
        "WY01-WS·02·2026-D10-KF-0018",
        "物业通〔2026〕18号",
        "电施-12",
        "400-820-8820",
        "021-55551234",
        "3-12011",
        "3-8",
        "3-12",
        "1,200.00",
        "120.5-130.5",
        "3-1201-2",
        "2026-3-1201",
        "D-13-0606",
        "31201",
        "3栋",
        "3栋12",
        "3栋12011",
        "A3栋1201",
        "3楼1201",
        "3区1201",
        "A区108号楼",
        "5月3号1201",
        "3栋2024年",
        "3栋2024 年度",
        "3栋2024-2025年度",
        "3栋2024至2025年",
        "3栋2024-03-08巡检",
        "3栋2024/3/8",
        "3栋1201.50元",
        "3栋120个车位",
        "3栋120套",
        "3栋1201平方米",
        "3栋1201m2",
        "3-101号楼",
        "6至11栋",
    ],
)
def test_other_numbers_are_no_flats(text: str) -> None:
    assert names(text) == []
    assert names(f"见{text}。") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3栋1201次卧漏水", "3/1201"),
        ("3栋1201平面图", "3/1201"),
        ("3栋1201个人资料", "3/1201"),
        ("3栋1201套内面积", "3/1201"),
        ("3栋1201,1202", "3/1201"),
        ("3栋101-108室", "3/101"),
        ("3栋2003室", "3/2003"),
        ("二期3栋1201", "3/1201"),
        ("(3-1201)", "3/1201"),
        ("步行街A区108号商铺", "a/108"),
        ("A区3栋1201", "3/1201"),
        ("3栋\n1201", "3/1201"),
    ],
)
def test_a_flat_is_known_among_other_words(text: str, name: str) -> None:
    assert names(text) == [name]


@given(st.text(alphabet="3120Aa区栋单元室号楼#座 -—/.年个", max_size=18))
def test_reading_agrees_with_walking_over_the_characters(text: str) -> None:
    normal = normalise(text)
    assert [(u.begin, u.end, u.name) for u in units_in(normal)] == list(truth.units(normal))
    assert unit_named(normal) == next(iter(truth.unit_named(normal)), "")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(["3-" * 500, "3栋" * 300, "3栋1 " * 200, "9" * 1_000, "3栋1单元-" * 150, "2024-" * 200])
)
def test_no_text_takes_long(text: str) -> None:
    assert names(text * 100) == []


def test_every_form_typed_finds_every_form_written(engine: SearchEngine) -> None:
    flat, others = ("3", "", "1201"), ("13-1201", "13栋1201", "3栋12011", "3-12011", "13-1-1201", "3栋1202")
    written = forms_of(flat)
    engine.put(made(uid, "维修单", f"业主报修：{form}漏水。") for uid, form in enumerate(written, 1))
    engine.put(made(100 + n, "维修单", f"业主报修：{form}漏水。") for n, form in enumerate(others))
    for typed in written:
        if " " in typed:
            continue  # two words are two words
        answer = engine.search(Request(typed, ALL, limit=100))
        assert {hit.uid for hit in answer.hits} == set(range(1, len(written) + 1)), typed
        without = engine.search(Request(f"漏水 -{typed}", ALL, limit=100))
        assert {hit.uid for hit in without.hits} == set(range(100, 100 + len(others))), typed
    engine.tidy()
    assert engine.search(Request("3栋1201", ALL)).total == len(written)


def test_the_field_of_the_unit_knows_the_forms_too(engine: SearchEngine) -> None:
    engine.put(
        [
            made(1, "甲", "无", unit="3-1201"),
            made(2, "乙", "无", unit="3栋1201室"),
            made(3, "丙", "3栋1201室", unit="13-1201"),
        ]
    )
    for query in ("房号:3-1201", "unit:3栋1201", 'unit:"3号楼1201室"'):
        assert {hit.uid for hit in engine.search(Request(query, ALL)).hits} == {1, 2}, query


@given(flats)
def test_a_flat_without_its_entrance_is_written_as_it_is_read(flat: Flat) -> None:
    general = without_entrance(name_of(flat))
    assert general == name_of((flat[0], "", flat[2]))
    assert unit_named(normalise(written(general))) == general


def test_a_flat_asked_for_without_its_entrance_is_behind_any_of_them(engine: SearchEngine) -> None:
    pages = ("3栋2单元1201室", "3-1-1201", "3栋1201", "3栋2单元1202", "13栋2单元1201", "2-1201")
    engine.put(made(uid, "收楼单", f"房号{page}的业主") for uid, page in enumerate(pages, 1))
    engine.put([made(10, "甲", "无", unit="3栋2单元1201室"), made(11, "乙", "无", unit="3-1201")])

    def found(query: str) -> set[int]:
        return {hit.uid for hit in engine.search(Request(query, ALL)).hits}

    for _ in range(2):
        for typed in ("3-1201", "3栋1201", "3号楼1201室"):
            assert found(typed) == {1, 2, 3, 10, 11}, typed
        for typed in ("3-2-1201", "3栋2单元1201室"):
            assert found(typed) == {1, 10}, typed
        assert found("3-3-1201") == set()
        assert found("unit:3-1201") == {10, 11}
        assert found("房号:3-2-1201") == {10}
        assert found("业主 -3-1201") == {4, 5, 6}
        assert found("业主 -3-2-1201") == {2, 3, 4, 5, 6}
        assert found('"3-1201"') == {11}
        engine.tidy()


def test_quotes_ask_for_the_form_as_it_is_written(engine: SearchEngine) -> None:
    engine.put([made(1, "甲", "3-1201"), made(2, "乙", "3栋1201室")])
    assert [hit.uid for hit in engine.search(Request('"3-1201"', ALL)).hits] == [1]
    assert [hit.uid for hit in engine.search(Request('"3栋1201室"', ALL)).hits] == [2]


def test_the_form_that_was_found_is_marked_on_its_page(engine: SearchEngine) -> None:
    engine.put([made(1, "3栋1201收楼单", "封面", "房号：3 号楼 1201 室，业主张某。另有13-1201")])
    hit = engine.search(Request("3-1201", ALL)).hits[0]
    assert hit.page == 2
    assert [piece for piece, marked in hit.snippet if marked] == ["3 号楼 1201 室"]
    assert [piece for piece, marked in hit.title if marked] == ["3栋1201"]


@pytest.mark.parametrize(
    ("text", "query", "stretches"),
    [
        ("房号3栋1201室、3-1201和13-1201", "3-1201", ["3栋1201室", "3-1201"]),
        ("房号3栋1201室、3-1201和13-1201", "３栋１２０１室", ["3栋1201室", "3-1201"]),
        ("３幢１２０１，3栋1单元1201", "3-1201", ["３幢１２０１", "3栋1单元1201"]),
        ("3-2-1201，3栋1单元1201", "3号楼1201室", ["3-2-1201", "3栋1单元1201"]),
        ("３幢１２０１，3栋1单元1201", "3-1-1201", ["3栋1单元1201"]),
        ("3-1-1201室", "3栋1单元1201室", ["3-1-1201"]),
        ("D-13-0606与13-0606", "13栋0606", ["13-0606"]),
        ("3栋1201", "-3-1201", []),
    ],
)
def test_marks_lie_on_whichever_form_stands_there(text: str, query: str, stretches: list[str]) -> None:
    assert [text[start:end] for start, end in find_marks(text, needles(parse(query)))] == stretches
