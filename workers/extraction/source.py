"""What every kind of document can do, once opened inside a child process."""

from dataclasses import dataclass
from typing import Final, Protocol

from PIL import Image, ImageChops

from workers.extraction.values import Inspection
from workers.extraction.wire import Message, as_file

TITLE_LENGTH: Final = 255


class Source(Protocol):
    """An opened document. Methods raise ``Unreadable``; pages count from 1."""

    def inspect(self, *, thoroughly: bool) -> Inspection:
        """What it is; ``thoroughly`` looks for active content too, which a second opening needn't repeat."""

    def page(self, number: int, *, scan: bool, spot: bool) -> Message:
        """One page as text or as a raster to be recognised.

        ``scan`` asks for the raster even if there is text; ``spot`` for a few strips of picture by which the
        text can be checked.
        """

    def picture(self, number: int) -> Image.Image:
        """The page as a plain viewer shows it, big enough to be read, in L or RGB."""

    def full(self, number: int) -> "FullPicture":
        """The page as a plain viewer shows it, in full size."""


@dataclass(frozen=True, slots=True)
class FullPicture:
    """Pixels, grey or red-green-blue by ``bands``, rows without gaps."""

    pixels: bytes | memoryview
    width: int
    height: int
    bands: int


def scan_message(page: Image.Image, long_mm: float | None, full: tuple[int, int]) -> Message:
    """A raster for recognition; grey pages travel in one channel."""
    page = plain(page)
    file = as_file(page.tobytes(), "page")
    return Message(
        {
            "kind": "scan",
            "width": page.width,
            "height": page.height,
            "channels": len(page.getbands()),
            "long_mm": long_mm,
            "full_width": full[0],
            "full_height": full[1],
        },
        files=(file,),
    )


def text_message(text: str) -> Message:
    """A page of text that has no picture."""
    return Message(
        {"kind": "text", "width": 0, "height": 0, "full_width": 0, "full_height": 0},
        (text.encode(), b"", b"", b"", b""),
    )


def plain(page: Image.Image) -> Image.Image:
    """The picture in L, or in RGB if it has colours."""
    if page.mode == "L":
        return page
    if page.mode in ("1", "LA", "I;16", "I", "F"):
        return page.convert("L")
    if page.mode != "RGB":
        page = page.convert("RGB")
    return page if _coloured(page) else page.convert("L")


def _coloured(page: Image.Image) -> bool:
    small = page.resize((min(300, page.width), min(300, page.height)), Image.Resampling.BOX, reducing_gap=1.0)
    red, green, blue = small.split()
    return any(
        int(ImageChops.difference(one, other).getextrema()[1]) > 24  # type: ignore[arg-type]  # one band: two ints
        for one, other in ((red, green), (green, blue), (red, blue))
    )


def clean(text: str) -> str:
    """Text without what can't be stored or shown: control characters, lone surrogates, non-characters."""
    return "".join(char for char in text if is_writing(char))


def is_writing(char: str) -> bool:
    """Whether a character may stand in a page's text."""
    code = ord(char)
    if code < 0x20:
        return char in "\n\t"
    return not (
        0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code < 0xFDF0
    )


def title_of(words: str | None) -> str | None:
    """A document's own title on one line, or None if it has none."""
    title = " ".join(clean(words or "").split())[:TITLE_LENGTH]
    return title or None
