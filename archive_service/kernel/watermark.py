"""A name and a time over a picture of a page: legible, and nothing beneath it is lost. Pure.

The picture is one that the service has made itself; Pillow opens no bytes here that came from outside.
"""

import io
import re
import zlib
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


def mark_text(name: str, user_id: int, at: datetime, slip: str = "") -> str:
    """Who looks, when by the counter's clock, and by which loan: ``陈晓梅 #7 2026-03-09 09:00 JY-2026-0001``. The number
    tells two of one name apart."""
    return f"{name} #{user_id} {at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M} {slip}".rstrip()


def marked(jpeg: bytes, text: str, font: Path | None) -> bytes:
    """The picture with ``text`` all over it. Raises OSError for what is no picture."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        size = min(_LARGEST, max(_SMALLEST, picture.width // 48))
        return _drawn(picture, text, size, font, 0, 0)


def marked_tile(jpeg: bytes, text: str, font: Path | None, left: int, top: int) -> bytes:
    """The same for a tile at (``left``, ``top``) of a larger picture, so that the text runs on over the tiles."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return _drawn(picture, text, _ON_TILES, font, left, top)


PDF_PLACE: Final = b"%mark 4 0\n"
"""In the first bytes of a searchable copy that takes marks, see ``workers.extraction.searchable``."""
PDF_TAIL: Final = 1024
_POINTS: Final = 0.32  # of a pixel of the mark on the page


def pdf_mark(head: bytes, tail: bytes, size: int, text: str, font: Path | None) -> bytes:
    """What is written behind a searchable copy of ``size`` bytes, so that every page bears ``text``: a new object in the
    place that was left for it (an incremental update). ``head`` and ``tail``: its first and last PDF_TAIL bytes at
    least. b"" for a file without such a place.
    """
    found = _TRAILER.search(tail)
    if PDF_PLACE not in head[:64] or found is None:
        return b""
    count, start = int(found[1]), int(found[2])
    cell = _cell(text, 40, font).point(lambda value: 255 if value > _STRENGTH // 2 else 0).convert("1")
    wide, high = cell.width * _POINTS, cell.height * _POINTS
    fill = b"/Pattern cs /P scn 0 0 14400 14400 re f"
    draw = f"/G gs 0.78 g q {wide:.2f} 0 0 {high:.2f} 0 0 cm /M Do Q".encode()
    objects = (
        (
            4,
            f"/Type /XObject /Subtype /Form /BBox [0 0 14400 14400] /Resources << /Pattern << /P {count} 0 R >> >>",
            fill,
        ),
        (
            count,
            (
                f"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 {wide:.2f} {high:.2f}] "
                f"/XStep {wide:.2f} /YStep {high:.2f} /Resources << /XObject << /M {count + 1} 0 R >> "
                "/ExtGState << /G << /Type /ExtGState /BM /Multiply >> >> >>"
            ),
            draw,
        ),
        (
            count + 1,
            (
                f"/Type /XObject /Subtype /Image /ImageMask true /Width {cell.width} /Height {cell.height} "
                "/BitsPerComponent 1 /Decode [1 0] /Filter /FlateDecode"
            ),
            zlib.compress(cell.tobytes()),
        ),
    )
    out, places = io.BytesIO(b"\n"), {}
    out.seek(0, io.SEEK_END)
    for number, entries, content in objects:
        places[number] = size + out.tell()
        out.write(f"{number} 0 obj\n<< {entries} /Length {len(content)} >>\nstream\n".encode())
        out.write(content + b"\nendstream\nendobj\n")
    at = size + out.tell()
    out.write(f"xref\n4 1\n{places[4]:010} 00000 n \n{count} 2\n".encode())
    out.write("".join(f"{places[n]:010} 00000 n \n" for n in (count, count + 1)).encode())
    out.write(
        f"trailer\n<< /Size {count + 2} /Root 1 0 R /Prev {start} >>\nstartxref\n{at}\n%%EOF\n".encode()
    )
    return out.getvalue()


_TRAILER: Final = re.compile(rb"/Size (\d{1,10}) /Root 1 0 R >>\nstartxref\n(\d{1,15})\n%%EOF\n\Z")


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
