"""Many papers at once: brought in with a table, described anew together, taken out as a list or with their originals.

Nothing here has rules of its own for a single paper: each goes through the same verbs as one that comes alone.
"""

from archive_service.bulk.queries.blobs import referenced_digests
from archive_service.bulk.queries.exports import undecided_count
from archive_service.bulk.rules import EditId, ExportId, ImportId
from archive_service.bulk.service import editing, exporting, importing

__all__ = [
    "EditId",
    "ExportId",
    "ImportId",
    "editing",
    "exporting",
    "importing",
    "referenced_digests",
    "undecided_count",
]
