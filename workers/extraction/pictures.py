"""Small pictures of a page: preview, thumbnail, and the preview with personal numbers covered."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from archive_service.kernel import masking
from archive_service.kernel.boxes import Frame, frames

PREVIEW_LONG: Final = 1400
THUMBNAIL_LONG: Final = 240
_PREVIEW_QUALITY: Final = 75
_THUMBNAIL_QUALITY: Final = 70


@dataclass(frozen=True, slots=True)
class Pictures:
    """JPEGs; ``masked`` is None where nothing is to be covered. ``width`` and ``height`` are the preview's."""

    preview: bytes
    masked: bytes | None
    thumbnail: bytes
    width: int
    height: int


def fitted(width: int, height: int, long: int) -> tuple[int, int]:
    """Size with the long side at most ``long``, shape kept, never under one pixel."""
    scale = min(1.0, long / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def pictures(page: Image.Image, text: str, boxes: bytes) -> Pictures:
    """All three from an upright picture in L or RGB, at least as big as the preview should be.

    A number that has no place can't be covered: its page's masked preview shows nothing at all. A thumbnail is
    too small to be read.
    """
    preview = (
        page.resize(fitted(*page.size, PREVIEW_LONG), Image.Resampling.BILINEAR, reducing_gap=2.0)
        if max(page.size) > PREVIEW_LONG
        else page
    )
    thumbnail = preview.resize(
        fitted(*preview.size, THUMBNAIL_LONG), Image.Resampling.BILINEAR, reducing_gap=2.0
    )
    spans = masking.spans(text)
    masked = None
    if spans:
        masked = _jpeg(_covered(preview, [frames(boxes, [span]) for span in spans]), _PREVIEW_QUALITY)
    return Pictures(
        preview=_jpeg(preview, _PREVIEW_QUALITY),
        masked=masked,
        thumbnail=_jpeg(thumbnail, _THUMBNAIL_QUALITY),
        width=preview.width,
        height=preview.height,
    )


def _covered(preview: Image.Image, numbers: Sequence[Sequence[Frame]]) -> Image.Image:
    covered = preview.copy()
    draw = ImageDraw.Draw(covered)
    ink = 64 if covered.mode == "L" else (64, 64, 64)
    if not all(numbers):
        draw.rectangle((0, 0, covered.width, covered.height), fill=ink)
    for place in (place for number in numbers for place in number):
        height = (place.y1 - place.y0) * covered.height
        # A recognised character's sides are estimates: cover a little more, but not the digits left to see.
        side, above = 0.08 * height, 0.12 * height
        draw.rectangle(
            (
                place.x0 * covered.width - side,
                place.y0 * covered.height - above,
                place.x1 * covered.width + side,
                place.y1 * covered.height + above,
            ),
            fill=ink,
        )
    return covered


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
