"""Marks by which papers that were made on the same form are found, whoever filled it in. MinHash over its characters."""

import re
from typing import Final
from zlib import crc32

from archive_service.suggestions.rules.paper import Paper

BANDS: Final = 6
_ROWS: Final = 3
_SIZE: Final = 5  # characters of a shingle
_FEWEST: Final = 25  # shingles; of less nothing can be said
HEADING_BAND: Final = BANDS
_PRIME: Final = (1 << 61) - 1
_SEEDS: Final = tuple(
    ((0x9E3779B97F4A7C15 * (2 * i + 1)) % _PRIME, (0xBF58476D1CE4E5B9 * (i + 7)) % _PRIME)
    for i in range(BANDS * _ROWS)
)
_FILLED_IN: Final = re.compile(r"[^\u4e00-\u9fff]+")
MOST_MARKED: Final = 2_000  # characters


def marks(paper: Paper) -> dict[int, int]:
    """Band → mark. Only Chinese characters count: numbers and dates are what differs."""
    found: dict[int, int] = {}
    heading = _FILLED_IN.sub("", paper.flat[: paper.heading])
    if len(heading) >= 4:
        found[HEADING_BAND] = crc32(heading[-24:].encode())
    text = _FILLED_IN.sub("", paper.flat[:MOST_MARKED])
    shingles = {crc32(text[at : at + _SIZE].encode()) for at in range(len(text) - _SIZE + 1)}
    if len(shingles) < _FEWEST:
        return found
    least = [min((a * s + b) % _PRIME for s in shingles) for a, b in _SEEDS]
    for band in range(BANDS):
        row = least[band * _ROWS : (band + 1) * _ROWS]
        found[band] = crc32(repr(row).encode())
    return found
