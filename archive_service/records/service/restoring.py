"""Going back: what an older version held becomes the newest once more. Nothing is taken out of the history."""

import uuid

from archive_service.kernel.ids import VersionId
from archive_service.records.models import Version
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import versions as queries
from archive_service.records.rules.state_secrets import TROUBLE, MarkedPaper
from archive_service.records.rules.versions import ReasonCode
from archive_service.records.service.documents import Received, add_version
from archive_service.unit_of_work import UnitOfWork


def restore_version(work: UnitOfWork, document_id: uuid.UUID, number: int, reason: str) -> VersionId:
    """A new version with the bytes of version ``number``. Raises MarkedPaper, and as ``add_version``."""
    document_queries.document(work.session, work.actor, document_id)
    old = queries.version(work.session, document_id, number)
    if old.trouble == TROUBLE:
        raise MarkedPaper()
    received = Received(old.digest, old.size, old.file_name, old.media_type)
    version_id = add_version(work, document_id, received, reason, code=ReasonCode.RESTORED)
    if old.unmarked:
        # What a person has said of these bytes holds for them wherever they stand.
        before, now = work.session.get(Version, old.id), work.session.get(Version, version_id)
        assert before is not None and now is not None, "both were read a moment ago"
        now.unmarked_at, now.unmarked_by, now.unmarked_why = (
            before.unmarked_at,
            before.unmarked_by,
            before.unmarked_why,
        )
        work.session.flush()
    return version_id
