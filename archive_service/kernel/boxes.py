"""Where each character of a page stands, packed small enough to keep for every page.

One record for each character of the page's text, in the text's order, newlines included: left, top, right,
bottom as unsigned 16-bit fractions (1/65535) of the upright page's width and height, then a confidence byte
(255 = certain, as from a text layer). Little-endian, 9 bytes a record, compressed with zlib. A newline is the
record of nine zero bytes. No records at all pack to ``b""``: a page whose text has no places.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

SCALE: Final = 65535
_RECORD: Final = struct.Struct("<4HB")


class CharBox(NamedTuple):
    """One character's rectangle, 0..1 of the page's width and height, and its confidence, 0..255."""

    x0: float
    y0: float
    x1: float
    y1: float
    confidence: int = 255


NEWLINE: Final = CharBox(0.0, 0.0, 0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle to draw over a page picture: fractions (0..1) of its width and height."""

    x0: float
    y0: float
    x1: float
    y1: float


def pack_boxes(boxes: Iterable[CharBox]) -> bytes:
    """One compressed string of records; coordinates outside the page are moved to its edge."""
    records = b"".join(
        _RECORD.pack(*(min(SCALE, max(0, round(side * SCALE))) for side in box[:4]), box.confidence)
        for box in boxes
    )
    return zlib.compress(records, 6) if records else b""


def unpack_boxes(packed: bytes) -> tuple[CharBox, ...]:
    """The records again, one a character.

    Raises ValueError if the bytes aren't what ``pack_boxes`` makes.
    """
    return tuple(
        CharBox(x0 / SCALE, y0 / SCALE, x1 / SCALE, y1 / SCALE, confidence)
        for x0, y0, x1, y1, confidence in _RECORD.iter_unpack(_records(packed))
    )


def frames(boxes: bytes, spans: Sequence[tuple[int, int]]) -> tuple[Frame, ...]:
    """Rectangles that cover the characters of each span ``(start, end)``, one for each line it touches.

    Spans count characters of the page's text. A span that reaches past the text covers what there is of it;
    text without places gives no frames. Raises ValueError as ``unpack_boxes``.
    """
    return tuple(chain.from_iterable(frames_of_each(boxes, spans)))


def frames_of_each(boxes: bytes, spans: Sequence[tuple[int, int]]) -> list[tuple[Frame, ...]]:
    """As ``frames``, but those of each span by themselves: the boxes are unpacked once, however many there are."""
    records = _records(boxes)
    return [_frames_of(records, start, end) for start, end in spans]


def _frames_of(records: bytes, start: int, end: int) -> tuple[Frame, ...]:
    found: list[Frame] = []
    line: tuple[int, int, int, int] | None = None
    for at in range(max(0, start), min(end, len(records) // _RECORD.size)):
        x0, y0, x1, y1, _ = _RECORD.unpack_from(records, at * _RECORD.size)
        if x1 <= x0 and y1 <= y0:  # a newline has no place
            continue
        if line is not None and _same_line(line, (y0, y1)):
            line = min(line[0], x0), min(line[1], y0), max(line[2], x1), max(line[3], y1)
            continue
        if line is not None:
            found.append(_frame(line))
        line = x0, y0, x1, y1
    if line is not None:
        found.append(_frame(line))
    return tuple(found)


def _records(packed: bytes) -> bytes:
    if not packed:
        return b""
    try:
        records = zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError("not a packed string of character boxes") from error
    if len(records) % _RECORD.size:
        raise ValueError("a packed string of character boxes ends in the middle of a record")
    return records


def _same_line(line: tuple[int, int, int, int], sides: tuple[int, int]) -> bool:
    """Whether a character shares at least half its height, or half the line's, with the line so far."""
    shared = min(line[3], sides[1]) - max(line[1], sides[0])
    return shared * 2 >= min(line[3] - line[1], sides[1] - sides[0])


def _frame(line: tuple[int, int, int, int]) -> Frame:
    return Frame(line[0] / SCALE, line[1] / SCALE, line[2] / SCALE, line[3] / SCALE)
