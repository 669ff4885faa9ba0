"""Full-text search over masked texts of documents, with rights inside the query.

Callers hand over :class:`Entry` objects and opaque rights tokens; this package has never heard of users,
tables or requests. Every engine behind :class:`SearchEngine` answers the same sets: plain substrings of the
normalised text, identifiers by their letters and digits, combined with AND, OR, NOT, fields, filters and
rights.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .contract import (
    Answer,
    Entry,
    Hit,
    IndexBusy,
    IndexDamaged,
    Pieces,
    Request,
    SearchEngine,
    SearchIndexError,
    token_of,
)
from .marks import Needle, find_marks
from .nodes import Names, Query, QueryError, field_value, needles, resolved
from .normal import normalise
from .query import parse
from .rewording import only_excludes, typed_words, widened
from .tokens import Prefix, prefixes

if TYPE_CHECKING:
    from .engine import WhooshEngine

__all__ = [
    "Answer",
    "Entry",
    "Hit",
    "IndexBusy",
    "IndexDamaged",
    "Names",
    "Needle",
    "Pieces",
    "Prefix",
    "Query",
    "QueryError",
    "Request",
    "SearchEngine",
    "SearchIndexError",
    "field_value",
    "find_marks",
    "needles",
    "normalise",
    "only_excludes",
    "open_engine",
    "parse",
    "prefixes",
    "resolved",
    "token_of",
    "typed_words",
    "widened",
]


def open_engine(location: str | Path) -> WhooshEngine:
    """The engine for a directory, or for a ``whoosh:///absolute/path`` or ``file:///absolute/path`` address.

    A missing or empty directory becomes a fresh index, readable by its owner alone. Nothing else is looked
    at here: a damaged or foreign directory shows itself as :class:`IndexDamaged` at the first use, so that
    the caller still holds an engine to call ``rebuild`` on. Raises ``ValueError`` for an address of another
    scheme.
    """
    from .engine import WhooshEngine

    text = str(location)
    scheme, separator, rest = text.partition("://")
    if separator:
        if scheme not in ("whoosh", "file"):
            raise ValueError(f"no search engine is known for {scheme}:// addresses")
        text = rest
    if not text:
        raise ValueError("the search index needs a directory")
    return WhooshEngine(Path(text))
