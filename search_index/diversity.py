"""How much of a text is filed: a text of random characters has a term of its own at almost every place, and would keep
the index's one writer busy for minutes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .grams import Part, grams_of
from .normal import ALNUM

MOST_TERMS: Final = 400_000
"""Different grams and runs of one entry's pages. Each costs the writer some 30 µs. Two thousand pages of ordinary
words, names and amounts have far fewer; random characters reach it after 200 pages.
"""
_TERMS_OF_A_CHARACTER: Final = 4  # at most: itself, its pair, its triple, and its run
_RUN: Final = re.compile(f"[{ALNUM}]+")


def filed_pages(pages: Sequence[str]) -> Sequence[str]:
    """Of normalised pages those that are filed: all, or the first ones that have MOST_TERMS together."""
    if sum(map(len, pages)) * _TERMS_OF_A_CHARACTER <= MOST_TERMS:
        return pages
    terms: set[int | str] = set()
    for count, page in enumerate(pages):
        terms.update(grams_of([page], Part.ALL).tolist())
        terms.update(_RUN.findall(page))
        if len(terms) > MOST_TERMS:
            return pages[:count]
    return pages
