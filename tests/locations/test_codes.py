import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.locations import Code, CodeKind, person_code
from archive_service.locations.rules.codes import box_number, place_label


@pytest.mark.parametrize(
    ("scanned", "kind", "text"),
    [
        ("WY01-WS.02.2026-D10-KF-0018", CodeKind.ARCHIVAL, "WY01-WS·02·2026-D10-KF-0018"),
        ("ｗｙ０１－ＺＸ．０１．２０２６－００４５", CodeKind.ARCHIVAL, "WY01-ZX·01·2026-0045"),
        (" WY01-KJ•02•DQ—03-002-012 ", CodeKind.ARCHIVAL, "WY01-KJ·02·DQ-03-002-012"),
        ("wy01-h-zx·01-2026-003", CodeKind.BOX, "WY01-H-ZX.01-2026-003"),
    ],
)
def test_a_scan_is_read_whatever_keyboard_language_is_on(scanned: str, kind: CodeKind, text: str) -> None:
    code = Code.parse(scanned)
    assert code is not None
    assert (code.kind, code.text) == (kind, text)


@pytest.mark.parametrize(
    "scanned", ["", "6901234567892", "https://example.org/x", "库1-D3", "P0004200", "WY01"]
)
def test_a_foreign_code_is_none_of_ours(scanned: str) -> None:
    assert Code.parse(scanned) is None


@given(st.integers(1, 999_999_999), st.booleans())
def test_short_codes_come_back(number: int, person: bool) -> None:
    code = Code.parse((person_code if person else place_label)(number).lower())
    assert code is not None
    assert code.number == number
    assert code.kind is (CodeKind.PERSON if person else CodeKind.PLACE)


@given(st.integers(1, 99_999), st.data())
def test_one_wrong_digit_or_two_swapped_are_noticed(number: int, data: st.DataObject) -> None:
    good = place_label(number)
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".replace(good[at], "")))
    assert Code.parse(good[:at] + other + good[at + 1 :]) is None
    left = data.draw(st.integers(0, len(good) - 2))
    swapped = good[:left] + good[left + 1] + good[left] + good[left + 2 :]
    assert swapped == good or Code.parse(swapped) is None


def test_the_number_of_a_box_is_a_code() -> None:
    code = Code.parse(box_number("WY01", "KJ.02.DQ", 2026, 1234))
    assert code is not None
    assert code.kind is CodeKind.BOX
