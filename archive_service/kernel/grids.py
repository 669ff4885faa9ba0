"""A page's picture as a coarse grid of shades, by which two pictures of a page are compared without opening them.

48 × 64 mean shades (0 black … 255 white), row by row, zlib-compressed: nothing can be read in it. Pure.
"""

import zlib
from typing import Final

from archive_service.kernel.boxes import Frame

COLUMNS: Final = 48
ROWS: Final = 64
_SIZE: Final = COLUMNS * ROWS
_DIFFERS: Final = 20  # shades: a stroke through a cell makes more, the grain of a scanner less
_MOST_FRAMES: Final = 60


def pack_grid(shades: bytes) -> bytes:
    """Raises ValueError for anything but COLUMNS × ROWS shades."""
    if len(shades) != _SIZE:
        raise ValueError("a grid of another size")
    return zlib.compress(shades, 6)


def unpack_grid(packed: bytes) -> bytes | None:
    """The shades, or None for what is no grid: it may come from a process that a file has taken over."""
    unpacking = zlib.decompressobj()
    try:
        shades = unpacking.decompress(packed, _SIZE + 1)
    except zlib.error:
        return None
    return shades if len(shades) == _SIZE else None


def changed_areas(one: bytes, other: bytes) -> tuple[Frame, ...] | None:
    """Where two pictures differ, as rectangles in fractions of the sides; None where either grid is no grid.

    A page scanned again lies a little elsewhere: a shade counts as changed only if none of the neighbours' in the
    other picture is like it. Touching cells make one rectangle.
    """
    first, second = unpack_grid(one), unpack_grid(other)
    if first is None or second is None:
        return None
    changed = {
        (x, y)
        for y in range(ROWS)
        for x in range(COLUMNS)
        if _strange(first, second, x, y) or _strange(second, first, x, y)
    }
    areas: list[Frame] = []
    while changed and len(areas) < _MOST_FRAMES:
        areas.append(_area_around(changed.pop(), changed))
    return tuple(sorted(areas, key=lambda area: (area.y0, area.x0)))


def _strange(one: bytes, other: bytes, x: int, y: int) -> bool:
    """Whether the shade at this place lies outside those around the same place of the other."""
    shade = one[y * COLUMNS + x]
    near = [
        other[row * COLUMNS + column]
        for row in range(max(0, y - 1), min(ROWS, y + 2))
        for column in range(max(0, x - 1), min(COLUMNS, x + 2))
    ]
    return shade < min(near) - _DIFFERS or shade > max(near) + _DIFFERS


def _area_around(start: tuple[int, int], changed: set[tuple[int, int]]) -> Frame:
    """The rectangle around all cells that touch each other from here, with one cell's gap; they are taken out."""
    left = right = start[0]
    top = bottom = start[1]
    waiting = [start]
    while waiting:
        x, y = waiting.pop()
        left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
        for near in [(x + dx, y + dy) for dx in range(-2, 3) for dy in range(-2, 3)]:
            if near in changed:
                changed.discard(near)
                waiting.append(near)
    return Frame(left / COLUMNS, top / ROWS, (right + 1) / COLUMNS, (bottom + 1) / ROWS)
