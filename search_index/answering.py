"""From a snapshot and a request to an answer. Nothing in here looks at a row that the request may not see."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from .contract import FACETS, MAX_LIMIT, Answer, Hit, Request, Sort, uids_in
from .evaluate import as_mask, evaluate, filter_mask, needle_rows
from .grams import Mask, Part
from .marks import Needle, cut, find_marks, first_place, snippet
from .nodes import Query, QueryError, needles, resolved, words
from .normal import normalise
from .query import parse
from .segment import PAGE_MARK, Segment
from .store import Snapshot, View
from .suggestions import written

# A word weighs by where it stands, times how rare it is among what the asker may see.
_TEXT_WEIGHT: Final = 1.0
_OFTEN_WEIGHT: Final = 0.5
_PART_WEIGHTS: Final = {Part.TITLE: 4.0, Part.NUMBER: 3.0, Part.UNIT: 2.0, Part.OWNER: 2.0}
_DATE_BITS: Final = 22  # proleptic ordinals end at 3,652,059
_MAX_OFFSET: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Found:
    """What one segment adds: its universe and its hits."""

    segment: Segment
    universe: Mask
    hits: Mask


def visible(view: View, allowed: frozenset[str], old_versions: bool, hidden: frozenset[int]) -> Mask:
    """Living rows that these rights tokens open, without the hidden ones."""
    rights = view.segment.tables.coded["rights"]
    mask = rights.lookup([name in allowed for name in rights.names])
    if alone := uids_in(allowed):
        mask |= np.isin(view.segment.tables.uids, np.array(alone, dtype=np.int64))
    if hidden:
        mask &= np.isin(view.segment.tables.uids, np.array(sorted(hidden), dtype=np.int64), invert=True)
    mask &= view.live
    if not old_versions:
        mask &= view.segment.tables.current
    return mask


def answer(snapshot: Snapshot, request: Request) -> Answer:
    """Evaluates, counts, ranks and cuts snippets. Raises QueryError."""
    query = resolved(parse(request.query), request.names)
    for name in request.filters:
        if name not in FACETS:
            raise QueryError("search.unknown-filter", 0, "There is no such filter.")
    found = [each for view in snapshot.views if (each := _find(view, query, request)) is not None]
    total = sum(int(np.count_nonzero(each.hits)) for each in found)
    terms = needles(query)
    hits = tuple(_hit(segment, row, score, terms) for segment, row, score in _window(found, query, request))
    return Answer(total, hits, _facets(found) if request.facets else {}, terms)


def _find(view: View, query: Query, request: Request) -> _Found | None:
    universe = visible(view, request.allowed, request.old_versions, request.hidden)
    for name, values in request.filters.items():
        if values and universe.any():
            universe &= filter_mask(view.segment, name, values)
    if not universe.any():
        return None
    return _Found(view.segment, universe, evaluate(view.segment, query.root, universe))


def _facets(found: Sequence[_Found]) -> dict[str, tuple[tuple[str, int], ...]]:
    counters: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for each in found:
        tables = each.segment.tables
        for name in FACETS:
            if name == "year":
                values, counts = np.unique(tables.years[each.hits], return_counts=True)
                for year, count in zip(values.tolist(), counts.tolist(), strict=True):
                    counters[name][str(year) if year else ""] += count
                continue
            coded = tables.coded[name]
            counts = np.bincount(coded.codes[each.hits], minlength=len(coded.names))
            for code in np.flatnonzero(counts).tolist():
                counters[name][coded.names[code]] += int(counts[code])
    return {
        name: tuple(sorted(((v, n) for v, n in counter.items() if v), key=lambda item: (-item[1], item[0])))
        for name, counter in counters.items()
    }


def _window(found: Sequence[_Found], query: Query, request: Request) -> list[tuple[Segment, int, float]]:
    """The asked-for stretch of the ordered hits: (segment, row, score)."""
    limit = max(0, min(request.limit, MAX_LIMIT))
    offset = max(0, min(request.offset, _MAX_OFFSET))
    rows = [np.flatnonzero(each.hits) for each in found]
    sizes = [len(each) for each in rows]
    if not limit or sum(sizes) <= offset:
        return []
    places = np.concatenate(rows)
    origin = np.repeat(np.arange(len(found)), sizes)
    dates = np.concatenate([each.segment.tables.dates[at] for each, at in zip(found, rows, strict=True)])
    uids = np.concatenate([each.segment.tables.uids[at] for each, at in zip(found, rows, strict=True)])
    scores = _scores(found, rows, query)
    order = _order_key(request.sort, scores, dates)
    if request.sort == "oldest":
        uids = -uids
    # Of many hits only those that can reach the window are put in order.
    want = min(offset + limit, len(order))
    threshold = np.partition(order, len(order) - want)[len(order) - want]
    near = np.flatnonzero(order >= threshold)
    best = near[np.lexsort((-uids[near], -order[near]))][offset : offset + limit]
    return [
        (found[int(origin[index])].segment, int(places[index]), round(float(scores[index]), 3))
        for index in best.tolist()
    ]


def _order_key(
    sort: Sort, scores: npt.NDArray[np.float64], dates: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """The larger comes first. Undated documents come last whichever way dates run."""
    days = dates.astype(np.int64)
    if sort == "newest":
        return days
    if sort == "oldest":
        return np.where(days > 0, -days, np.int64(-(1 << _DATE_BITS)))
    return np.rint(scores * 1000).astype(np.int64) << _DATE_BITS | days


def _scores(
    found: Sequence[_Found], rows: Sequence[npt.NDArray[np.int64]], query: Query
) -> npt.NDArray[np.float64]:
    scores = [np.zeros(len(each), dtype=np.float64) for each in rows]
    seen = sum(int(np.count_nonzero(each.universe)) for each in found)
    for needle in dict.fromkeys(word.needle for word in words(query.root) if word.part == "all"):
        masks = [_part_masks(each.segment, needle) for each in found]
        holding = sum(
            int(np.count_nonzero(each.universe & mask[0][0])) for each, mask in zip(found, masks, strict=True)
        )
        rarity = math.log(1 + seen / (holding + 1))
        for score, at, weighed in zip(scores, rows, masks, strict=True):
            for mask, weight in weighed:
                score += mask[at] * (weight * rarity)
    return np.concatenate(scores)


def _part_masks(segment: Segment, needle: Needle) -> list[tuple[Mask, float]]:
    """Where a needle stands in a segment, with the weight of each place; the whole text first."""
    everywhere = as_mask(segment, needle_rows(segment, needle, Part.ALL))
    weighed = [(everywhere, _TEXT_WEIGHT)]
    if not everywhere.any():
        return weighed
    if needle.kind == "literal":
        pairs = [needle.text[at : at + 2] for at in range(max(1, len(needle.text) - 1))]
        often = everywhere.copy()
        for pair in pairs:
            often &= as_mask(segment, segment.often_rows(pair))
        weighed.append((often, _OFTEN_WEIGHT))
    for part, weight in _PART_WEIGHTS.items():
        rows = needle_rows(segment, needle, part)
        if len(rows):
            weighed.append((as_mask(segment, rows), weight))
    return weighed


def _hit(segment: Segment, row: int, score: float, terms: Sequence[Needle]) -> Hit:
    title, pages = segment.shown(row)
    page = _best_page(segment.body(row), terms) if terms else None
    shown = pages[page or 0]
    marks = find_marks(shown, terms) if page is not None else ()
    return Hit(
        uid=int(segment.tables.uids[row]),
        page=None if page is None else page + 1,
        snippet=snippet(shown, marks),
        title=cut(title, find_marks(title, terms), 0, len(title)),
        score=score,
    )


def _best_page(body: str, terms: Sequence[Needle]) -> int | None:
    """Index of the page that holds the most of the needles, of those where one of them first stands."""
    places = [place for place in (first_place(body, needle) for needle in terms) if place >= 0]
    if not places:
        return None
    numbers = sorted({body.count(PAGE_MARK, 0, place) for place in places})
    if len(numbers) == 1:
        return numbers[0]
    pages = body.split(PAGE_MARK)
    held = {number: sum(first_place(pages[number], needle) >= 0 for needle in terms) for number in numbers}
    return max(numbers, key=lambda number: (held[number], -number))


def suggestions(
    snapshot: Snapshot, prefix: str, allowed: frozenset[str], limit: int, hidden: frozenset[int]
) -> tuple[str, ...]:
    """Completions among current versions that the tokens open, the most frequent first."""
    wanted = normalise(prefix)
    if not wanted or limit < 1:
        return ()
    counts: Counter[str] = Counter()
    for view in snapshot.views:
        seen = visible(view, allowed, False, hidden)
        if seen.any():
            for term, count in view.segment.suggestions.counts(wanted, seen):
                counts[term] += count
    ordered = sorted(counts, key=lambda term: (-counts[term], term))
    return tuple(dict.fromkeys(map(written, ordered)))[: min(limit, MAX_LIMIT)]
