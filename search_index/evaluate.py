"""From a query tree to the exact rows of a segment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from .grams import LONGEST_RUN, Kind, Mask, Part, Rows, is_triple
from .marks import Needle, identifier_pattern
from .nodes import And, ClassIs, DateBetween, InAnyFile, LevelIs, Node, Not, Or, Word, YearBetween
from .normal import ALNUM
from .segment import Segment
from .units import units_called

PARTS: Final = {
    "all": Part.ALL,
    "owner": Part.OWNER,
    "number": Part.NUMBER,
    "unit": Part.UNIT,
    "file": Part.FILE,
}
_FEW: Final = 100  # so few candidates are read rather than narrowed further
_RUN: Final = re.compile(r"[^\W_]+")
_PURE: Final = re.compile(f"[{ALNUM}]+")


def evaluate(segment: Segment, node: Node, universe: Mask) -> Mask:
    """Rows of the universe (rights, filters, living) that a query finds."""
    match node:
        case And(parts):
            narrowed = universe
            # What costs least goes first, and NOT only ever looks at what the others left.
            for part in sorted(parts, key=_cost):
                narrowed = evaluate(segment, part, narrowed)
                if not narrowed.any():
                    break
            return narrowed
        case Or(parts):
            united = np.zeros_like(universe)
            for part in parts:
                united |= evaluate(segment, part, universe)
            return united
        case Not(part):
            return universe & ~evaluate(segment, part, universe)
        case Word(needle, part_name):
            return universe & as_mask(segment, needle_rows(segment, needle, PARTS[part_name]))
    return universe & _column_mask(segment, node)


def _cost(node: Node) -> int:
    if isinstance(node, Not):
        return 2
    return 1 if isinstance(node, And | Or | Word) else 0


def as_mask(segment: Segment, rows: Rows) -> Mask:
    mask = np.zeros(segment.rows, dtype=np.bool_)
    mask[rows] = True
    return mask


def _column_mask(segment: Segment, leaf: ClassIs | LevelIs | InAnyFile | YearBetween | DateBetween) -> Mask:
    tables = segment.tables
    match leaf:
        case ClassIs(code):
            return class_mask(segment, (code,))
        case LevelIs(level):
            levels = tables.coded["level"]
            return levels.lookup([name.lower() == level for name in levels.names])
        case InAnyFile():
            return tables.filed
        case YearBetween(first, last):
            return (tables.years >= max(first, 1)) & (tables.years <= last)
        case DateBetween(first_day, last_day):
            return (tables.dates >= first_day.toordinal()) & (tables.dates <= last_day.toordinal())


def class_mask(segment: Segment, codes: Sequence[str]) -> Mask:
    """Rows of the classes or of any class below them; codes are compared without regard to case."""
    classes = segment.tables.coded["class"]
    wanted = [
        any(name.lower() == code or name.lower().startswith(f"{code}.") for code in codes)
        for name in classes.names
    ]
    return classes.lookup(wanted)


def filter_mask(segment: Segment, name: str, values: Sequence[str]) -> Mask:
    """Rows that one filter of a request leaves: any of its values."""
    if name == "class":
        return class_mask(segment, [value.lower() for value in values])
    if name == "year":
        years = [int(value) for value in values if value.isascii() and value.isdigit() and len(value) <= 4]
        return np.isin(segment.tables.years, [year for year in years if year > 0])
    coded = segment.tables.coded[name]
    chosen = frozenset(values)
    return coded.lookup([each in chosen for each in coded.names])


def needle_rows(segment: Segment, needle: Needle, part: Part) -> Rows:
    """Ascending rows whose part holds the needle, exactly; rights play no role here, so it can be kept."""
    place = (segment.name, part, needle)
    found = segment.caches.verified.get(place)
    if found is None:
        found = (
            _literal_rows(segment, needle, part)
            if needle.kind == "literal"
            else _identifier_rows(segment, needle, part)
        )
        if needle.unit:
            found = _union(found, _unit_rows(segment, needle.unit, part))
        segment.caches.verified.keep(place, found, found.nbytes)
    return found


def _unit_rows(segment: Segment, name: str, part: Part) -> Rows:
    rows = segment.unit_rows(name)
    if part is Part.ALL:
        return rows
    return rows[[any(units_called(segment.part(row, part), name)) for row in rows.tolist()]]


def _literal_rows(segment: Segment, needle: Needle, part: Part) -> Rows:
    text = needle.text
    runs = _RUN.findall(text)
    lists = [
        segment.gram_rows(part, Kind.CHARACTER, run)
        if len(run) == 1
        else segment.gram_rows(part, Kind.PAIR, run[at : at + 2])
        for run in runs
        for at in range(max(1, len(run) - 1))
    ]
    candidates = _common(segment, lists)
    if len(runs) == 1 and runs[0] == text and len(text) <= 2:
        return candidates  # one gram says it all
    if part is Part.ALL:
        wanted = text.encode()
        return candidates[[wanted in segment.text_bytes(row) for row in candidates.tolist()]]
    return candidates[[text in segment.part(row, part) for row in candidates.tolist()]]


def _identifier_rows(segment: Segment, needle: Needle, part: Part) -> Rows:
    """Rows that hold the characters of an identifier; other forms of a unit come from ``_unit_rows``."""
    text = needle.text
    pattern = identifier_pattern(needle)
    lists = []
    bridges = []
    for at in range(len(text) - 1):
        pair = text[at : at + 2]
        bridged = segment.gram_rows(part, Kind.BRIDGED, pair)
        bridges.append(bridged)
        lists.append(_union(segment.gram_rows(part, Kind.PAIR, pair), bridged))
        if is_triple(text[at : at + 3]):
            lists.append(segment.gram_rows(part, Kind.TRIPLE, text[at : at + 3]))
    if not lists:
        lists.append(segment.gram_rows(part, Kind.CHARACTER, text))
    candidates = _common(segment, lists)
    if part is not Part.ALL:
        return candidates[
            [pattern.search(segment.part(row, part)) is not None for row in candidates.tolist()]
        ]
    sure = candidates[:0]
    if needle.kind == "identifier" and _PURE.fullmatch(text) and len(text) <= LONGEST_RUN:
        # Rows that hold it as one whole run need no second look.
        sure = segment.run_rows(text)
        if len(text) == 1:
            return sure
        candidates = np.setdiff1d(candidates, sure, assume_unique=True)
    candidates = _of_whole_runs(segment, needle, candidates, bridges)
    found = [
        row for row in candidates.tolist() if pattern.search(segment.text_bytes(row).decode()) is not None
    ]
    return _union(np.array(found, dtype=np.uint16), sure)


def _of_whole_runs(segment: Segment, needle: Needle, candidates: Rows, bridges: Sequence[Rows]) -> Rows:
    """Candidates in which the key can be made of whole runs of digits and Latin letters.

    Nothing Latin and no digit adjoins an identifier, so in the text each of its stretches of digits and Latin
    letters is whole runs with marks between them. Working from the end, ``fits[at]`` are the rows that hold
    the rest of the stretch from ``at`` on in such runs.
    """
    text = needle.text
    for match in _PURE.finditer(text):
        begin, end = match.span()
        if len(candidates) <= _FEW or (needle.kind == "prefix" and end == len(text)):
            break
        if end - begin > LONGEST_RUN:
            continue  # nobody's number; trying every way to cut it would take long
        allowed = as_mask(segment, candidates)
        fits = {end: allowed}
        for at in range(end - 1, begin - 1, -1):
            fitting = np.zeros_like(allowed)
            for stop in range(at + 1, end + 1):
                after = fits[stop]
                if stop < end:
                    after = after & as_mask(segment, bridges[stop - 1])
                if after.any():
                    fitting |= after & as_mask(segment, segment.run_rows(text[at:stop]))
            fits[at] = fitting
        candidates = np.flatnonzero(fits[begin]).astype(np.uint16)
    return candidates


def _union(one: Rows, other: Rows) -> Rows:
    if not len(other):
        return one
    return np.union1d(one, other) if len(one) else other


def _common(segment: Segment, lists: Sequence[Rows]) -> Rows:
    """Rows in all lists; every row if there is no list, which only a needle of mere punctuation has."""
    if not lists:
        return np.arange(segment.rows, dtype=np.uint16)
    shortest, *others = sorted(lists, key=len)
    common = shortest
    for rows in others:
        if not len(common):
            break
        if len(rows) < segment.rows:
            common = common[as_mask(segment, rows)[common]]
    return common
