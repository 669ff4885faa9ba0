"""The text that a page carries, and the words read off the pictures on it, put together. Pure."""

from dataclasses import dataclass
from typing import Final

from archive_service.kernel.boxes import NEWLINE, CharBox, Frame, pack_boxes, unpack_boxes
from workers.extraction.pictures import Reading

_CELLS: Final = 64  # the page is looked up by bands of this many to its height


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    boxes: tuple[CharBox, ...]

    @property
    def frame(self) -> Frame | None:
        """Around its characters; None if none has a place."""
        placed = [box for box in self.boxes if box.x1 > box.x0 and box.y1 > box.y0]
        if not placed:
            return None
        return Frame(
            min(box.x0 for box in placed),
            min(box.y0 for box in placed),
            max(box.x1 for box in placed),
            max(box.y1 for box in placed),
        )


def merged(known: Reading, read: Reading, areas: tuple[Frame, ...], *, filled_in: bool = False) -> Reading:
    """The known text with each area's words behind the line that stands last above them.

    Characters that stand where a known one stands are left out: text over a picture is read twice. Without boxes
    for the known text the words follow it. ``filled_in``: the words stand in a form, over its dots and behind the
    label on their line, and none is left out.
    """
    rows = _rows(known)
    new = _rows(read)
    if not filled_in:
        taken = _Taken(unpack_boxes(known.boxes), known.text)
        new = [row for row in (_without(row, taken) for row in new) if row.text.strip()]
    if not new:
        return known
    blocks: dict[int, list[_Row]] = {}
    for at, row in enumerate(new):
        blocks.setdefault(at if filled_in else _area_of(row, areas), []).append(row)
    behind: dict[int, list[_Row]] = {}
    for block in blocks.values():
        behind.setdefault(_place(block[0], rows, filled_in), []).extend(block)
    ordered = [*behind.get(-1, [])]
    for at, row in enumerate(rows):
        ordered += [row, *behind.get(at, [])]
    boxes: list[CharBox] = []
    for at, row in enumerate(ordered):
        if at:
            boxes.append(NEWLINE)
        boxes.extend(row.boxes)
    return Reading("\n".join(row.text for row in ordered), pack_boxes(boxes))


def _rows(reading: Reading) -> list[_Row]:
    if not reading.text:
        return []
    boxes = unpack_boxes(reading.boxes) or (NEWLINE,) * len(reading.text)
    rows, at = [], 0
    for line in reading.text.split("\n"):
        rows.append(_Row(line, boxes[at : at + len(line)]))
        at += len(line) + 1
    return rows


class _Taken:
    """Where known characters stand."""

    def __init__(self, boxes: tuple[CharBox, ...], text: str) -> None:
        self._bands: list[list[CharBox]] = [[] for _ in range(_CELLS)]
        for char, box in zip(text, boxes, strict=False):
            if not char.isspace() and box.x1 > box.x0 and box.y1 > box.y0:
                for band in range(_band(box.y0), _band(box.y1) + 1):
                    self._bands[band].append(box)

    def __contains__(self, box: CharBox) -> bool:
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        return any(one.x0 <= x <= one.x1 and one.y0 <= y <= one.y1 for one in self._bands[_band(y)])


def _band(y: float) -> int:
    return min(_CELLS - 1, max(0, int(y * _CELLS)))


def _without(row: _Row, taken: _Taken) -> _Row:
    kept = [(char, box) for char, box in zip(row.text, row.boxes, strict=True) if box not in taken]
    return _Row("".join(char for char, _ in kept), tuple(box for _, box in kept))


def _area_of(row: _Row, areas: tuple[Frame, ...]) -> int:
    frame = row.frame
    if frame is not None:
        x, y = (frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2
        for at, area in enumerate(areas):
            if area.x0 <= x <= area.x1 and area.y0 <= y <= area.y1:
                return at
    return -1


def _place(row: _Row, rows: list[_Row], filled_in: bool) -> int:
    """The number of the known row to stand behind; -1 for the front. In columns, the row's own column counts;
    in a form, its own line."""
    frame = row.frame
    if frame is None:
        return len(rows) - 1
    middle = (frame.y0 + frame.y1) / 2
    best, found = (False, False, -1.0), -1
    for at, other in enumerate(rows):
        place = other.frame
        if place is None:
            continue
        label = filled_in and place.x0 < frame.x0 and place.y0 < frame.y1 and frame.y0 < place.y1
        if (place.y0 + place.y1) / 2 > middle and not label:
            continue
        beside = place.x0 < frame.x1 and frame.x0 < place.x1
        rank = label, beside, (place.y0 + place.y1) / 2
        if rank >= best:
            best, found = rank, at
    if found < 0 and not any(other.frame for other in rows):
        return len(rows) - 1
    return found
