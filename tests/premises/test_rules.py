"""How units are called, ordered and written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.kernel.errors import Invalid
from archive_service.premises.rules import units as rules
from archive_service.premises.rules.units import UnitKind, display, natural_key, read_facts, spelled, told
from search_index import normalise
from search_index.units import unit_named


@pytest.mark.parametrize(
    ("building", "kind", "entrance", "room", "shown"),
    [
        ("3栋", "flat", "2", "1201", "3栋2单元1201"),
        ("3栋", "flat", "", "0402", "3栋0402"),
        ("A区", "shop", "", "108", "A区108号"),
        ("B2", "parking", "", "118", "B2-118"),
        ("地下车库", "parking", "", "118", "地下车库118号"),
        ("1栋", "shop", "", "103", "1栋103"),
    ],
)
def test_units_are_shown_as_people_call_them(
    building: str, kind: str, entrance: str, room: str, shown: str
) -> None:
    assert display(building, UnitKind(kind), entrance, room) == shown


@pytest.mark.parametrize(
    ("building", "entrance", "room"),
    [("3栋", "2", "1201"), ("3栋", "", "0402"), ("A区", "", "108"), ("12栋", "1", "301A")],
)
def test_the_one_name_is_the_one_that_search_reads(building: str, entrance: str, room: str) -> None:
    shown = display(building, UnitKind.FLAT, entrance, room)
    assert unit_named(normalise(shown)) == spelled(rules.building_code(building), entrance, room)


@pytest.mark.parametrize(
    ("typed", "name", "code"),
    [
        ("3", "3栋", "3"),
        ("3号楼", "3栋", "3"),
        ("３幢", "3栋", "3"),
        ("a", "A区", "a"),
        ("B2", "B2", "b2"),
        ("商业街", "商业街", "商业街"),
        ("10#", "10栋", "10"),
    ],
)
def test_a_building_is_one_however_it_is_typed(typed: str, name: str, code: str) -> None:
    assert rules.building_name(typed) == name
    assert rules.building_code(name) == code


def test_rooms_stand_in_the_order_people_expect() -> None:
    rooms = ["B2-10", "1001", "402", "1002A", "101", "0402", "B2-9", "1002"]
    assert sorted(rooms, key=natural_key) == [
        "101", "0402", "402", "1001", "1002", "1002A", "B2-9", "B2-10",
    ]  # fmt: skip


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_are_ordered_by_their_worth(a: int, b: int) -> None:
    assert (natural_key(str(a)) < natural_key(str(b))) == (a < b)


@pytest.mark.parametrize(
    ("text", "value"),
    [("89.5", 8950), ("89.50㎡", 8950), ("1,234", 123400), ("", None), ("８９平方米", 8900)],
)
def test_areas_are_kept_exactly(text: str, value: int | None) -> None:
    assert rules.area("build_area", text) == value


@pytest.mark.parametrize("text", ["-1", "0", "1e3", "89.555", "NaN", "99999999", "八十"])
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(rules.BadArea):
        rules.area("build_area", text)


@pytest.mark.parametrize("text", ["2026-03-08", "2026年3月8日", "2026.3.8", "20260308", "２０２６/3/8"])
def test_days_are_read_in_the_usual_forms(text: str) -> None:
    assert rules.day("handover_on", text) == date(2026, 3, 8)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "08-03-2026", "1026-01-01", "昨天", "2026"])
def test_impossible_days_are_refused(text: str) -> None:
    with pytest.raises(rules.BadDay):
        rules.day("handover_on", text)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    facts, problems = read_facts(
        {"kind": "城堡", "room": "12 01", "floor": "x", "build_area": "a", "handover_on": "2026-02-30"}
    )
    assert facts is None
    assert {p.facts["field"] for p in problems} == {"kind", "room", "floor", "build_area", "handover_on"}


def test_the_inner_area_fits_into_the_built_one() -> None:
    facts, problems = read_facts({"kind": "住宅", "room": "1201", "build_area": "80", "inner_area": "80.01"})
    assert facts is None and [p.facts["field"] for p in problems] == ["inner_area"]


def test_facts_read_back_as_they_were_told() -> None:
    wanted = {
        "kind": "商铺", "room": "0108室", "build_area": "46.5", "use_state": "经营", "handover_on": "2026-06-01",
        "electricity_no": "E-77", "electricity_base": "1520.3", "floor": "-1", "note": "转角",
    }  # fmt: skip
    facts, problems = read_facts(wanted)
    assert not problems and facts is not None and facts.room == "0108"
    assert read_facts(told(facts)) == (facts, [])


@given(st.dictionaries(st.sampled_from(rules.FIELDS), st.text(max_size=40)))
def test_nothing_typed_makes_reading_stumble(typed: dict[str, str]) -> None:
    facts, problems = read_facts(typed)
    assert (facts is None) == bool(problems)
    assert all(isinstance(p, Invalid) for p in problems)


@pytest.mark.parametrize("number", ["WY1", "WY0001", "wy-1", "", "物业01"])
def test_a_fonds_number_has_its_form(number: str) -> None:
    with pytest.raises(rules.NoFondsNumber):
        rules.fonds_number(number)
