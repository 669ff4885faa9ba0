"""Needles, and where they stand in a text. Engines and page viewer share this, so both find the same
words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Literal

from .normal import ALNUM, normalise_mapped
from .units import units_called

NeedleKind = Literal["literal", "identifier", "prefix"]

# Between two characters of an identifier: at most three punctuation marks. Control characters separate
# pages and fields inside stored texts, and nothing reaches across them.
GAP: Final = r"(?:_|[^\w\s\x00-\x1f]){0,3}"
_KEY: Final = re.compile(r"[^\W_]")
_LATIN_OR_DIGIT: Final = re.compile(f"[{ALNUM}]")


@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to look for: a literal of normalised text, or the key (letters, digits, Han alone) of an
    identifier.

    ``unit``: the identifier names this flat (``units.Unit.name``), and any other form of its name will do too,
    with any entrance where this one has none.
    """

    text: str
    kind: NeedleKind = "literal"
    unit: str = ""


def identifier_key(normal: str) -> str:
    """The letters, digits and Han of a normalised text, nothing between them."""
    return "".join(_KEY.findall(normal))


@lru_cache(maxsize=512)
def identifier_pattern(needle: Needle) -> re.Pattern[str]:
    """Finds an identifier in normalised text: gaps are punctuation, and its ends are ends of runs.

    An end that is a digit or a Latin letter has no other beside it, so ``3-1201`` is not in ``13-1201``; an end that
    is Han may stand before anything, so ``2026年`` is in ``2026年3月``. The left side is looked at after the first
    character, so that the expression starts with a literal and the search can leap from one such to the next.
    """
    first = re.escape(needle.text[0])
    left = f"(?<![{ALNUM}]{first})" if _LATIN_OR_DIGIT.match(needle.text[0]) else ""
    rest = "".join(GAP + re.escape(char) for char in needle.text[1:])
    closed = needle.kind == "identifier" and _LATIN_OR_DIGIT.match(needle.text[-1])
    right = f"(?![{ALNUM}])" if closed else ""
    return re.compile(first + left + rest + right)


def spans(normal: str, needle: Needle) -> Iterator[tuple[int, int]]:
    """Every place of a needle in normalised text. Forms of a unit come last and may lie over other places."""
    if needle.kind == "literal":
        at = normal.find(needle.text) if needle.text else -1
        while at >= 0:
            end = at + len(needle.text)
            yield at, end
            at = normal.find(needle.text, end)
        return
    for match in identifier_pattern(needle).finditer(normal):
        yield match.span()
    if needle.unit:
        yield from ((unit.begin, unit.end) for unit in units_called(normal, needle.unit))


def first_place(normal: str, needle: Needle) -> int:
    """Offset of the first occurrence, or -1."""
    if needle.kind == "literal":
        return normal.find(needle.text)
    match = identifier_pattern(needle).search(normal)
    places = [] if match is None else [match.start()]
    if needle.unit:
        places.extend(unit.begin for unit in islice(units_called(normal, needle.unit), 1))
    return min(places, default=-1)


def find_marks(text: str, needles: Sequence[Needle]) -> tuple[tuple[int, int], ...]:
    """Places of the needles in a text as written: ascending (start, end) offsets into ``text``, overlaps
    united.
    """
    if not needles or not text:
        return ()
    mapped = normalise_mapped(text)
    found = sorted(
        (mapped.starts[begin], mapped.ends[end - 1])
        for needle in needles
        for begin, end in spans(mapped.text, needle)
    )
    united: list[tuple[int, int]] = []
    for begin, end in found:
        if united and begin < united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((begin, end))
    return tuple(united)


def cut(text: str, marks: Sequence[tuple[int, int]], begin: int, end: int) -> tuple[tuple[str, bool], ...]:
    """The stretch ``begin`` … ``end`` of a text as (text, marked) pieces; white space is folded for
    showing.
    """
    pieces: list[tuple[str, bool]] = []
    at = begin
    for start, stop in marks:
        if stop <= begin or start >= end:
            continue
        start, stop = max(start, begin), min(stop, end)
        pieces.append((text[at:start], False))
        pieces.append((text[start:stop], True))
        at = stop
    pieces.append((text[at:end], False))
    return tuple((re.sub(r"\s+", " ", piece), marked) for piece, marked in pieces if piece)


def snippet(text: str, marks: Sequence[tuple[int, int]], width: int = 120) -> tuple[tuple[str, bool], ...]:
    """The stretch of about ``width`` characters that holds the most marks, the first of equals; "…" where
    it is cut.
    """
    begin, best = 0, -1
    for index, (start, _) in enumerate(marks[:200]):
        count = sum(1 for other, _ in marks[index : index + 20] if other < start + width - 30)
        if count > best:
            begin, best = max(0, start - 30), count
    end = min(len(text), begin + width)
    begin = max(0, min(begin, end - width))
    pieces = cut(text, marks, begin, end)
    head = (("…", False),) if begin > 0 else ()
    tail = (("…", False),) if end < len(text) else ()
    return head + pieces + tail
