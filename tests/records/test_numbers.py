"""Archival numbers: every one reads back as what it was built from, however somebody types it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.records.rules.numbers import (
    BadBuilding,
    Dept,
    DrawingFile,
    InFile,
    ItemNumber,
    Number,
    Pattern,
    YearFile,
    ascii_twin,
    building_code,
    normalised,
    parse,
    pattern_of,
)

FONDS = st.from_regex(r"[A-Z0-9]{4,5}", fullmatch=True)
CODES = st.from_regex(r"[A-Z]{2}\.[0-9]{2}(\.[A-Z]{1,2})?", fullmatch=True)
YEARS = st.integers(1900, 2199)
COUNTS = st.integers(1, 999_999)
ITEMS = st.builds(
    ItemNumber, FONDS, CODES, YEARS, st.sampled_from(["Y", "D2", "D10", "D30"]), st.sampled_from(Dept), COUNTS
)
FILES = st.builds(YearFile, FONDS, CODES, YEARS, COUNTS)
SHEETS = st.builds(
    DrawingFile,
    FONDS,
    st.from_regex(r"KJ\.02\.[A-Z]{1,2}", fullmatch=True),
    st.from_regex(r"[A-Z0-9]{1,4}", fullmatch=True),
    COUNTS,
)
NUMBERS: st.SearchStrategy[Number] = st.one_of(
    ITEMS, FILES, SHEETS, st.builds(InFile, st.one_of(FILES, SHEETS), COUNTS)
)
DOTS = st.sampled_from("·•・.．")
DASHES = st.sampled_from("-－–—")


@given(NUMBERS)
def test_a_number_reads_back_as_what_it_was_built_from(number: Number) -> None:
    assert parse(str(number)) == number
    assert parse(ascii_twin(str(number))) == number
    assert ascii_twin(str(number)).isascii()
    assert len(str(number)) <= 64


@given(NUMBERS, DOTS, DASHES, st.booleans(), st.booleans())
def test_however_it_is_typed(number: Number, dot: str, dash: str, wide: bool, lower: bool) -> None:
    typed = str(number).replace("·", dot).replace("-", dash)
    if wide:
        typed = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in typed)
    if lower:
        typed = typed.lower()
    assert normalised(f" {typed} ") == str(number)
    assert parse(typed) == number


@given(ITEMS, ITEMS)
def test_two_papers_never_share_a_number(one: ItemNumber, other: ItemNumber) -> None:
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("WY01-WS·02·2026-D10-KF-0018", ItemNumber("WY01", "WS.02", 2026, "D10", Dept.KF, 18)),
        ("WY01-ZX·01·2026-0045-003", InFile(YearFile("WY01", "ZX.01", 2026, 45), 3)),
        ("WY01-KJ·02·DQ-03-002-012", InFile(DrawingFile("WY01", "KJ.02.DQ", "03", 2), 12)),
        ("WY01-ZX·01·2026-0045", YearFile("WY01", "ZX.01", 2026, 45)),
    ],
)
def test_the_examples_of_the_rule(number: str, told: Number) -> None:
    assert str(told) == number
    assert parse(number) == told


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "WY01",
        "ZX-2026-0045",
        "WY01-ZX·01·2026-45-003",
        "WY01-ZX·01·2026-0000-003",
        "WY01-WS·02·2026-D10-KF-00018",
    ],
)
def test_what_is_no_number(typed: str) -> None:
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("code", "kind", "pattern"),
    [
        ("WS.02", "fixed", Pattern.ITEM),
        ("KU.01", "fixed", Pattern.ITEM),
        ("DA.01", "permanent", Pattern.ITEM),
        ("ZX.01", "event", Pattern.FILE),
        ("YZ.01", "event", Pattern.FILE),
        ("KJ.02", "permanent", Pattern.DRAWING),
        ("KJ.02.DQ", "permanent", Pattern.DRAWING),
    ],
)
def test_the_class_says_which_pattern(code: str, kind: str, pattern: Pattern) -> None:
    assert pattern_of(code, kind) is pattern


@pytest.mark.parametrize(
    ("typed", "code"), [("3", "03"), ("3栋", "03"), ("12号楼", "12"), ("Ａ座", "A"), ("b2", "B2")]
)
def test_a_building_as_it_stands_in_a_number(typed: str, code: str) -> None:
    assert building_code(typed) == code


@pytest.mark.parametrize("typed", ["", "综合楼", "A-1", "12345"])
def test_a_building_that_fits_no_number(typed: str) -> None:
    with pytest.raises(BadBuilding):
        building_code(typed)
