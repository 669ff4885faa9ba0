"""Labels, cards and spines of boxes as PDF: QR code, Code 128 and the same in words. Draws what it is given."""

import io
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from archive_service.locations.rules.sheets import Label, Sheet, Spine, must_fit

_PAD: Final = 2 * mm
_QUIET_MODULES: Final = 4
_FINEST_BAR: Final = 0.19 * mm
"""Finer bars are read by no scanner of an office: a label that is too narrow for them has its QR code alone."""
_WIDEST_BAR: Final = 0.33 * mm
_BARS_HIGH: Final = 7 * mm
_SPINE_HIGH: Final = 200 * mm
_SPINES_LEFT: Final = 10 * mm


@cache
def _font(path: Path | None) -> str:
    """The bundle's font, of which each PDF gets what it needs; without the bundle the one that viewers bring along."""
    if path is not None and path.is_file():
        try:
            pdfmetrics.registerFont(TTFont("Labels", str(path)))
            return "Labels"
        except TTFError:
            pass
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def labels_pdf(labels: Sequence[Label], sheet: Sheet, *, start: int = 1, font: Path | None = None) -> bytes:
    """A4 sheets, or single labels, beginning with the ``start``-th label of the first sheet.

    Raises BadStart, NoLabels, TooManyLabels.
    """
    must_fit(sheet, start, len(labels))
    out, name = io.BytesIO(), _font(font)
    canvas = Canvas(out, pagesize=(sheet.page[0] * mm, sheet.page[1] * mm), invariant=True)
    canvas.setTitle("Labels")
    for (x, y), label in zip(_cells(canvas, sheet, start), labels, strict=False):
        _draw(canvas, label, x, y, sheet.width * mm, sheet.height * mm, name)
    canvas.save()
    return out.getvalue()


def _cells(canvas: Any, sheet: Sheet, start: int) -> Iterator[tuple[float, float]]:
    """Lower left corners, page after page."""
    at = start - 1
    while True:
        if at == sheet.count:
            canvas.showPage()
            at = 0
        row, column = divmod(at, sheet.columns)
        left = sheet.left + column * (sheet.width + sheet.between_columns)
        top = sheet.top + row * (sheet.height + sheet.between_rows)
        yield left * mm, (sheet.page[1] - top - sheet.height) * mm
        at += 1


def _draw(  # noqa: PLR0917  (a place on the page)
    canvas: Any, label: Label, x: float, y: float, width: float, height: float, font: str
) -> None:
    bars = _bars(label.code, width - 2 * _PAD)
    below = _BARS_HIGH + 3.5 * mm if bars is not None and height >= 30 * mm else 0
    side = min(height - 2 * _PAD - below, width * 0.4)
    _qr(canvas, label.code, x + _PAD, y + height - _PAD - side, side)
    text = x + _PAD + side + 1.5 * mm
    room = x + width - _PAD - text
    line = y + height - _PAD - 10
    canvas.setFont(font, _fitting(label.heading, font, 11, 6, room))
    canvas.drawString(text, line, _cut(label.heading, font, canvas._fontsize, room))
    for told in label.lines:
        line -= 9.5
        if line < y + below + _PAD:
            break
        canvas.setFont(font, _fitting(told, font, 8, 5.5, room))
        canvas.drawString(text, line, _cut(told, font, canvas._fontsize, room))
    if below and bars is not None:
        bars.drawOn(canvas, x + (width - bars.width) / 2, y + _PAD + 3 * mm)
        canvas.setFont("Helvetica", 7)
        canvas.drawCentredString(x + width / 2, y + _PAD + 0.4 * mm, label.code)
    else:
        size = _fitting(label.code, "Helvetica", 7, 4.5, room)
        canvas.setFont("Helvetica", size)
        canvas.drawString(text, y + _PAD, label.code)


def _bars(code: str, room: float) -> Any:
    """As wide as there is room for, or None."""
    narrow = Code128(code, barWidth=_FINEST_BAR, barHeight=_BARS_HIGH, quiet=False)
    quiet = 20 * _FINEST_BAR
    if narrow.width + quiet > room:
        return None
    bar = min(_WIDEST_BAR, _FINEST_BAR * room / (narrow.width + quiet))
    return Code128(code, barWidth=bar, barHeight=_BARS_HIGH, quiet=False)


def _qr(canvas: Any, code: str, x: float, y: float, side: float) -> None:
    matrix = segno.make(code, error="m", micro=False, boost_error=True).matrix
    module = side / (
        len(matrix) + _QUIET_MODULES
    )  # half of the quiet zone; the margin of the label is the rest
    left, top = x + _QUIET_MODULES / 2 * module, y + side - _QUIET_MODULES / 2 * module
    for down, row in enumerate(matrix):
        across = 0
        while across < len(
            row
        ):  # one rectangle for each run: two beside each other would show a hair between them
            run = next((n for n in range(across, len(row)) if not row[n]), len(row)) - across
            if run:
                canvas.rect(
                    left + across * module, top - (down + 1) * module, run * module, module, stroke=0, fill=1
                )
            across += run or 1


def _fitting(text: str, font: str, most: float, least: float, room: float) -> float:
    wide = pdfmetrics.stringWidth(text, font, most) or 1
    return max(least, min(most, most * room / wide))


def _cut(text: str, font: str, size: float, room: float) -> str:
    if pdfmetrics.stringWidth(text, font, size) <= room:
        return text
    while text and pdfmetrics.stringWidth(text + "…", font, size) > room:
        text = text[:-1]
    return text + "…"


def spines_pdf(spines: Sequence[Spine], *, font: Path | None = None) -> bytes:
    """The backs of boxes to cut out, beside each other on A4, each as wide as its box."""
    out, name = io.BytesIO(), _font(font)
    wide, high = 210 * mm, 297 * mm
    canvas = Canvas(out, pagesize=(wide, high), invariant=True)
    canvas.setTitle("Spines")
    x = _SPINES_LEFT
    for spine in spines:
        width = spine.width_mm * mm
        if x + width > wide - _SPINES_LEFT and x > _SPINES_LEFT:
            canvas.showPage()
            x = _SPINES_LEFT
        _spine(canvas, spine, x, high - 20 * mm - _SPINE_HIGH, width, name)
        x += width + 3 * mm
    canvas.save()
    return out.getvalue()


def _spine(  # noqa: PLR0917  (a place on the page)
    canvas: Any, spine: Spine, x: float, y: float, width: float, font: str
) -> None:
    canvas.setLineWidth(0.4)
    canvas.rect(x, y, width, _SPINE_HIGH)
    side = min(width - 2 * _PAD, 24 * mm)
    _qr(canvas, spine.code, x + (width - side) / 2, y + _PAD, side)
    cell = (_SPINE_HIGH - side - 2 * _PAD) / max(1, len(spine.rows))
    for n, (what, told) in enumerate(spine.rows):
        top = y + _SPINE_HIGH - n * cell
        canvas.line(x, top - cell, x + width, top - cell)
        canvas.setFont(font, min(8, _fitting(what, font, 8, 5, width - _PAD)))
        canvas.drawCentredString(x + width / 2, top - 10, what)
        lines = told.split("\n")
        size = min(_fitting(line, font, 13, 4.5, width - _PAD) for line in lines)
        middle = top - cell / 2 - 4 + (len(lines) - 1) * (size + 2) / 2
        canvas.setFont(font, size)
        for m, line in enumerate(lines):
            canvas.drawCentredString(
                x + width / 2, middle - m * (size + 2), _cut(line, font, size, width - 2)
            )
