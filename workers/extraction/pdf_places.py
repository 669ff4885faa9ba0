"""Where things stand on a PDF's page: places for the text layer's characters, and what that layer can't tell of."""

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from archive_service.kernel.boxes import CharBox, Frame

# Pictures that make up less of a page altogether are logos; whoever may not see numbers doesn't see them.
_NOTICEABLE: Final = 0.02
_SHORTEST, _LOWEST = 20.0, 4.0  # points: in a smaller picture no number can be read
_OBJECTS_SEEN: Final = 20_000
_DEPTH: Final = 4
_SEGMENTS_SEEN: Final = 2000
# Eleven drawn digits have more curves, or more short strokes; a few round corners and rules have fewer.
_CURVES: Final = 40
_STROKES: Final = 24
_SHORT: Final = 1.0, 50.0  # points: a digit's stroke; what is longer is a rule
_THIN: Final = 2.5  # points
_LINES_SEEN: Final = 20_000
_MOST_RECTS: Final = 1500
_ROOM: Final = 0.004  # around each area
_MOST_AREAS: Final = 60
# They have no words of their own on the page, unless they bring their own look.
_MUTE: Final = frozenset(
    {
        pdfium.FPDF_ANNOT_LINK,
        pdfium.FPDF_ANNOT_POPUP,
        pdfium.FPDF_ANNOT_TEXT,
        pdfium.FPDF_ANNOT_HIGHLIGHT,
        pdfium.FPDF_ANNOT_UNDERLINE,
        pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT,
    }
)
_BUTTONS: Final = frozenset(
    {
        pdfium.FPDF_FORMFIELD_PUSHBUTTON,
        pdfium.FPDF_FORMFIELD_CHECKBOX,
        pdfium.FPDF_FORMFIELD_RADIOBUTTON,
    }
)
UNSEEN: Final = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
WHOLE: Final = Frame(0.0, 0.0, 1.0, 1.0)
_Rect = tuple[float, float, float, float]  # left, bottom, right, top in points
_Matrix = tuple[float, float, float, float, float, float]
_Drawn = tuple[pdfium.FPDF_PAGEOBJECT, int, _Rect | None, _Matrix]


@dataclass(frozen=True, slots=True)
class Besides:
    """What a page shows besides its text layer: ``areas`` to be read, ``covered`` ones too small to bother."""

    areas: tuple[Frame, ...]
    covered: tuple[Frame, ...]


class ToFractions:
    """Page space to fractions of the shown page. The crop box lies on pages that inherit theirs, so PDFium's own
    mapping is asked, once for three points since it is linear."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        x, y = ctypes.c_int(), ctypes.c_int()
        side, reach = 1_000_000, 1000.0
        points = []
        for at_x, at_y in ((0.0, 0.0), (reach, 0.0), (0.0, reach)):
            pdfium.FPDF_PageToDevice(page, 0, 0, side, side, 0, at_x, at_y, x, y)
            points.append((x.value / side, y.value / side))
        (self._x, self._y), over, up = points
        self._over = (over[0] - self._x) / reach, (over[1] - self._y) / reach
        self._up = (up[0] - self._x) / reach, (up[1] - self._y) / reach

    def __call__(self, left: float, bottom: float, right: float, top: float) -> CharBox:
        (over_x, over_y), (up_x, up_y) = self._over, self._up
        x0, y0 = self._x + left * over_x + bottom * up_x, self._y + left * over_y + bottom * up_y
        x1, y1 = self._x + right * over_x + top * up_x, self._y + right * over_y + top * up_y
        if x0 > x1:
            x0, x1 = x1, x0
        if y0 > y1:
            y0, y1 = y1, y0
        return CharBox(x0, y0, x1, y1)


def besides_text(page: pypdfium2.PdfPage, unknown: Sequence[CharBox]) -> Besides:
    """Pictures, annotations and drawn letters; ``unknown``: places of characters that the layer has no words for."""
    place = ToFractions(page)
    pictures: list[_Rect] = []
    drawing = _Drawing()
    for count, (entry, kind, rect, matrix) in enumerate(_drawn(page)):
        if count >= _OBJECTS_SEEN:
            return Besides((WHOLE,), ())
        if rect is None:
            continue
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(rect)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            drawing.add(entry, rect, matrix)
    framed = [(rect, frame) for rect in pictures if (frame := _frame(place(*rect))) is not None]
    noticeable = sum((f.x1 - f.x0) * (f.y1 - f.y0) for _, f in framed) > _NOTICEABLE
    areas = [frame for _, frame in framed] if noticeable else []
    small = [] if noticeable else [frame for rect, frame in framed if _holds_a_number(rect)]
    rects = [*annotated(page), *drawing.letters()]
    areas += [frame for rect in rects if (frame := _frame(place(*rect))) is not None]
    areas += [frame for box in unknown if (frame := _frame(box)) is not None]
    return Besides(_joined(areas), tuple(small[:1000]))


def _drawn(page: pypdfium2.PdfPage) -> Iterator[_Drawn]:
    """Everything drawn, also inside forms; pictures and paths with their places on the page."""
    count = pdfium.FPDFPage_CountObjects(page)
    for at in range(count):
        yield from _with_inner(pdfium.FPDFPage_GetObject(page, at), (1, 0, 0, 1, 0, 0), _DEPTH)


def _with_inner(entry: pdfium.FPDF_PAGEOBJECT, matrix: _Matrix, depth: int) -> Iterator[_Drawn]:
    kind = pdfium.FPDFPageObj_GetType(entry)
    if kind in (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_SHADING):
        yield entry, kind, None, matrix
        return
    if kind == pdfium.FPDF_PAGEOBJ_FORM and depth:
        yield entry, kind, None, matrix
        inner = _times(_own(entry), matrix)
        for at in range(pdfium.FPDFFormObj_CountObjects(entry)):
            yield from _with_inner(pdfium.FPDFFormObj_GetObject(entry, at), inner, depth - 1)
        return
    sides = [ctypes.c_float() for _ in range(4)]
    if pdfium.FPDFPageObj_GetBounds(entry, *sides):
        # A form beyond the depth counts as a picture.
        kind = pdfium.FPDF_PAGEOBJ_IMAGE if kind == pdfium.FPDF_PAGEOBJ_FORM else kind
        yield entry, kind, _moved([side.value for side in sides], matrix), matrix


def _own(entry: pdfium.FPDF_PAGEOBJECT) -> _Matrix:
    own = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(entry, own)
    return own.a, own.b, own.c, own.d, own.e, own.f


def _times(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _moved(sides: Sequence[float], matrix: _Matrix) -> _Rect:
    left, bottom, right, top = sides
    a, b, c, d, e, f = matrix
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


class _Drawing:
    """The page's paths: curves, and straight strokes as short as a digit's.

    Pieces of a straight line that go on one after the other, as a table's rules do, are one line.
    """

    def __init__(self) -> None:
        self._curved: list[_Rect] = []
        self._bends = 0
        self._lying: dict[int, list[tuple[float, float]]] = {}
        self._standing: dict[int, list[tuple[float, float]]] = {}
        self._slanting: list[_Rect] = []
        self._slants = 0
        self._lines = 0

    def add(self, path: pdfium.FPDF_PAGEOBJECT, rect: _Rect, matrix: _Matrix) -> None:
        count = min(_SEGMENTS_SEEN, pdfium.FPDFPath_CountSegments(path))
        if self._lines > _LINES_SEEN:
            self._curved.append(rect)
        elif count <= 5:
            # One stroke, one box: its sides tell enough.
            self._lines += 1
            self._stroke(rect, strokes=2 if count == 5 else max(1, count - 1))
        else:
            self._segments(path, count, rect, matrix)

    def letters(self) -> list[_Rect]:
        """Where something may be written with all that."""
        lying = [(left, y, right, y) for y, left, right in _runs(self._lying)]
        standing = [(x, bottom, x, top) for x, bottom, top in _runs(self._standing)]
        upright = len(standing) + self._slants
        # Without upright strokes there is no digit: rules to write on are many and lie.
        strokes = upright + min(len(lying), upright)
        found: list[_Rect] = []
        if self._lines > _LINES_SEEN or strokes / _STROKES + self._bends / _CURVES >= 1:
            found = [*self._curved, *lying, *standing, *self._slanting]
        if len(found) > _MOST_RECTS:
            found = [_hull(found)]
        return [(left - 0.5, bottom - 0.5, right + 0.5, top + 0.5) for left, bottom, right, top in found]

    def _segments(self, path: pdfium.FPDF_PAGEOBJECT, count: int, rect: _Rect, matrix: _Matrix) -> None:
        a, b, c, d, e, f = _times(_own(path), matrix)
        x, y = ctypes.c_float(), ctypes.c_float()
        bends = 0
        before = first = (0.0, 0.0)
        self._lines += count
        for at in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(path, at)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = x.value * a + y.value * c + e, x.value * b + y.value * d + f
            if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
                bends += 1
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                self._line(before, point)
            else:
                first = point
            if pdfium.FPDFPathSegment_GetClose(segment):
                self._line(point, first)
            before = point
        if bends:
            self._bends += bends
            self._curved.append(rect)

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = start, end
        self._stroke((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), strokes=1)

    def _stroke(self, rect: _Rect, *, strokes: int) -> None:
        left, bottom, right, top = rect
        wide, high = right - left, top - bottom
        thin = min(_THIN, 0.25 * max(wide, high))
        if max(wide, high) < _SHORT[0]:
            return
        if high <= thin:
            self._lying.setdefault(round((bottom + top) / 2), []).append((left, right))
        elif wide <= thin:
            self._standing.setdefault(round((left + right) / 2), []).append((bottom, top))
        elif max(wide, high) <= _SHORT[1]:
            self._slanting.append(rect)
            self._slants += strokes


def _runs(lines: dict[int, list[tuple[float, float]]]) -> Iterator[tuple[float, float, float]]:
    """Short lines, each with its place across, once those that go on one after the other are one."""
    for across, pieces in lines.items():
        pieces.sort()
        start, end = pieces[0]
        for begin, stop in [*pieces[1:], (math.inf, math.inf)]:
            if begin <= end + 1.0:
                end = max(end, stop)
                continue
            if _SHORT[0] <= end - start <= _SHORT[1]:
                yield float(across), start, end
            start, end = begin, stop


def _hull(rects: Sequence[_Rect]) -> _Rect:
    lefts, bottoms, rights, tops = zip(*rects, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def annotated(page: pypdfium2.PdfPage) -> Iterator[_Rect]:
    """Places of annotations and form fields that show something of their own."""
    for at in range(min(_OBJECTS_SEEN, pdfium.FPDFPage_GetAnnotCount(page))):
        annotation = pdfium.FPDFPage_GetAnnot(page, at)
        if not annotation:
            continue
        try:
            rect = pdfium.FS_RECTF()
            if _shows_something(page, annotation) and pdfium.FPDFAnnot_GetRect(annotation, rect):
                yield rect.left, rect.bottom, rect.right, rect.top
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _shows_something(page: pypdfium2.PdfPage, annotation: pdfium.FPDF_ANNOTATION) -> bool:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_POPUP or pdfium.FPDFAnnot_GetFlags(annotation) & UNSEEN:
        return False  # nobody draws them
    if pdfium.FPDFAnnot_HasKey(annotation, b"AP") and pdfium.FPDFAnnot_GetObjectCount(annotation) > 0:
        return True
    if kind != pdfium.FPDF_ANNOT_WIDGET:
        return kind not in _MUTE
    if page.formenv is None:
        return False
    if pdfium.FPDFAnnot_GetFormFieldType(page.formenv, annotation) in _BUTTONS:
        return True  # drawn with the words that its dictionary has for it
    return bool(pdfium.FPDFAnnot_GetFormFieldValue(page.formenv, annotation, None, 0) > 2)


def _holds_a_number(rect: _Rect) -> bool:
    sides = rect[2] - rect[0], rect[3] - rect[1]
    return max(sides) >= _SHORTEST and min(sides) >= _LOWEST


def _frame(box: CharBox) -> Frame | None:
    """The place on the page with some room around it; None if it lies beside the page or has no size."""
    x0, y0, x1, y1 = (min(1.0, max(0.0, side)) for side in box[:4])
    if not (x1 > x0 and y1 > y0):
        return None
    return Frame(max(0.0, x0 - _ROOM), max(0.0, y0 - _ROOM), min(1.0, x1 + _ROOM), min(1.0, y1 + _ROOM))


def _joined(areas: Sequence[Frame]) -> tuple[Frame, ...]:
    """Areas that touch as one, from the top; the strips that a scan was cut into are one picture."""
    found: list[Frame] = []
    for area in sorted(areas, key=lambda area: (area.y0, area.x0)):
        joined, again = area, True
        while again:
            again = False
            for at, other in enumerate(found):
                if (
                    joined.x0 <= other.x1
                    and other.x0 <= joined.x1
                    and joined.y0 <= other.y1
                    and other.y0 <= joined.y1
                ):
                    joined = _around(joined, found.pop(at))
                    again = True
                    break
        found.append(joined)
        if len(found) > _MOST_AREAS:
            whole = found[0]
            for other in found[1:]:
                whole = _around(whole, other)
            found = [whole]
    return tuple(sorted(found, key=lambda area: (area.y0, area.x0)))


def _around(one: Frame, other: Frame) -> Frame:
    return Frame(min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1))
