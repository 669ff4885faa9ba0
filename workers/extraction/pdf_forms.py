"""What is filled in on a PDF's form, or written on top of it: values and notes as text, in their places."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from archive_service.kernel import masking
from archive_service.kernel.boxes import NEWLINE, CharBox, Frame, frames, pack_boxes
from workers.extraction.mixed import merged
from workers.extraction.pdf_places import UNSEEN, ToFractions
from workers.extraction.pictures import Reading
from workers.extraction.rows import side_by_side
from workers.extraction.source import is_writing

_FIELDS_SEEN: Final = 5000
_MOST_WRITING: Final = 200_000  # characters on a page
_PASSWORD: Final = 1 << 13
_CHOICES: Final = frozenset({pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX})
_APART: Final = 0.3  # of a field's height; closer ones are the boxes of one number, a digit each


@dataclass(frozen=True, slots=True)
class _Field:
    lines: tuple[str, ...]
    box: CharBox

    @property
    def frame(self) -> Frame:
        return Frame(*(min(1.0, max(0.0, side)) for side in self.box[:4]))


def with_fields(page: pypdfium2.PdfPage, known: Reading) -> tuple[Reading, tuple[Frame, ...]]:
    """The text with the values of the page's fields in their places; and what of fields and notes to cover.

    Where in its field a value stands is the form's secret, and where in a note its words: one that holds a personal
    number, or a part of one that goes on beside it, is to be covered as a whole.
    """
    fields = [] if page.formenv is None else list(_fields(page))
    whole = known
    covered: list[Frame] = []
    if fields:
        values, covered = _values(fields)
        whole = merged(known, values, (), filled_in=True) if known.text else values
    notes = list(_notes(page))
    if not fields and not notes:
        return known, ()
    # The paper may have the first digits printed, and ask for the others only; a number may be made of many notes.
    # What notes look like is read off the page: their own words are here for looking numbers up.
    added = merged(whole, _values(notes)[0], (), filled_in=True) if notes else whole
    beside = side_by_side(added)
    numbers = frames(beside.boxes, masking.spans(beside.text))
    covered.extend(_spread_over([field.frame for field in (*fields, *notes)], numbers))
    return whole, tuple(dict.fromkeys(covered))


def _values(fields: Sequence[_Field]) -> tuple[Reading, list[Frame]]:
    """The fields' values by rows, and the fields that hold personal numbers by themselves or with their neighbours."""
    text: list[str] = []
    boxes: list[CharBox] = []
    covered: list[Frame] = []
    for row in _rows(fields):
        if text:
            text.append("\n")
            boxes.append(NEWLINE)
        start = len(text)
        owners: list[_Field] = []
        for field in row:
            if owners and field.box.x0 - owners[-1].box.x1 > _APART * (field.box.y1 - field.box.y0):
                text.append(" ")
                boxes.append(CharBox(owners[-1].box.x1, field.box.y0, field.box.x0, field.box.y1))
                owners.append(field)
            for at, line in enumerate(field.lines):
                if at:
                    text.append("\n")
                    boxes.append(NEWLINE)
                    owners.append(field)
                text.extend(line)
                boxes.extend(_spread(line, field.box, at, len(field.lines)))
                owners.extend([field] * len(line))
        for first, last in masking.spans("".join(text[start:])):
            covered.extend(dict.fromkeys(owner.frame for owner in owners[first:last]))
    return Reading("".join(text), pack_boxes(boxes)), covered


def _spread_over(fields: Sequence[Frame], numbers: Sequence[Frame]) -> Iterator[Frame]:
    """The fields that a number reaches into, and what of it stands outside."""
    for number in numbers:
        reached = [
            field
            for field in fields
            if field.x0 < number.x1 and number.x0 < field.x1 and field.y0 < number.y1 and number.y0 < field.y1
        ]
        if reached:
            yield from (number, *reached)


def _fields(page: pypdfium2.PdfPage) -> Iterator[_Field]:
    return _written(page, pdfium.FPDF_ANNOT_WIDGET, _value)


def _notes(page: pypdfium2.PdfPage) -> Iterator[_Field]:
    """Text that somebody wrote on top of the page."""
    return _written(page, pdfium.FPDF_ANNOT_FREETEXT, _contents)


def _written(
    page: pypdfium2.PdfPage,
    kind: int,
    value_of: Callable[[pypdfium2.PdfPage, pdfium.FPDF_ANNOTATION, int], str],
) -> Iterator[_Field]:
    place = ToFractions(page)
    left = _MOST_WRITING
    for at in range(min(_FIELDS_SEEN, pdfium.FPDFPage_GetAnnotCount(page))):
        annotation = pdfium.FPDFPage_GetAnnot(page, at)
        if not annotation:
            continue
        try:
            rect = pdfium.FS_RECTF()
            if (
                pdfium.FPDFAnnot_GetSubtype(annotation) != kind
                or pdfium.FPDFAnnot_GetFlags(annotation) & UNSEEN
                or not pdfium.FPDFAnnot_GetRect(annotation, rect)
            ):
                continue
            value = value_of(page, annotation, left)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        lines = tuple(
            line
            for part in value.splitlines()
            if (line := "".join(char for char in part if is_writing(char)).strip())
        )
        box = place(rect.left, rect.bottom, rect.right, rect.top)
        if lines and box.x1 > max(0.0, box.x0) and box.y1 > max(0.0, box.y0) and box.x0 < 1 and box.y0 < 1:
            yield _Field(lines, box)
            left -= sum(map(len, lines))


def _contents(_page: pypdfium2.PdfPage, annotation: pdfium.FPDF_ANNOTATION, most: int) -> str:
    buffer = _buffer(pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0), most)
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", *buffer)
    return _words(buffer[0])


def _value(page: pypdfium2.PdfPage, annotation: pdfium.FPDF_ANNOTATION, most: int) -> str:
    """What somebody wrote or chose; nothing for buttons and passwords."""
    form = page.formenv
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _CHOICES:
        chosen = []
        for at in range(min(_FIELDS_SEEN, pdfium.FPDFAnnot_GetOptionCount(form, annotation))):
            if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, at):
                size = pdfium.FPDFAnnot_GetOptionLabel(form, annotation, at, None, 0)
                buffer = _buffer(size, most)
                pdfium.FPDFAnnot_GetOptionLabel(form, annotation, at, *buffer)
                chosen.append(_words(buffer[0]))
        if chosen:
            return "\n".join(chosen)[:most]
    elif (
        kind != pdfium.FPDF_FORMFIELD_TEXTFIELD
        or pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD
    ):
        return ""
    buffer = _buffer(pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, None, 0), most)
    pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, *buffer)
    return _words(buffer[0])


def _buffer(size: int, most: int) -> "tuple[ctypes.Array[ctypes.c_ushort], int]":
    """Room for so many bytes; a value longer than may be is left to be read off the page's picture."""
    size = size if 2 < size <= 2 * most else 2
    return (ctypes.c_ushort * (size // 2))(), size


def _words(buffer: "ctypes.Array[ctypes.c_ushort]") -> str:
    return bytes(buffer).decode("utf-16-le", "replace").partition("\0")[0]


def _rows(fields: Sequence[_Field]) -> Iterator[list[_Field]]:
    """Fields of one line that stand side by side, from the left; a number may be spread over them."""
    row: list[_Field] = []
    for field in sorted(fields, key=lambda field: (field.box.y0 + field.box.y1) / 2):
        middle = (field.box.y0 + field.box.y1) / 2
        if row and not (row[0].box.y0 <= middle <= row[0].box.y1):
            yield sorted(row, key=lambda field: field.box.x0)
            row = []
        row.append(field)
    if row:
        yield sorted(row, key=lambda field: field.box.x0)


def _spread(line: str, box: CharBox, number: int, count: int) -> Iterator[CharBox]:
    """The line's characters side by side over the whole width, so that what is read there is known."""
    top = box.y0 + (box.y1 - box.y0) * number / count
    bottom = box.y0 + (box.y1 - box.y0) * (number + 1) / count
    step = (box.x1 - box.x0) / len(line)
    for at, char in enumerate(line):
        end = at + 1
        while not char.isspace() and end < len(line) and line[end].isspace():
            end += 1
        yield CharBox(box.x0 + at * step, top, box.x0 + end * step, bottom)
