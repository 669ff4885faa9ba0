"""One scanned page, pixels in, text and places out. Runs in a recogniser process and nowhere else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from archive_service.kernel.boxes import NEWLINE, CharBox, Frame, pack_boxes
from workers.extraction.detect import Detector, Pixels, Quad, session
from workers.extraction.layout import Piece, in_reading_order
from workers.extraction.lines import LineReader, ReadCharacter, ReadLine, straightened
from workers.extraction.models import ORIENTATION, TINY_DETECTOR

_INK_SHARE: Final = 0.00015  # of a page; a blank sheet's dust and grain stays under it
_INK_ANYWHERE: Final = 80  # quarter-size pixels: a single word on a huge sheet
_TOO_UNSURE: Final = 0.5  # mean certainty under which a line is a picture, a scratch, a stamp's rim
_TOO_UNSURE_PAGE: Final = 0.65  # mean certainty of a page under which its numbers may be anything
_STRAY: Final = 3  # characters
_RED: Final = 28  # how much redder than any other colour a seal is
_SURE_OF_TURN: Final = 0.6
_UPSIDE_DOWN: Final = 0.75  # a page read with less certainty than this may stand on its head

_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Scan:
    """``rotation``: degrees clockwise that make the page upright; ``upright``: the picture so turned.

    ``confidence``: mean probability of the characters, None without any. ``boxes`` as ``kernel.boxes`` packs them.
    ``unread``: places where something like a line stands that couldn't be read. ``checked``: False where so little
    was read, although the page isn't blank, that nobody knows what stands on it (handwriting, a photo).
    """

    upright: Pixels
    rotation: int
    text: str
    boxes: bytes
    confidence: float | None
    unread: tuple[Frame, ...] = ()
    checked: bool = True


class PageReader:
    """Models and the procedure; one a process, used by one thread."""

    def __init__(self) -> None:
        self._detector = Detector(session(TINY_DETECTOR.read()))
        self.lines = LineReader()
        self._orientation: onnxruntime.InferenceSession = session(ORIENTATION.read())

    def read(self, picture: Pixels, long_mm: float | None, *, upright: bool = False) -> Scan:
        """``picture``: grey (height × width) or blue-green-red; ``long_mm``: the sheet's long side, if known;
        ``upright``: somebody has seen to it that it is."""
        if is_blank(picture):
            return Scan(picture, 0, "", b"", None)
        clear = without_seal(picture)
        quads = self._detector.find(clear, long_mm)
        if not quads:
            return Scan(picture, 0, "", b"", None, checked=False)
        rotation = 0 if upright else self._rotation(clear, quads)
        if rotation:
            picture, clear = turned(picture, rotation), turned(clear, rotation)
            quads = self._detector.find(clear, long_mm)
        return _unless_strange(_laid_out(picture, rotation, *self._read_all(clear, quads)), clear, quads)

    def read_areas(self, picture: Pixels, areas: Sequence[Frame], long_mm: float | None) -> Scan:
        """As ``read``, of some areas of an upright page; what lies outside them isn't looked at."""
        height, width = picture.shape[:2]
        only = np.full_like(picture, 255)
        for area in areas:
            place = np.s_[
                math.floor(area.y0 * height) : math.ceil(area.y1 * height),
                math.floor(area.x0 * width) : math.ceil(area.x1 * width),
            ]
            only[place] = picture[place]
        if is_blank(only):
            return Scan(picture, 0, "", b"", None)
        clear = without_seal(only)
        quads = self._detector.find(clear, long_mm)
        if not quads:
            return Scan(picture, 0, "", b"", None, checked=False)
        return _unless_strange(_laid_out(picture, 0, *self._read_all(clear, quads)), clear, quads)

    def _rotation(self, picture: Pixels, quads: list[Quad]) -> int:
        """Degrees clockwise that make the page upright.

        The model looks at the whole page; whether lines lie or stand, and how surely the longest can be read,
        have the last word, since a drawing or a table may look to the model as if it stood on its head.
        """
        guess = self._turn_by_look(picture, quads)
        standing = sum(_aspect(quad) < 0.67 for quad in quads) > 0.5 * len(quads)
        if (guess in (90, 270)) != standing and any(
            _aspect(quad) < 0.67 or _aspect(quad) > 1.5 for quad in quads
        ):
            guess = 90 if standing else 0
        longest = sorted(quads, key=_length, reverse=True)[:4]
        if guess == 0 and self._certainty(picture, longest[:2], 0) >= _UPSIDE_DOWN:
            return 0
        other = (guess + 180) % 360
        return max((guess, other), key=lambda turn: self._certainty(picture, longest, turn))

    def _turn_by_look(self, picture: Pixels, quads: list[Quad]) -> int:
        corners = np.concatenate(quads)
        left, top = np.maximum(corners.min(axis=0).astype(int), 0)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int)
        ink = picture[top:bottom, left:right]
        if ink.ndim == 2:
            ink = np.asarray(cv2.cvtColor(ink, cv2.COLOR_GRAY2BGR), np.uint8)
        scale = 256 / min(ink.shape[:2])
        size = (max(224, round(ink.shape[1] * scale)), max(224, round(ink.shape[0] * scale)))
        fitted = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        x, y = (size[0] - 224) // 2, (size[1] - 224) // 2
        square = fitted[y : y + 224, x : x + 224].astype(np.float32) / 255
        mean = np.array([0.485, 0.456, 0.406], np.float32)
        spread = np.array([0.229, 0.224, 0.225], np.float32)
        blob = np.ascontiguousarray(((square - mean) / spread).transpose(2, 0, 1)[None])
        scores: npt.NDArray[np.float32] = self._orientation.run(None, {"x": blob})[0][0]
        best = int(scores.argmax())
        # The model tells how far the page was turned clockwise; turning it back is the rest of the circle.
        return (360 - 90 * best) % 360 if scores[best] >= _SURE_OF_TURN else 0

    def _certainty(self, picture: Pixels, quads: list[Quad], turn: int) -> float:
        total = 0.0
        for quad in quads:
            strip = straightened(picture, quad)
            total += self.lines.tiny.read(turned(strip, turn) if turn else strip).mean
        return total / len(quads)

    def _read_all(self, picture: Pixels, quads: list[Quad]) -> tuple[list[tuple[Quad, ReadLine]], list[Quad]]:
        """What was read, and the places where it couldn't be."""
        read, unread = [], []
        for quad in quads:
            strip = straightened(picture, quad)
            if strip.shape[0] > 1.5 * strip.shape[1]:
                # Chinese set downwards: its characters stand upright one under the other.
                line = self._read_downwards(strip)
            else:
                line = self.lines.read(strip)
            if line.characters and line.mean >= _TOO_UNSURE:
                read.append((quad, line))
            else:
                unread.append(quad)
        return read, unread

    def _read_downwards(self, strip: Pixels) -> ReadLine:
        """A standing strip, either as a line that lies on its side, or as characters one under the other."""
        lying = self.lines.tiny.read(turned(strip, 270))
        other = self.lines.tiny.read(turned(strip, 90))
        return max(lying, other, key=lambda line: line.mean)


def turned(picture: Pixels, degrees: int) -> Pixels:
    """The picture turned clockwise by a multiple of 90 degrees."""
    return np.asarray(cv2.rotate(picture, _TURNS[degrees]), np.uint8) if degrees else picture


def is_blank(picture: Pixels) -> bool:
    """Whether so little stands out from the paper that there is nothing to read.

    Looked at in a quarter of the size, against the paper's own shade, so that a grey, shadowed or speckled blank
    sheet is blank and a single faint line isn't.
    """
    grey: Pixels = picture if picture.ndim == 2 else picture.min(axis=2)
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    if min(small.shape[:2]) < 24:
        return False
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21)
    ink = (cv2.subtract(paper, small) > 40).astype(np.uint8)
    ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 2), np.uint8)), np.uint8)
    border = max(2, min(small.shape[:2]) // 50)  # a scanner's black edge isn't writing
    return int(ink[border:-border, border:-border].sum()) < min(_INK_ANYWHERE, _INK_SHARE * ink.size)


def without_seal(picture: Pixels) -> Pixels:
    """The picture with each round or square red seal read through a red glass; the rest untouched.

    Red headings stay, since they aren't compact: dropping red everywhere would erase them.
    """
    if picture.ndim == 2:
        return picture
    height, width = picture.shape[:2]
    scale = min(1.0, 600 / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.int16)
    red = (small[:, :, 2] - np.maximum(small[:, :, 0], small[:, :, 1]) > _RED).astype(np.uint8)
    if not red.any():
        return picture
    joined = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    count, _, blobs, _ = cv2.connectedComponentsWithStats(joined)
    clear = picture
    for left, top, wide, high, area in blobs[1:count]:
        if (
            min(wide, high) < 0.05 * max(small.shape[:2])
            or not 0.6 < wide / high < 1.6
            or area < 0.06 * wide * high
        ):
            continue
        if clear is picture:
            clear = picture.copy()
        place = np.s_[
            int(top / scale) : int((top + high) / scale) + 2,
            int(left / scale) : int((left + wide) / scale) + 2,
        ]
        clear[place] = picture[place][:, :, 2:3]
    return clear


def _aspect(quad: Quad) -> float:
    wide = float(np.linalg.norm(quad[0] - quad[1]) + np.linalg.norm(quad[3] - quad[2]))
    high = float(np.linalg.norm(quad[0] - quad[3]) + np.linalg.norm(quad[1] - quad[2]))
    return wide / max(high, 1e-6)


def _length(quad: Quad) -> float:
    return float(max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[0] - quad[3])))


def _laid_out(picture: Pixels, rotation: int, read: list[tuple[Quad, ReadLine]], unread: list[Quad]) -> Scan:
    height, width = picture.shape[:2]
    pieces = [
        Piece(key, len(line.characters), tuple((float(x), float(y)) for x, y in quad))
        for key, (quad, line) in enumerate(read)
    ]
    text: list[str] = []
    boxes: list[CharBox] = []
    probabilities: list[float] = []
    for row in in_reading_order(pieces):
        if text:
            text.append("\n")
            boxes.append(NEWLINE)
        for placed in row:
            quad, line = read[placed.key]
            if placed.spaced:
                text.append(" ")
                boxes.append(_between(boxes[-1], quad, width, height))
            for character in line.characters:
                # A class of the model may stand for more than one code point; each gets the same place.
                box = _box(quad, character, width, height)
                text.extend(character.char)
                boxes.extend([box] * len(character.char))
                probabilities.append(character.probability)
    confidence = sum(probabilities) / len(probabilities) if probabilities else None
    return Scan(
        picture,
        rotation,
        "".join(text),
        pack_boxes(boxes),
        confidence,
        tuple(_around(quad, width, height) for quad in unread),
        checked=confidence is not None and confidence >= _TOO_UNSURE_PAGE,
    )


def _unless_strange(scan: Scan, picture: Pixels, quads: list[Quad]) -> Scan:
    """The reading, not ``checked`` where a character or two were read off a page that holds much else: a shape in a
    photo was taken for them."""
    if len("".join(scan.text.split())) > _STRAY:
        return scan
    rest = picture.copy()
    paper = int(np.percentile(picture, 90))
    for quad in quads:
        (x0, y0), (x1, y1) = np.maximum(quad.min(axis=0) - 4, 0), quad.max(axis=0) + 4
        rest[int(y0) : math.ceil(y1), int(x0) : math.ceil(x1)] = paper
    return scan if is_blank(rest) else replace(scan, checked=False)


def _around(quad: Quad, width: int, height: int) -> Frame:
    sides = np.array([width, height], np.float32)
    (x0, y0), (x1, y1) = (np.clip(corner / sides, 0, 1) for corner in (quad.min(axis=0), quad.max(axis=0)))
    return Frame(float(x0), float(y0), float(x1), float(y1))


def _box(quad: Quad, character: ReadCharacter, width: int, height: int) -> CharBox:
    left, right = character.left, character.right
    top_edge, bottom_edge = quad[1] - quad[0], quad[2] - quad[3]
    corners = np.stack(
        [
            quad[0] + top_edge * left,
            quad[0] + top_edge * right,
            quad[3] + bottom_edge * left,
            quad[3] + bottom_edge * right,
        ]
    )
    x0, y0 = corners.min(axis=0)
    x1, y1 = corners.max(axis=0)
    # 255 is kept for text that isn't guessed at all.
    return CharBox(
        float(x0) / width,
        float(y0) / height,
        float(x1) / width,
        float(y1) / height,
        min(254, round(character.probability * 254)),
    )


def _between(before: CharBox, quad: Quad, width: int, height: int) -> CharBox:
    """The blank between two pieces of a row, as high as the piece after it."""
    x, y0, y1 = (
        float(quad[:, 0].min()) / width,
        float(quad[:, 1].min()) / height,
        float(quad[:, 1].max()) / height,
    )
    return CharBox(min(before.x1, x), y0, x, y1, before.confidence)
