"""Boxes come back as they were packed, and frames cover what they are asked to."""

import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_service.kernel.boxes import (
    NEWLINE,
    SCALE,
    CharBox,
    Frame,
    frames,
    frames_of_each,
    pack_boxes,
    unpack_boxes,
)

SIDE = st.floats(0, 1)


def line(text: str, *, top: float, left: float = 0.1, wide: float = 0.05) -> list[CharBox]:
    return [CharBox(left + at * wide, top, left + (at + 1) * wide, top + 0.04) for at in range(len(text))]


@settings(suppress_health_check=[HealthCheck.too_slow])  # which it is on a busy machine, whatever is drawn
@given(st.lists(st.builds(CharBox, SIDE, SIDE, SIDE, SIDE, st.integers(0, 255)), max_size=20))
def test_what_is_packed_comes_back(boxes: list[CharBox]) -> None:
    again = unpack_boxes(pack_boxes(boxes))
    assert [box.confidence for box in again] == [box.confidence for box in boxes]
    for box, other in zip(boxes, again, strict=True):
        assert other[:4] == pytest.approx(box[:4], abs=1 / SCALE)


def test_a_place_off_the_page_is_moved_to_its_edge() -> None:
    assert unpack_boxes(pack_boxes([CharBox(-0.2, 0.5, 1.7, 0.6)]))[0][:4] == pytest.approx(
        (0, 0.5, 1, 0.6), abs=1e-4
    )


def test_no_boxes_are_no_bytes_and_have_no_frames() -> None:
    assert pack_boxes([]) == b""
    assert unpack_boxes(b"") == ()
    assert frames(b"", [(0, 5)]) == ()


def test_a_span_has_one_frame_a_line() -> None:
    packed = pack_boxes([*line("一二三", top=0.1), NEWLINE, *line("四五", top=0.2)])
    (whole,) = frames(packed, [(0, 3)])
    assert (whole.x0, whole.y0, whole.x1, whole.y1) == pytest.approx((0.1, 0.1, 0.25, 0.14), abs=1e-4)
    assert len(frames(packed, [(1, 6)])) == 2
    assert len(frames(packed, [(0, 1), (4, 5)])) == 2


def test_lines_are_told_apart_even_without_a_newline_between() -> None:
    packed = pack_boxes([*line("一", top=0.1), *line("二", top=0.5)])
    assert len(frames(packed, [(0, 2)])) == 2


def test_spans_beyond_the_text_cover_what_there_is() -> None:
    packed = pack_boxes(line("一二", top=0.1))
    assert frames(packed, [(1, 99)]) == (Frame(*unpack_boxes(packed)[1][:4]),)
    assert frames(packed, [(5, 9)]) == ()


@pytest.mark.parametrize("packed", [b"nonsense", zlib.compress(b"12345")])
def test_other_bytes_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="boxes"):
        unpack_boxes(packed)


def test_many_spans_unpack_their_page_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A register may have thousands of numbers on one sheet."""
    packed = pack_boxes([CharBox(at / 100, 0.1, (at + 1) / 100, 0.2) for at in range(100)])
    unpacked: list[bytes] = []
    decompress = zlib.decompress

    def counted(data: bytes) -> bytes:
        unpacked.append(data)
        return decompress(data)

    monkeypatch.setattr(zlib, "decompress", counted)
    spans = [(at, at + 2) for at in range(0, 100, 4)]
    each = frames_of_each(packed, spans)
    assert unpacked == [packed]
    assert [len(found) for found in each] == [1] * 25
    assert [frame for found in each for frame in found] == list(frames(packed, spans))
