"""A page's characters as they stand side by side, whoever put them there: a number may have several authors."""

from collections.abc import Iterator
from typing import Final

from archive_service.kernel.boxes import NEWLINE, CharBox, pack_boxes, unpack_boxes
from workers.extraction.pictures import Reading

_AWAY: Final = 0.5  # of the taller one's height: middles that are no further apart stand on one line
_GAP: Final = 0.3  # of a character's height
_APART: Final = 6.0  # of a character's height: what is further away is another column
_COLUMNS: Final = " " * 8  # more than any number has between its groups


def side_by_side(reading: Reading) -> Reading:
    """The same characters by lines as they are seen on the page, from the left; those without a place are left out.

    For looking numbers up: where letters differ in size or lie over each other, it may be nonsense.
    """
    text: list[str] = []
    boxes: list[CharBox] = []
    for row in _rows(reading):
        if text:
            text.append("\n")
            boxes.append(NEWLINE)
        before: CharBox | None = None
        for char, box in row:
            if before is not None:
                high = max(before.y1 - before.y0, box.y1 - box.y0)
                away = box.x0 - before.x1
                gap = _COLUMNS if away > _APART * high else " " if away > _GAP * high else ""
                text.extend(gap)
                boxes.extend([CharBox(before.x1, box.y0, box.x0, box.y1)] * len(gap))
            text.append(char)
            boxes.append(box)
            before = box
    return Reading("".join(text), pack_boxes(boxes))


def _rows(reading: Reading) -> Iterator[list[tuple[str, CharBox]]]:
    placed = [
        (char, box)
        for char, box in zip(reading.text, unpack_boxes(reading.boxes), strict=False)
        if box.x1 > box.x0 and box.y1 > box.y0 and not char.isspace()
    ]
    placed.sort(key=lambda one: one[1].y0 + one[1].y1)
    row: list[tuple[str, CharBox]] = []
    for char, box in placed:
        if row:
            first = row[0][1]
            away = (box.y0 + box.y1 - first.y0 - first.y1) / 2
            if away > _AWAY * max(box.y1 - box.y0, first.y1 - first.y0):
                yield sorted(row, key=lambda one: one[1].x0)
                row = []
        row.append((char, box))
    if row:
        yield sorted(row, key=lambda one: one[1].x0)
