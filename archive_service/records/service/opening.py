"""Opening what opens only for a reason."""

import uuid
from datetime import datetime

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records.models import AccessReason
from archive_service.records.queries.documents import document
from archive_service.records.queries.sights import freely_seen, sight_of
from archive_service.records.rules import OPENED_FOR, REASON_LENGTH, NeedsReason, TooLong, clean_text
from archive_service.unit_of_work import UnitOfWork


def open_for_reason(work: UnitOfWork, document_id: uuid.UUID, reason: str) -> datetime:
    """Let this person see the document as far as their roles let them after saying why; until when.

    Raises NotFound, NeedsReason, TooLong; Forbidden where no reason would open more.
    """
    work.actor.must(Permission.SEARCH)
    row = document(work.session, work.actor, document_id)
    if row.discarded_at is not None:
        raise NotFound()
    if work.actor.user_id is None or freely_seen(work.actor, row) == sight_of(work.actor, row):
        raise Forbidden()
    reason = clean_text(reason)
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > REASON_LENGTH:
        raise TooLong(field="reason", most=REASON_LENGTH)
    given = AccessReason(
        user_id=work.actor.user_id,
        document_id=row.id,
        reason=reason,
        given_at=work.now,
        ends_at=work.now + OPENED_FOR,
    )
    work.session.add(given)
    work.session.flush()
    work.audit("document.opened", f"document:{row.id}", access=given.id)
    return given.ends_at
