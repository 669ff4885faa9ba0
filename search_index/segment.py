"""One immutable segment of the index as arrays and packed lists, read through Whoosh."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from whoosh.reading import SegmentReader, TermNotFound

from .grams import Kind, Mask, Part, Rows, gram, key, unpack
from .marks import Needle
from .packed import GRAMS, RUNS, SHOWN, TABLES, TEXT, MappedStorage, schema
from .recent import Recent
from .suggestions import SuggestionTable

FIELD_MARK: Final = "\x1e"  # before each part of a stored text and at its end
PAGE_MARK: Final = "\x1f"  # between pages
CODED: Final = ("class", "building", "state", "level", "rights")
_FIELD: Final = FIELD_MARK.encode()

_POSTINGS_BYTES: Final = 24_000_000
_VERIFIED_BYTES: Final = 24_000_000


class Caches:
    """What the segments of a store keep at hand together: many segments need no more memory than few."""

    def __init__(self) -> None:
        self.postings: Recent[tuple[str, str, bytes], tuple[Rows, Mask]] = Recent(_POSTINGS_BYTES)
        self.verified: Recent[tuple[str, Part, Needle], Rows] = Recent(_VERIFIED_BYTES)


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few values: ``names[codes[row]]``."""

    names: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    def packed(self) -> bytes:
        names = json.dumps(self.names, ensure_ascii=False).encode()
        return len(names).to_bytes(4, "little") + names + self.codes.astype("<i4").tobytes()

    @classmethod
    def unpacked(cls, packed: bytes) -> Coded:
        end = 4 + int.from_bytes(packed[:4], "little")
        codes = np.frombuffer(packed, dtype="<i4", offset=end)
        return cls(tuple(json.loads(packed[4:end])), codes)

    def lookup(self, wanted: Sequence[bool]) -> Mask:
        """Rows whose name is wanted, given one answer per name."""
        table = np.array(wanted, dtype=np.bool_)
        return table[self.codes] if table.size else np.zeros(len(self.codes), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Tables:
    """The columns of a segment as arrays, one element a row."""

    uids: npt.NDArray[np.int64]
    stamps: npt.NDArray[np.int64]  # opaque
    dates: npt.NDArray[np.int32]  # proleptic ordinals, 0 for undated
    years: npt.NDArray[np.int32]  # 0 for none
    current: Mask
    filed: Mask  # has a place in a file
    coded: dict[str, Coded]

    def packed(self) -> dict[bytes, bytes]:
        plain = {
            b"uids": self.uids.astype("<i8").tobytes(),
            b"stamps": self.stamps.astype("<i8").tobytes(),
            b"dates": self.dates.astype("<i4").tobytes(),
            b"years": self.years.astype("<i4").tobytes(),
            b"current": self.current.astype(np.uint8).tobytes(),
            b"filed": self.filed.astype(np.uint8).tobytes(),
        }
        return plain | {b"coded." + name.encode(): coded.packed() for name, coded in self.coded.items()}


class Segment:
    """Everything a search asks of one segment. Reading through Whoosh moves shared file positions: one at
    a time.
    """

    def __init__(self, storage: MappedStorage, whoosh_segment: Any, caches: Caches) -> None:
        self.name: str = whoosh_segment.segment_id()
        self._lock = threading.Lock()
        self._reader = SegmentReader(storage, schema(), whoosh_segment)
        self._texts = self._reader.column_reader(TEXT)
        self._shown = self._reader.column_reader(SHOWN)
        self._suggestions: SuggestionTable | None = None
        self.caches = caches
        self.tables = self._read_tables()
        self.rows = len(self.tables.uids)
        self.size = int.from_bytes(self._table(b"size"), "little")  # bytes of all normalised texts
        if self._reader.doc_count_all() != self.rows + 1:
            raise ValueError("the rows of a segment and its tables differ in number")

    def _read_tables(self) -> Tables:
        def array(name: bytes, dtype: str) -> npt.NDArray[Any]:
            return np.frombuffer(self._table(name), dtype=dtype)

        return Tables(
            uids=array(b"uids", "<i8"),
            stamps=array(b"stamps", "<i8"),
            dates=array(b"dates", "<i4"),
            years=array(b"years", "<i4"),
            current=array(b"current", "u1").astype(np.bool_),
            filed=array(b"filed", "u1").astype(np.bool_),
            coded={name: Coded.unpacked(self._table(b"coded." + name.encode())) for name in CODED},
        )

    def _value(self, field: str, term: bytes) -> bytes | None:
        with self._lock:
            try:
                value: bytes = self._reader.postings(field, term).value()
            except TermNotFound:
                return None
        return value

    def _table(self, name: bytes) -> bytes:
        value = self._value(TABLES, name)
        if value is None:
            raise ValueError(f"a segment lacks its table {name.decode()}")
        return value

    def _rows(self, field: str, term: bytes) -> tuple[Rows, Mask]:
        place = (self.name, field, term)
        found = self.caches.postings.get(place)
        if found is None:
            value = self._value(field, term)
            found = _NOTHING if value is None else unpack(value, self.rows)
            self.caches.postings.keep(place, found, found[0].nbytes + found[1].nbytes)
        return found

    def gram_rows(self, part: Part, kind: Kind, text: str) -> Rows:
        """Ascending rows that hold a gram."""
        return self._rows(GRAMS, key(gram(part, kind, text)))[0]

    def often_rows(self, text: str) -> Rows:
        """Ascending rows that hold one character or one pair often."""
        kind = Kind.CHARACTER if len(text) == 1 else Kind.PAIR
        rows, often = self._rows(GRAMS, key(gram(Part.ALL, kind, text)))
        return rows[often]

    def run_rows(self, run: str) -> Rows:
        """Ascending rows that hold this whole run of digits and Latin letters."""
        return self._rows(RUNS, run.encode())[0]

    def unit_rows(self, name: str) -> Rows:
        """Ascending rows that speak of this flat, in whatever form; ``name`` is one of ``units.Unit.names``."""
        return self._rows(RUNS, name.encode())[0]

    def text_bytes(self, row: int) -> bytes:
        """The normalised text of a row, all parts and pages."""
        text: bytes = self._texts[row]
        return text

    def part(self, row: int, part: Part) -> str:
        """One part of a row, normalised."""
        return self.text_bytes(row).split(_FIELD, Part.FILE + 1)[part].decode()

    def body(self, row: int) -> str:
        """The pages of a row, normalised, with page marks between them."""
        return self.text_bytes(row).split(_FIELD, Part.FILE + 1)[-1].rstrip(_FIELD).decode()

    def shown_bytes(self, row: int) -> bytes:
        shown: bytes = self._shown[row]
        return shown

    def shown(self, row: int) -> tuple[str, list[str]]:
        """Title and pages of a row as they were written."""
        title, _, pages = zlib.decompress(self.shown_bytes(row)).decode().partition(FIELD_MARK)
        return title, pages.split(PAGE_MARK)

    def probe(self) -> None:
        """Reads a little of everything; damage shows itself as some exception."""
        if self.rows:
            self.shown(self.rows - 1)
            text = self.text_bytes(self.rows - 1).decode()
            if not (text.startswith(FIELD_MARK) and text.endswith(FIELD_MARK)):
                raise ValueError("a stored text has lost its marks")
        self._table(b"suggestions")

    @property
    def suggestions(self) -> SuggestionTable:
        """Read when first asked for: a process that never suggests never holds it."""
        if self._suggestions is None:
            self._suggestions = SuggestionTable.unpacked(self._table(b"suggestions"))
        return self._suggestions


_NOTHING: Final = (np.empty(0, dtype=np.uint16), np.empty(0, dtype=np.bool_))
