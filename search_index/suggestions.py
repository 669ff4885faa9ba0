"""Words that complete what is being typed: a sorted table for each segment, counted only over rows one
may see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from .grams import Mask, Rows
from .normal import normalise

_LONGEST: Final = 40
_BETWEEN: Final = "\x1f"  # between the normal form of a suggestion and its written form
_IDENTIFIER: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-/.·〔〕]*[0-9A-Za-z〕]")
_RUN: Final = re.compile(r"[^\W_]+")


@cache
def _segmenter() -> Any:
    import rjieba  # 34 MB of dictionary: only the process that writes ever needs it

    return rjieba


def words_of(title: str, *identifiers: str) -> set[str]:
    """What may be suggested for a document: words of its title, neighbours joined, and whole identifiers."""
    found: set[str] = set()
    for text in identifiers:
        found.update(text.split())
    found.update(_IDENTIFIER.findall(title))
    for run in _RUN.findall(title):
        words = _segmenter().cut(run)
        found.update(words)
        found.update(first + second for first, second in pairwise(words))
    return {word for word in found if 1 < len(word) <= _LONGEST}


def filed_under(word: str) -> str:
    """Normal form and written form as one sortable string."""
    return f"{normalise(word)}{_BETWEEN}{word}"


@dataclass(frozen=True, slots=True)
class SuggestionTable:
    """Terms in ascending order of their bytes; ``rows[places[i]:places[i + 1]]`` are the rows of term
    ``i``.
    """

    terms: bytes  # newline after each
    ends: npt.NDArray[np.int64]  # offset of each newline
    places: npt.NDArray[np.int64]
    rows: Rows

    @classmethod
    def made(cls, words: Mapping[str, Iterable[int]]) -> SuggestionTable:
        terms = sorted((word.replace("\n", " ").encode(), rows) for word, rows in words.items())
        lists = [np.fromiter(rows, dtype=np.uint16) for _, rows in terms]
        lengths = np.fromiter((len(each) for each in lists), dtype=np.int64, count=len(lists))
        joined = b"".join(term + b"\n" for term, _ in terms)
        return cls(
            terms=joined,
            ends=_ends(joined),
            places=np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths))),
            rows=np.concatenate(lists) if lists else np.empty(0, dtype=np.uint16),
        )

    def packed(self) -> bytes:
        places = self.places.astype("<i8").tobytes()
        head = len(self.terms).to_bytes(8, "little") + len(places).to_bytes(8, "little")
        return head + self.terms + places + self.rows.astype("<u2").tobytes()

    @classmethod
    def unpacked(cls, packed: bytes) -> SuggestionTable:
        middle = 16 + int.from_bytes(packed[:8], "little")
        end = middle + int.from_bytes(packed[8:16], "little")
        terms = packed[16:middle]
        return cls(
            terms=terms,
            ends=_ends(terms),
            places=np.frombuffer(packed[middle:end], dtype="<i8"),
            rows=np.frombuffer(packed, dtype="<u2", offset=end),
        )

    def __iter__(self) -> Iterator[tuple[str, Rows]]:
        for index, term in enumerate(self.terms.split(b"\n")[:-1]):
            yield term.decode(), self.rows[self.places[index] : self.places[index + 1]]

    def counts(self, prefix: str, seen: Mask) -> Iterator[tuple[str, int]]:
        """(normal form and written form, number of seen rows) of each term that begins with ``prefix``."""
        first = self._position(prefix.encode())
        last = self._position(prefix.encode() + b"\xff")
        if first == last:
            return
        begin, end = self.places[first], self.places[last]
        visible = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(seen[self.rows[begin:end]])))
        places = self.places[first : last + 1] - begin
        counts = np.diff(visible[places])
        for offset in np.flatnonzero(counts).tolist():
            yield self._term(first + offset).decode(), int(counts[offset])

    def _term(self, index: int) -> bytes:
        begin = int(self.ends[index - 1]) + 1 if index else 0
        return self.terms[begin : int(self.ends[index])]

    def _position(self, wanted: bytes) -> int:
        low, high = 0, len(self.ends)
        while low < high:
            middle = (low + high) // 2
            if self._term(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low


def _ends(terms: bytes) -> npt.NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(terms, dtype=np.uint8) == ord("\n")).astype(np.int64)


def written(filed: str) -> str:
    """The form in which a suggestion is shown."""
    return filed.partition(_BETWEEN)[2]
