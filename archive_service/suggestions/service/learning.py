"""The model at work: which one is active, and its weights, read once for each process."""

from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import select

from archive_service.bootstrap import Archive
from archive_service.suggestions.models import SuggestionModel
from storage import BlobStore, StorageError, parse_digest

if TYPE_CHECKING:
    from archive_service.suggestions.rules.trained import ActiveModel, Weights

log = structlog.get_logger()
_loaded: Final[dict[str, "Weights"]] = {}
"""By digest, the latest only: a process needs one."""


def active_model(archive: Archive) -> "ActiveModel | None":
    """None while nothing was learnt yet, or where its weights can't be read: rules and look-alikes carry on."""
    wanted = select(SuggestionModel.id, SuggestionModel.digest, SuggestionModel.accuracy)
    with archive.reading() as session:
        row = session.execute(wanted.where(SuggestionModel.is_active)).one_or_none()
    if row is None:
        return None
    # Not before there is a model: what it computes with takes its time and its memory at every start.
    from archive_service.suggestions.rules.trained import ActiveModel, NoModel

    try:
        return ActiveModel(row.id, _weights(archive.blobs, row.digest), row.accuracy)
    except (StorageError, NoModel) as error:
        log.warning("suggestions.model-unreadable", model=row.id, error=type(error).__name__)
        return None


def _weights(blobs: BlobStore, digest: str) -> "Weights":
    from archive_service.suggestions.rules.trained import from_bytes

    if digest not in _loaded:
        with blobs.open(parse_digest(digest)) as stream:
            weights = from_bytes(stream.read())
        _loaded.clear()
        _loaded[digest] = weights
    return _loaded[digest]
