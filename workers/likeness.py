"""Prints of a text by which papers that say nearly the same are found: MinHash over runs of characters, and over the
numbers in it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from archive_service.scans.rules.likeness import NUMBER_HASHES, TEXT_HASHES

_RUN: Final = 4  # characters
_NUMBER: Final = re.compile(r"\d{3,}")
_SEED: Final = 20_260_308  # prints of different seeds can't be compared


def text_print(text: str) -> tuple[bytes, int]:
    """The print, and how many letters, signs and digits it was made of; b"" without a single run."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
    runs = {plain[at : at + _RUN] for at in range(len(plain) - _RUN + 1)}
    return _min_hash(runs, TEXT_HASHES), len(plain)


def number_print(text: str) -> tuple[bytes, int]:
    """The print of all numbers of three digits and more, and how many different ones there are."""
    numbers = set(_NUMBER.findall(unicodedata.normalize("NFKC", text)))
    return _min_hash(numbers, NUMBER_HASHES), len(numbers)


def _min_hash(values: Iterable[str], count: int) -> bytes:
    import numpy as np
    from datasketch import MinHash  # a third of a second to load, and only needed in the background

    encoded = sorted(value.encode() for value in values)
    if not encoded:
        return b""
    made = MinHash(num_perm=count, seed=_SEED, scheme="affine32")
    made.update_batch(encoded)
    return np.asarray(made.hashvalues, dtype="<u4").tobytes()
