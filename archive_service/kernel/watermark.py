"""A name and a time over a picture of a page: legible, and nothing beneath it is lost. Pure.

The picture is one that the service has made itself; Pillow opens no bytes here that came from outside.
"""

import io
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from archive_service.kernel.clock import BUSINESS_ZONE

_DEGREES: Final = 24
_STRENGTH: Final = 74  # of 255: black letters stay nearly black under it, white paper turns light grey
_GREY: Final = 96
_QUALITY: Final = 85
_SMALLEST, _LARGEST = 15, 44  # pixels of a letter's height
_ON_TILES: Final = 20


def mark_text(name: str, user_id: int, at: datetime) -> str:
    """Who looks, and when by the counter's clock: ``陈晓梅 #7 2026-03-09 09:00``. The number tells two of one name apart."""
    return f"{name} #{user_id} {at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M}"


def marked(jpeg: bytes, text: str, font: Path | None) -> bytes:
    """The picture with ``text`` all over it. Raises OSError for what is no picture."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        size = min(_LARGEST, max(_SMALLEST, picture.width // 48))
        return _drawn(picture, text, size, font, 0, 0)


def marked_tile(jpeg: bytes, text: str, font: Path | None, left: int, top: int) -> bytes:
    """The same for a tile at (``left``, ``top``) of a larger picture, so that the text runs on over the tiles."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return _drawn(picture, text, _ON_TILES, font, left, top)


def _drawn(  # noqa: PLR0917  (one place for pages and tiles)
    picture: Image.Image, text: str, size: int, font: Path | None, left: int, top: int
) -> bytes:
    shown = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    cell = _cell(text, size, font)
    mask = Image.new("L", shown.size, 0)
    for y in range(-(top % cell.height), shown.height, cell.height):
        for x in range(-(left % cell.width), shown.width, cell.width):
            mask.paste(cell, (x, y))
    grey = _GREY if shown.mode == "L" else (_GREY, _GREY, _GREY)
    shown.paste(grey, (0, 0, *shown.size), mask)
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


@lru_cache(maxsize=32)
def _cell(text: str, size: int, font: Path | None) -> Image.Image:
    """What is repeated over the picture: the text twice, aslant, the second time between two of the first."""
    letters = _font(font, size)
    x0, y0, x1, y1 = letters.getbbox(text)
    line = Image.new("L", (int(x1 - x0) + 4, int(y1 - y0) + 4), 0)
    ImageDraw.Draw(line).text((2 - x0, 2 - y0), text, font=letters, fill=_STRENGTH)
    slanted = line.rotate(_DEGREES, resample=Image.Resampling.BICUBIC, expand=True)
    width, height = slanted.width + 2 * size, slanted.height + 3 * size
    cell = Image.new("L", (width, 2 * height), 0)
    cell.paste(slanted, (0, 0))
    for x in (-width // 2, width - width // 2):
        cell.paste(slanted, (x, height))
    return cell


@lru_cache(maxsize=16)
def _font(font: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Without the file, which is bundled with the pages' scripts, Pillow's own: numbers and time stay legible."""
    if font is not None and font.is_file():
        return ImageFont.truetype(font, size)
    return ImageFont.load_default(size)
