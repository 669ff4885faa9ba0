"""When two papers look alike, and under which keys they are found without comparing each with each.

A paper has three prints: of its text (MinHash over runs of characters), of the numbers on it (MinHash), and of the
picture of its first page that isn't blank (a 64-bit perceptual hash). Each gives some keys; papers that share one
are candidates, and are compared print by print.

Thousands of receipts on one form have almost the same text and picture. So that they neither crowd each other's
lists nor cost time: MOST_UNDER_A_KEY papers stand under a key, shared evenly among those that the same people see, so
that a mass of what is hidden from somebody leaves theirs room (``surplus``); and where both papers have numbers, these
must agree as well, by which they are found too: two receipts of one form differ in them, two scans of one receipt don't.
"""

import struct
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations, pairwise
from typing import Final

TEXT_HASHES: Final = 48
TEXT_BANDS: Final = 8  # of six hashes: finds 96 of 100 pairs that share 85 of 100 runs of characters
NUMBER_HASHES: Final = 16
NUMBER_BANDS: Final = 4
PICTURE_BLOCKS: Final = (
    6  # a key for each two of them: any pair that differs in up to four bits is found for certain
)
MOST_UNDER_A_KEY: Final = 64
SURE_OF_A_PLACE: Final = 4  # the newest of each audience, also beyond that many in all
MOST_LOOKED_UP: Final = 256  # under one key, the newest, whatever stands there

ALIKE_TEXT: Final = 0.8  # share of the runs of characters that both have
ALIKE_NUMBERS: Final = 0.5
ALIKE_PICTURE: Final = 6  # bits of 64 that differ, at most
LITTLE_TEXT: Final = 30  # characters, under which the picture alone decides
FEW_NUMBERS: Final = 2  # numbers, up to which they decide nothing


@dataclass(frozen=True, slots=True)
class Print:
    """``text``, ``numbers``: MinHash values, 4 bytes each; b"" without any. ``picture``: 64 bits, None without one.
    ``characters``, ``figures``: how much text and how many numbers they were made of."""

    text: bytes
    numbers: bytes
    picture: int | None
    characters: int
    figures: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """Shares 0..1 that both have in common; ``bits``: of the pictures that differ, None if one has none."""

    text: float
    numbers: float
    bits: int | None

    @property
    def score(self) -> float:
        picture = 0.0 if self.bits is None else 1 - self.bits / 64
        return max(self.text, picture) + self.numbers


def keys_of(made: Print) -> tuple[int, ...]:
    """63-bit keys; two prints that are alike very likely have one in common."""
    keys = [*_bands(b"t", made.text, TEXT_BANDS), *_bands(b"n", made.numbers, NUMBER_BANDS)]
    if made.picture is not None:
        keys += _blocks(made.picture)
    return tuple(dict.fromkeys(keys))


def surplus(audiences: Mapping[int, Hashable | None]) -> set[int]:
    """Which of the versions under one key no longer stand there. ``audiences``: who sees each of them, as told apart
    now; None: nobody does any more.

    Each audience keeps its newest, and as many of them as the others: what has room is decided anew for each that
    comes, so that it doesn't matter who saw the others when they came.
    """
    standing: Counter[Hashable] = Counter()
    ranked: list[tuple[int, int]] = []
    for version in sorted(audiences, reverse=True):
        audience = audiences[version]
        if audience is not None:
            ranked.append((standing[audience], -version))
            standing[audience] += 1
    kept = {
        -version
        for place, (rank, version) in enumerate(sorted(ranked))
        if place < (MOST_LOOKED_UP if rank < SURE_OF_A_PLACE else MOST_UNDER_A_KEY)
    }
    return set(audiences) - kept


def _bands(kind: bytes, values: bytes, count: int) -> Iterator[int]:
    if not values:
        return
    size = len(values) // count
    for band in range(count):
        yield _key(kind, band, values[band * size : (band + 1) * size])


def _blocks(picture: int) -> Iterator[int]:
    edges = [64 * at // PICTURE_BLOCKS for at in range(PICTURE_BLOCKS + 1)]
    parts = [(picture >> low) & ((1 << (high - low)) - 1) for low, high in pairwise(edges)]
    for number, (one, other) in enumerate(combinations(range(PICTURE_BLOCKS), 2)):
        yield _key(b"p", number, struct.pack("<HH", parts[one], parts[other]))


def _key(kind: bytes, band: int, content: bytes) -> int:
    digest = blake2b(kind + bytes((band,)) + content, digest_size=8).digest()
    return int.from_bytes(digest) >> 1  # the databases' integers have a sign


def likeness(one: Print, other: Print) -> Likeness | None:
    """How much they have in common; None if they don't look alike."""
    text, numbers = _shared(one.text, other.text), _shared(one.numbers, other.numbers)
    bits = None if one.picture is None or other.picture is None else (one.picture ^ other.picture).bit_count()
    if min(one.figures, other.figures) > FEW_NUMBERS and numbers < ALIKE_NUMBERS:
        return None
    wordless = max(one.characters, other.characters) < LITTLE_TEXT
    by_text = not wordless and text >= ALIKE_TEXT
    by_picture = bits is not None and bits <= ALIKE_PICTURE and (wordless or text >= ALIKE_NUMBERS)
    return Likeness(text, numbers, bits) if by_text or by_picture else None


def _shared(one: bytes, other: bytes) -> float:
    if not one or len(one) != len(other):
        return 0.0
    count = len(one) // 4
    pairs = zip(_values(one), _values(other), strict=True)
    return sum(a == b for a, b in pairs) / count


def _values(packed: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(packed) // 4}I", packed)
