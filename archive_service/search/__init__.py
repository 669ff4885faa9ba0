"""Finding documents by their words: who may see what becomes tokens, the index answers, rows come.

The index is a cache of masked texts. What it says is checked against the database before anybody sees it, and
when it is damaged or empty the descriptions in the database are searched instead.
"""

from archive_service.search.queries.asking import (
    Facet,
    FacetValue,
    Found,
    FoundDocument,
    Hint,
    IndexStatus,
    SearchRequest,
    UnknownChoice,
)
from archive_service.search.queries.finding import (
    allowed_tokens,
    expected_entries,
    find,
    index_status,
    suggest,
)
from archive_service.search.rules import FILED, UNFILED, building_of
from archive_service.search.service import (
    Reconciled,
    announced_versions,
    index_versions,
    rebuild,
    reconcile,
    stale_versions,
)

__all__ = [
    "FILED",
    "UNFILED",
    "Facet",
    "FacetValue",
    "Found",
    "FoundDocument",
    "Hint",
    "IndexStatus",
    "Reconciled",
    "SearchRequest",
    "UnknownChoice",
    "allowed_tokens",
    "announced_versions",
    "building_of",
    "expected_entries",
    "find",
    "index_status",
    "index_versions",
    "rebuild",
    "reconcile",
    "stale_versions",
    "suggest",
]
