"""What differs between two texts, in bounded time however long or hostile they are. Pure.

Both are cut into tokens (a Chinese character, a word, a number). Tokens that stand once in each and in the same order
anchor the rest (patience); what lies between two anchors is compared by the shortest way (Myers) as long as a budget
of steps lasts, and told as removed and added as a whole after that.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

MOST_CHARACTERS: Final = 200_000  # of either text
STEPS: Final = 600_000
"""Of the search for the shortest way, in all: about half a second."""
_CHEAP: Final = 8  # tokens looked through for anchors at the price of one step
_WIDEST: Final = 1500  # removals and additions between two anchors; memory grows with the square

_TOKEN: Final = re.compile(r"[A-Za-z]+|\d+|[^\S\n]+|[\s\S]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one side's page: ``changed`` if the other side doesn't have it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Pages of either side as pieces; ``spans``: the changed stretches of each page as character positions.

    ``removed``, ``added``: characters that only one side has, blanks not counted. ``coarse``: the budget ran out
    somewhere, so that more is marked than was changed. ``cut``: a text was longer than is compared.
    """

    before: tuple[tuple[Piece, ...], ...]
    after: tuple[tuple[Piece, ...], ...]
    removed: int
    added: int
    coarse: bool
    cut: bool

    @property
    def same(self) -> bool:
        return not self.removed and not self.added and not self.cut


@dataclass(slots=True)
class _Budget:
    left: int = STEPS
    ran_out: bool = field(default=False)


def compare(before: Sequence[str], after: Sequence[str], *, steps: int = STEPS) -> Compared:
    """Compare two documents page by page of text. A page that moved is found wherever it is now."""
    one, one_cut = _within(before)
    other, other_cut = _within(after)
    left, right = _tokens(one), _tokens(other)
    budget = _Budget(steps)
    kept_left, kept_right = set[int](), set[int]()
    for at_left, at_right, length in _matches([t for _, t in left], [t for _, t in right], budget):
        kept_left.update(range(at_left, at_left + length))
        kept_right.update(range(at_right, at_right + length))
    return Compared(
        _pieces(len(before), left, kept_left),
        _pieces(len(after), right, kept_right),
        _changed(left, kept_left),
        _changed(right, kept_right),
        coarse=budget.ran_out,
        cut=one_cut or other_cut,
    )


def changed_spans(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """The changed stretches of a page as (start, end), blanks alone left out."""
    found, at = [], 0
    for piece in pieces:
        if piece.changed and piece.text.strip():
            found.append((at, at + len(piece.text)))
        at += len(piece.text)
    return found


def _within(pages: Sequence[str]) -> tuple[list[str], bool]:
    """As much of the pages as is compared, and whether that isn't all."""
    kept: list[str] = []
    left = MOST_CHARACTERS
    for page in pages:
        if left <= 0:
            return kept, True
        kept.append(page[:left])
        left -= len(page)
    return kept, left < 0


def _tokens(pages: Sequence[str]) -> list[tuple[int, str]]:
    """(page, token); where lines break is no difference, so that every run of blanks is as good as another."""
    return [(number, token) for number, page in enumerate(pages) for token in _TOKEN.findall(page)]


def _matches(one: list[str], other: list[str], budget: _Budget) -> Iterator[tuple[int, int, int]]:
    """(from, from, length) of what both have, in order."""
    left = [(" " if token.isspace() else token) for token in one]
    right = [(" " if token.isspace() else token) for token in other]
    waiting = [(0, len(left), 0, len(right))]
    while waiting:
        a0, a1, b0, b1 = waiting.pop()
        start = 0
        while a0 + start < a1 and b0 + start < b1 and left[a0 + start] == right[b0 + start]:
            start += 1
        if start:
            yield a0, b0, start
            a0, b0 = a0 + start, b0 + start
        end = 0
        while a1 - end > a0 and b1 - end > b0 and left[a1 - end - 1] == right[b1 - end - 1]:
            end += 1
        if end:
            yield a1 - end, b1 - end, end
            a1, b1 = a1 - end, b1 - end
        if a0 == a1 or b0 == b1:
            continue
        # Each look for anchors walks through both ranges, and somebody may arrange for very many looks.
        budget.left -= (a1 - a0 + b1 - b0) // _CHEAP
        anchors = _anchors(left, right, a0, a1, b0, b1) if budget.left > 0 else []
        if anchors:
            edges = [(a0, b0), *anchors, (a1, b1)]
            for (x0, y0), (x1, y1) in pairwise(edges):
                waiting.append((x0, x1, y0, y1))
        else:
            yield from _shortest(left, right, a0, a1, b0, b1, budget)


def _anchors(  # noqa: PLR0917  (two ranges of two lists)
    left: list[str], right: list[str], a0: int, a1: int, b0: int, b1: int
) -> list[tuple[int, int]]:
    """Places of what stands once in both ranges, as many as keep their order; none of single characters that
    could be anywhere."""
    length = 4  # tokens in a row: a character alone says too little
    if a1 - a0 < length or b1 - b0 < length:
        return []
    one = {at: tuple(left[at : at + length]) for at in range(a0, a1 - length + 1)}
    other = {at: tuple(right[at : at + length]) for at in range(b0, b1 - length + 1)}
    once_left = {gram for gram, count in Counter(one.values()).items() if count == 1}
    once = {gram for gram, count in Counter(other.values()).items() if count == 1 and gram in once_left}
    where = {gram: at for at, gram in other.items() if gram in once}
    pairs = [(at, where[gram]) for at, gram in one.items() if gram in once]
    # Longest run of pairs whose places rise on both sides.
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, y) in enumerate(pairs):
        place = bisect_left(tails, y)
        before.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(y)
            ends.append(index)
        else:
            tails[place] = y
            ends[place] = index
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    chain.reverse()
    # The ranges between anchors begin at one: the first must not be where the range itself begins.
    return [pair for pair in chain if pair != (a0, b0)]


def _shortest(  # noqa: PLR0917  (two ranges of two lists)
    left: list[str], right: list[str], a0: int, a1: int, b0: int, b1: int, budget: _Budget
) -> Iterator[tuple[int, int, int]]:
    """Myers' shortest way through two ranges; nothing where the budget doesn't reach."""
    wide, high = a1 - a0, b1 - b0
    furthest = {1: 0}
    ways: list[dict[int, int]] = []
    for distance in range(min(wide + high, _WIDEST) + 1):
        budget.left -= distance + 1
        if budget.left < 0:
            break
        ways.append(dict(furthest))
        for diagonal in range(-distance, distance + 1, 2):
            down = diagonal == -distance or (
                diagonal != distance and furthest[diagonal - 1] < furthest[diagonal + 1]
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < wide and y < high and left[a0 + x] == right[b0 + y]:
                x, y = x + 1, y + 1
                budget.left -= 1
            furthest[diagonal] = x
            if x >= wide and y >= high:
                yield from _walked_back(ways, wide, high, a0, b0)
                return
    budget.ran_out = True


def _walked_back(
    ways: list[dict[int, int]], wide: int, high: int, a0: int, b0: int
) -> Iterator[tuple[int, int, int]]:
    x, y = wide, high
    for distance in range(len(ways) - 1, -1, -1):
        furthest = ways[distance]
        diagonal = x - y
        down = diagonal == -distance or (
            diagonal != distance and furthest[diagonal - 1] < furthest[diagonal + 1]
        )
        before = diagonal + 1 if down else diagonal - 1
        was_x = furthest[before] if distance else 0
        was_y = was_x - before if distance else 0
        start_x = (was_x if down else was_x + 1) if distance else 0
        if x > start_x:
            yield a0 + start_x, b0 + (start_x - diagonal), x - start_x
        x, y = was_x, was_y


def _pieces(count: int, tokens: list[tuple[int, str]], kept: set[int]) -> tuple[tuple[Piece, ...], ...]:
    pages: list[list[tuple[bool, list[str]]]] = [[] for _ in range(count)]
    for at, (page, token) in enumerate(tokens):
        changed = at not in kept
        if pages[page] and pages[page][-1][0] == changed:
            pages[page][-1][1].append(token)
        else:
            pages[page].append((changed, [token]))
    return tuple(tuple(Piece("".join(words), changed) for changed, words in page) for page in pages)


def _changed(tokens: list[tuple[int, str]], kept: set[int]) -> int:
    return sum(len(token) for at, (_, token) in enumerate(tokens) if at not in kept and not token.isspace())
