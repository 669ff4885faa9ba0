"""A PDF page's text layer, read through PDFium: words with their places, and where there are none."""

import ctypes
from dataclasses import dataclass
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from archive_service.kernel.boxes import NEWLINE, CharBox, pack_boxes
from workers.extraction.pdf_places import ToFractions
from workers.extraction.rubbish import is_chinese
from workers.extraction.source import is_writing

_WORDLESS_RUN: Final = 5  # characters
_SPOTS: Final = 2
_SPOT_LENGTH: Final = 20  # characters
_HYPHENS: Final = frozenset({0xFFFE, 0x02})  # what PDFium makes of a hyphen at a line's end


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    box: tuple[float, float, float, float]  # fractions


def text_of(page: pypdfium2.PdfPage) -> tuple[str, bytes, list[Line], list[CharBox]]:
    """The text layer with a box for each character, the beginnings of its lines, and the places of runs of
    characters that are shown but have no words in the layer."""
    layer = page.get_textpage()
    try:
        count = pdfium.FPDFText_CountChars(layer)
        place = ToFractions(page)
        text: list[str] = []
        boxes: list[CharBox] = []
        unknown: list[CharBox] = []
        run: list[CharBox] = []
        high = 0
        loose = pdfium.FS_RECTF()
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        for at in range(max(0, count)):
            code = pdfium.FPDFText_GetUnicode(layer, at)
            if code in _HYPHENS:
                code = 0x2D
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000 and high:
                code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
            high = 0
            char = chr(code) if code < 0x110000 else "\ufffd"
            if code in (0, 0xFFFD) or 0xE000 <= code < 0xF900:
                pdfium.FPDFText_GetLooseCharBox(layer, at, loose)
                run.append(place(loose.left, loose.bottom, loose.right, loose.top))
            elif not char.isspace():
                # One or two are bullets; more may be a number.
                unknown += run if len(run) >= _WORDLESS_RUN else []
                run = []
            if not is_writing(char):
                continue
            text.append(char)
            if char == "\n":
                boxes.append(NEWLINE)
                continue
            pdfium.FPDFText_GetLooseCharBox(layer, at, loose)
            if loose.right > loose.left and loose.top > loose.bottom:
                boxes.append(place(loose.left, loose.bottom, loose.right, loose.top))
                continue
            # A font without sensible measures: the ink's own box, or none for a blank.
            pdfium.FPDFText_GetCharBox(layer, at, left, right, bottom, top)
            boxes.append(place(left.value, bottom.value, right.value, top.value))
    finally:
        layer.close()
    while text and text[-1].isspace():
        text.pop()
        boxes.pop()
    whole = "".join(text)
    unknown += run if len(run) >= _WORDLESS_RUN else []
    return whole, pack_boxes(boxes), _lines(whole, boxes), unknown


def _lines(text: str, boxes: list[CharBox]) -> list[Line]:
    """Lines' beginnings: as much of each as a spot check looks at."""
    found: list[Line] = []
    start = 0
    for line in text.split("\n"):
        part = boxes[start : start + min(len(line), _SPOT_LENGTH)]
        if part:
            box = (
                min(b.x0 for b in part),
                min(b.y0 for b in part),
                max(b.x1 for b in part),
                max(b.y1 for b in part),
            )
            found.append(Line(line[:_SPOT_LENGTH], box))
        start += len(line) + 1
    return found


def spots_of(lines: list[Line]) -> list[Line]:
    """The longest lines that lie on the page and run along it."""
    fit = [
        line
        for line in lines
        if len(line.text.strip()) >= 4
        and is_chinese(line.text * 2)
        and 0 <= line.box[0] < line.box[2] <= 1
        and 0 <= line.box[1] < line.box[3] <= 1
    ]
    return sorted(fit, key=lambda line: -len(line.text))[:_SPOTS]
