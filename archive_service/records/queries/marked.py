"""Papers whose current bytes bear the mark of a state secret: in no list, queue or search of anybody."""

from sqlalchemy import ColumnElement, select

from archive_service.records.models import Document, Version
from archive_service.records.rules import VersionState
from archive_service.records.rules.state_secrets import TROUBLE


def unmarked() -> ColumnElement[bool]:
    """On rows of documents. Asked the other way round, along the few versions that can't be opened."""
    marked = select(Version.document_id)
    marked = marked.where(Version.state == VersionState.QUARANTINED.value, Version.trouble == TROUBLE)
    return Document.id.not_in(marked.where(Version.is_current))
