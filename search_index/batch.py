"""Rows on their way into a segment: from entries, or from segments that are merged."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from .contract import Entry
from .diversity import filed_pages
from .grams import LONGEST_RUN, Mask, Part, deduplicated, grams_of, inverted, pack
from .normal import ALNUM, normalise
from .packed import GRAMS, RUNS, SHOWN, TABLES, TEXT
from .segment import CODED, FIELD_MARK, PAGE_MARK, Coded, Segment, Tables
from .suggestions import SuggestionTable, filed_under, words_of
from .units import units_in

_RUN: Final = re.compile(f"[{ALNUM}]+")
_STEP_BYTES: Final = 6_000_000  # grams of this much text are made at once
_BAND_BYTES: Final = 18_000_000  # grams of this much text are sorted at once
_MARKS: Final = str.maketrans(FIELD_MARK + PAGE_MARK, "  ")


@dataclass(frozen=True, slots=True)
class Batch:
    """What becomes one segment. ``texts`` and ``shown`` may fetch their rows only when asked."""

    texts: Sequence[bytes]
    shown: Sequence[bytes]
    tables: Tables
    suggestions: Mapping[str, Sequence[int]]
    size: int  # bytes of all texts

    def write(self, writer: Any) -> None:
        """Adds the rows and their carrier to a Whoosh writer."""
        for text, shown in zip(self.texts, self.shown, strict=True):
            writer.add_document(**{TEXT: text, SHOWN: shown})
        tables = self.tables.packed() | {
            b"suggestions": SuggestionTable.made(self.suggestions).packed(),
            b"size": self.size.to_bytes(8, "little"),
        }
        writer.add_document(
            **{
                TABLES: sorted(tables.items()),
                RUNS: self._runs(),
                GRAMS: self._grams(),
                TEXT: b"",
                SHOWN: b"",
            }
        )

    def _runs(self) -> Iterator[tuple[bytes, bytes]]:
        """Runs, and the names of units; no run holds the mark that every name of a unit has."""
        rows_of: defaultdict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(self.texts):
            normal = text.decode()
            for run in set(_RUN.findall(normal)):
                if len(run) <= LONGEST_RUN:
                    rows_of[run].append(row)
            for name in {name for unit in units_in(normal) for name in unit.names}:
                rows_of[name].append(row)
        for term, rows in sorted((run.encode(), rows) for run, rows in rows_of.items()):
            where = np.array(rows, dtype=np.uint16)
            yield term, pack(where, np.zeros(len(where), dtype=np.bool_), len(self.texts))

    def _grams(self) -> Iterator[tuple[bytes, bytes]]:
        """Bands of grams one after the other, so that a large merge never sorts everything at once."""
        bands = self.size // _BAND_BYTES + 1
        edges: list[int] = []
        if bands > 1:
            sample = next(self._steps()) >> np.uint64(17)
            edges = sorted({int(sample[len(sample) * band // bands]) << 17 for band in range(1, bands)})
        for low, high in pairwise([0, *edges, 2**64 - 1]):
            # Copies, because a slice would keep its whole step in memory.
            pairs = [step[_between(step, low, high)].copy() for step in self._steps()]
            yield from inverted(np.concatenate(pairs), len(self.texts))

    def _steps(self) -> Iterator[npt.NDArray[np.uint64]]:
        begin = size = 0
        for row, text in enumerate(self.texts):
            size += len(text)
            if size > _STEP_BYTES or row + 1 == len(self.texts):
                yield _pairs([self.texts[each].decode() for each in range(begin, row + 1)], begin)
                begin, size = row + 1, 0


def _between(pairs: npt.NDArray[np.uint64], low: int, high: int) -> slice:
    first, last = np.searchsorted(pairs, np.array([low, high], dtype=np.uint64)).tolist()
    return slice(first, last)


def _pairs(texts: Sequence[str], first_row: int) -> npt.NDArray[np.uint64]:
    heads = [text.split(FIELD_MARK, Part.FILE + 1) for text in texts]
    found = [grams_of(texts, Part.ALL)]
    found.extend(grams_of([head[part] for head in heads], part) for part in Part if part is not Part.ALL)
    return deduplicated(np.concatenate(found), first_row)


def from_entries(entries: Sequence[Entry]) -> Batch:
    """A batch of new entries, one row each, in their order."""
    texts: list[bytes] = []
    shown: list[bytes] = []
    suggestions: defaultdict[str, list[int]] = defaultdict(list)
    for row, entry in enumerate(entries):
        head = (entry.title, entry.owner, entry.number, entry.unit, entry.file)
        pages = filed_pages([normalise(page) for page in entry.pages])
        text = FIELD_MARK.join(("", *map(normalise, head), PAGE_MARK.join(pages), ""))
        texts.append(text.encode())
        shown.append(_compressed(entry.title, entry.pages[: len(pages)]))
        for word in words_of(entry.title, entry.number, entry.unit, entry.file):
            suggestions[filed_under(word)].append(row)
    coded = {
        "class": [entry.class_code for entry in entries],
        "building": [entry.building for entry in entries],
        "state": [entry.state for entry in entries],
        "level": [entry.level for entry in entries],
        "rights": [entry.rights for entry in entries],
    }
    tables = Tables(
        uids=np.array([entry.uid for entry in entries], dtype=np.int64),
        stamps=np.array([entry.stamp for entry in entries], dtype=np.int64),
        dates=np.array([entry.date.toordinal() if entry.date else 0 for entry in entries], dtype=np.int32),
        years=np.array([entry.year or 0 for entry in entries], dtype=np.int32),
        current=np.array([entry.current for entry in entries], dtype=np.bool_),
        filed=np.array([bool(entry.file) for entry in entries], dtype=np.bool_),
        coded={name: _coded(values) for name, values in coded.items()},
    )
    return Batch(texts, shown, tables, suggestions, sum(map(len, texts)))


def _compressed(title: str, pages: Sequence[str]) -> bytes:
    shown = title.translate(_MARKS) + FIELD_MARK + PAGE_MARK.join(page.translate(_MARKS) for page in pages)
    return zlib.compress(shown.encode("utf-8", "replace"), 1)


def _coded(values: Sequence[str]) -> Coded:
    names = tuple(sorted(set(values)))
    place = {name: code for code, name in enumerate(names)}
    return Coded(names, np.array([place[value] for value in values], dtype=np.int32))


@dataclass(frozen=True, slots=True)
class _Fetched(Sequence[bytes]):
    """Bytes of rows of older segments, read when asked for."""

    rows: Sequence[tuple[Callable[[int], bytes], int]]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return _Fetched(self.rows[index])
        fetch, row = self.rows[index]
        return fetch(row)


def from_segments(parts: Sequence[tuple[Segment, Mask]]) -> Batch:
    """A batch of the rows of older segments that the masks keep."""
    kept = [(segment, np.flatnonzero(mask)) for segment, mask in parts]
    suggestions: defaultdict[str, list[int]] = defaultdict(list)
    base = 0
    for segment, rows in kept:
        moved = np.full(segment.rows, -1, dtype=np.int64)
        moved[rows] = np.arange(base, base + len(rows))
        for word, places in segment.suggestions:
            suggestions[word].extend(row for row in moved[places].tolist() if row >= 0)
        base += len(rows)
    where = [(segment, row) for segment, rows in kept for row in rows.tolist()]
    tables = Tables(
        uids=np.concatenate([segment.tables.uids[rows] for segment, rows in kept]),
        stamps=np.concatenate([segment.tables.stamps[rows] for segment, rows in kept]),
        dates=np.concatenate([segment.tables.dates[rows] for segment, rows in kept]),
        years=np.concatenate([segment.tables.years[rows] for segment, rows in kept]),
        current=np.concatenate([segment.tables.current[rows] for segment, rows in kept]),
        filed=np.concatenate([segment.tables.filed[rows] for segment, rows in kept]),
        coded={name: _united(name, kept) for name in CODED},
    )
    return Batch(
        texts=_Fetched([(segment.text_bytes, row) for segment, row in where]),
        shown=_Fetched([(segment.shown_bytes, row) for segment, row in where]),
        tables=tables,
        suggestions={word: rows for word, rows in suggestions.items() if rows},
        size=sum(len(segment.text_bytes(row)) for segment, row in where),
    )


def _united(name: str, kept: Sequence[tuple[Segment, npt.NDArray[np.int64]]]) -> Coded:
    columns = [(segment.tables.coded[name], rows) for segment, rows in kept]
    names = tuple(sorted({each for coded, _ in columns for each in coded.names}))
    place = {each: code for code, each in enumerate(names)}
    codes = [
        np.array([place[each] for each in coded.names], dtype=np.int32)[coded.codes[rows]]
        for coded, rows in columns
    ]
    return Coded(names, np.concatenate(codes))
