"""Grams of many texts at once, and lists of rows packed into bytes.

A gram is a 47-bit number: part and kind of the gram above, its characters below. All rows of a segment are
worked on in one go with numpy: the pairs (gram, row) are sorted as 64-bit numbers and cut where the gram
changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]

LONGEST_RUN: Final = 40  # longer runs of digits and Latin letters are not filed whole
OFTEN: Final = 3  # a character or pair that stands this often in a text weighs more in ranking


class Kind(IntEnum):
    """What a gram says about a text."""

    CHARACTER = 0  # holds this letter, digit or Han
    PAIR = 1  # these two stand side by side
    BRIDGED = 2  # these two stand with one to three punctuation marks between them
    TRIPLE = 3  # these three digits or Latin letters follow each other, side by side or bridged


class Part(IntEnum):
    """Parts of a document that are searched apart; ALL covers every part and the pages."""

    ALL = 0
    TITLE = 1
    OWNER = 2
    NUMBER = 3
    UNIT = 4
    FILE = 5


_ASCII_WORD: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_RANK: Final = {ord(char): rank for rank, char in enumerate(_ASCII_WORD, 1)}
_WORD, _BRIDGE, _WALL = 1, 2, 3


def gram(part: Part, kind: Kind, text: str) -> int:
    """The number of one gram. ``text`` has one, two or, for triples of ASCII letters and digits, three
    characters.
    """
    payload = 0
    for char in text:
        payload = payload << 21 | ord(char) if kind is not Kind.TRIPLE else payload << 6 | _RANK[ord(char)]
    return int(part * 4 + kind) << 42 | payload


def is_triple(text: str) -> bool:
    return len(text) == 3 and all(ord(char) in _RANK for char in text)


class _Characters:
    """What each character is, learnt as characters turn up."""

    def __init__(self) -> None:
        self._kind = np.zeros(0x110000, dtype=np.uint8)
        self._rank = np.zeros(0x110000, dtype=np.uint8)
        for codepoint, rank in _RANK.items():
            self._rank[codepoint] = rank

    def of(self, codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        kinds = self._kind[codes]
        unknown = codes[kinds == 0]
        if unknown.size:
            for code in np.unique(unknown).tolist():
                char = chr(code)
                if char.isalnum():
                    self._kind[code] = _WORD
                elif code < 0x20 or char.isspace():
                    self._kind[code] = _WALL
                else:
                    # Marks such as U+0300 count as letters for \w, and so they do here.
                    self._kind[code] = _BRIDGE
            kinds = self._kind[codes]
        return kinds, self._rank[codes]


_CHARACTERS: Final = _Characters()


def grams_of(texts: Sequence[str], part: Part) -> npt.NDArray[np.uint64]:
    """``gram << 16 | row`` of every place in the texts, unsorted, with repetitions; text ``i`` is row
    ``i``.
    """
    joined = "\x00".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    if not codes.size:
        return np.empty(0, dtype=np.uint64)
    kinds, ranks = _CHARACTERS.of(codes)
    lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
    lengths[-1] -= 1
    rows = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)
    words = np.flatnonzero(kinds == _WORD)
    if not words.size:
        return np.empty(0, dtype=np.uint64)
    walls = np.cumsum(kinds == _WALL, dtype=np.int32)
    code, row, rank = codes[words].astype(np.uint64), rows[words], ranks[words].astype(np.uint64)
    step = np.diff(words)
    # The next of a chain stands at most three marks away, and no wall between.
    near = (step <= 4) & (walls[words[1:]] == walls[words[:-1]])
    side = near & (step == 1)
    bridged = near & (step > 1)

    def numbered(
        kind: Kind, payload: npt.NDArray[np.uint64], where: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.uint64]:
        tag = np.uint64(int(part * 4 + kind) << 42)
        return np.asarray((tag | payload) << np.uint64(16) | where, dtype=np.uint64)

    pair = code[:-1] << np.uint64(21) | code[1:]
    found = [
        numbered(Kind.CHARACTER, code, row),
        numbered(Kind.PAIR, pair[side], row[:-1][side]),
        numbered(Kind.BRIDGED, pair[bridged], row[:-1][bridged]),
    ]
    if words.size > 2:
        triple = near[:-1] & near[1:] & (rank[:-2] > 0) & (rank[1:-1] > 0) & (rank[2:] > 0)
        payload = rank[:-2] << np.uint64(12) | rank[1:-1] << np.uint64(6) | rank[2:]
        found.append(numbered(Kind.TRIPLE, payload[triple], row[:-2][triple]))
    return np.concatenate(found)


def deduplicated(numbers: npt.NDArray[np.uint64], first_row: int) -> npt.NDArray[np.uint64]:
    """Each pair once and ascending, as ``gram << 17 | row << 1 | often``; row 0 becomes ``first_row``."""
    pairs, counts = np.unique(numbers, return_counts=True)
    shifted = (pairs + np.uint64(first_row)) << np.uint64(1)
    return np.asarray(shifted | (counts >= OFTEN).astype(np.uint64), dtype=np.uint64)


def inverted(pairs: npt.NDArray[np.uint64], rows: int) -> Iterator[tuple[bytes, bytes]]:
    """Packed lists from deduplicated pairs of a segment of ``rows`` rows: (:func:`key`, :func:`pack`),
    ascending.
    """
    if not pairs.size:
        return
    pairs = np.sort(pairs)
    grams = pairs >> np.uint64(17)
    where = (pairs >> np.uint64(1) & np.uint64(0xFFFF)).astype(np.uint16)
    often = (pairs & np.uint64(1)).astype(np.bool_)
    starts = np.flatnonzero(np.concatenate(([True], grams[1:] != grams[:-1])))
    ends = np.append(starts[1:], len(grams))
    keys = grams[starts].astype(">u8").tobytes()
    for index, (begin, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        yield keys[index * 8 + 2 : index * 8 + 8], pack(where[begin:end], often[begin:end], rows)


def key(number: int) -> bytes:
    """The 6 bytes under which a gram is filed; they sort as the numbers do."""
    return number.to_bytes(6, "big")


_LIST, _BITMAP = b"L", b"B"


def pack(rows: Rows, often: Mask, total: int) -> bytes:
    """Ascending rows, and which of them hold the gram often, as bytes: steps between rows, or a bitmap if
    shorter.
    """
    count = len(rows)
    marks = np.packbits(often).tobytes() if often.any() else b""
    if count * 16 > total > 64:
        mask = np.zeros(total, dtype=np.bool_)
        mask[rows] = True
        return _BITMAP + np.packbits(mask).tobytes() + marks
    steps = rows if count == 1 else np.diff(rows, prepend=np.uint16(0))
    return _LIST + count.to_bytes(2, "little") + steps.astype("<u2").tobytes() + marks


def unpack(packed: bytes, total: int) -> tuple[Rows, Mask]:
    """The rows and their "often" marks; the inverse of :func:`pack`."""
    if packed[:1] == _BITMAP:
        end = 1 + (total + 7) // 8
        bits = np.frombuffer(packed, dtype=np.uint8, offset=1, count=end - 1)
        rows = np.flatnonzero(np.unpackbits(bits, count=total)).astype(np.uint16)
    elif packed[:1] == _LIST:
        count = int.from_bytes(packed[1:3], "little")
        end = 3 + count * 2
        steps = np.frombuffer(packed, dtype="<u2", offset=3, count=count)
        rows = np.cumsum(steps, dtype=np.uint16)
    else:
        raise ValueError("not a packed list of rows")
    if len(packed) == end:
        return rows, np.zeros(len(rows), dtype=np.bool_)
    marks = np.frombuffer(packed, dtype=np.uint8, offset=end)
    return rows, np.unpackbits(marks, count=len(rows)).astype(np.bool_)
