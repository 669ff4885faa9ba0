"""Papers whose current bytes bear the mark of a state secret. Until one is filed it stands in no list, queue or count of
anybody, but the inbox of who brought it in and of who says what becomes of it. One that is filed already keeps its row
under its number, as the file and the catalogue name it; its bytes, texts and pictures are closed, and no search finds it.
"""

from typing import Final

from sqlalchemy import ColumnElement, Select, exists, literal_column, select
from sqlalchemy.orm import aliased

from archive_service.records.models import Document, Version

# As ``ix_version_marked`` says it: a bound value, or "= 1" behind it, would keep SQLite from taking the index.
_MARKED: Final[ColumnElement[bool]] = literal_column(
    "version.trouble = 'state_secret' AND version.is_current"
)


def unmarked() -> ColumnElement[bool]:
    """On rows of documents, for lists and counts: not to be left out. Asked the other way round, along the few marked
    versions."""
    holder = aliased(Document)
    unfiled = exists().where(holder.id == Version.document_id, holder.archival_no.is_(None))
    return Document.id.not_in(_marked().where(unfiled).correlate(None))


def searchable() -> ColumnElement[bool]:
    """On rows of documents, for searches: as the index holds them, which has no marked one, filed or not."""
    return Document.id.not_in(_marked().correlate(None))


def _marked() -> Select[object]:
    return select(Version.document_id).where(_MARKED)
