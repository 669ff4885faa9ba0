"""Small pictures of a page: preview, thumbnail, and the preview with personal numbers covered."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from archive_service.kernel import masking
from archive_service.kernel.boxes import Frame, frames_of_each, unpack_boxes
from archive_service.kernel.grids import COLUMNS, ROWS, pack_grid

PREVIEW_LONG: Final = 1400
THUMBNAIL_LONG: Final = 240
_PREVIEW_QUALITY: Final = 75
_THUMBNAIL_QUALITY: Final = 70

# Something like a number, misread here and there; only runs with a doubtful character in them are covered.
_NUMBER_LIKE: Final = re.compile(r"[0-9OoDQIl|SBZ](?:[ ._/-]{0,2}[0-9OoDQIl|SBZXx*?]){6,}")
_DIGITS_AT_LEAST: Final = 5
_DOUBTFUL: Final = 0.6 * 254
_MARGIN: Final = 0.2  # of a character's height: its recognised sides are estimates


@dataclass(frozen=True, slots=True)
class Pictures:
    """JPEGs; ``width`` and ``height`` are the preview's.

    ``masked`` is the preview itself where nothing is to be covered, None where that couldn't be found out. ``grid``:
    see ``kernel.grids``.
    """

    preview: bytes
    masked: bytes | None
    thumbnail: bytes
    width: int
    height: int
    grid: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with a box for each character, packed as ``kernel.boxes`` does."""

    text: str
    boxes: bytes


def fitted(width: int, height: int, long: int) -> tuple[int, int]:
    """Size with the long side at most ``long``, shape kept, never under one pixel."""
    scale = min(1.0, long / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def pictures(
    page: Image.Image, *readings: Reading, unread: Sequence[Frame] = (), checked: bool = True
) -> Pictures:
    """All three from an upright picture in L or RGB, at least as big as the preview should be.

    Numbers found in any of the ``readings`` are covered, and so are the places that are ``unread`` though something
    may stand there. ``checked``: whether the page could be looked through at all. A number that has no place can't
    be covered: its page's masked preview shows nothing at all.
    """
    preview = (
        page.resize(fitted(*page.size, PREVIEW_LONG), Image.Resampling.BILINEAR, reducing_gap=2.0)
        if max(page.size) > PREVIEW_LONG
        else page
    )
    thumbnail = preview.resize(
        fitted(*preview.size, THUMBNAIL_LONG), Image.Resampling.BILINEAR, reducing_gap=2.0
    )
    clear = _jpeg(preview, _PREVIEW_QUALITY)
    masked: bytes | None = None
    if checked:
        numbers = [places for reading in readings for places in _numbers(reading)]
        numbers += [(place,) for place in unread]
        masked = _jpeg(_covered(preview, numbers), _PREVIEW_QUALITY) if numbers else clear
    return Pictures(
        preview=clear,
        masked=masked,
        thumbnail=_jpeg(thumbnail, _THUMBNAIL_QUALITY),
        width=preview.width,
        height=preview.height,
        grid=_grid(preview),
    )


def _numbers(reading: Reading) -> list[tuple[Frame, ...]]:
    """Where each number to be covered stands."""
    spans: list[tuple[int, int]] = []
    for start, end in masking.spans(reading.text):
        # The digits that the masked text keeps may go: a picture's places aren't that exact.
        while start > 0 and reading.text[start - 1].isdigit():
            start -= 1
        spans.append((start, end))
    doubtful = [
        found
        for found in _NUMBER_LIKE.finditer(reading.text)
        if sum(char.isdigit() for char in found[0]) >= _DIGITS_AT_LEAST
    ]
    boxes = unpack_boxes(reading.boxes) if doubtful else ()
    for found in doubtful if boxes else ():
        inside = [boxes[at] for at in range(*found.span()) if reading.text[at].isalnum()]
        if min(box.confidence for box in inside) < _DOUBTFUL:
            spans.append(found.span())
    return frames_of_each(reading.boxes, spans)


def _covered(preview: Image.Image, numbers: Sequence[Sequence[Frame]]) -> Image.Image:
    covered = preview.copy()
    draw = ImageDraw.Draw(covered)
    ink = 64 if covered.mode == "L" else (64, 64, 64)
    if not all(numbers):
        draw.rectangle((0, 0, covered.width, covered.height), fill=ink)
    for place in (place for number in numbers for place in number):
        margin = _MARGIN * (place.y1 - place.y0) * covered.height
        # A tall place is a picture: what is right for a line of text would cover its surroundings.
        margin = min(margin, 0.01 * max(covered.size))
        draw.rectangle(
            (
                place.x0 * covered.width - margin,
                place.y0 * covered.height - margin,
                place.x1 * covered.width + margin,
                place.y1 * covered.height + margin,
            ),
            fill=ink,
        )
    return covered


def _grid(preview: Image.Image) -> bytes:
    grey = preview if preview.mode == "L" else preview.convert("L")
    return pack_grid(grey.resize((COLUMNS, ROWS), Image.Resampling.BOX).tobytes())


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
