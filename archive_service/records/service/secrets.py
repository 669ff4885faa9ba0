"""Papers that turn out to bear the mark of a state secret: kept from everybody, until a person says what becomes of
them. This system is not cleared for state secrets, so that such bytes may not be shown, indexed or handed out."""

import uuid

from sqlalchemy import delete, select

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records.models import Page, Rendition, Version
from archive_service.records.queries.rows import VersionRow
from archive_service.records.rules import (
    NeedsReason,
    TooLong,
    VersionState,
    VersionStep,
    WrongState,
    after,
    clean_text,
)
from archive_service.records.rules.state_secrets import TROUBLE
from archive_service.records.service.checking import may_check
from archive_service.records.service.documents import locked_document
from archive_service.records.service.indexing import announce
from archive_service.records.service.reading import want_check
from archive_service.unit_of_work import UnitOfWork


def keep_from_all(work: UnitOfWork, version_id: int, page: int) -> None:
    """Reading found a mark on this page: nothing of the version is shown or indexed from now on.

    Pictures and texts that were made of earlier pages go too; the bytes as they came stay for whoever has to decide.
    Raises NotFound, WrongState.
    """
    version = work.session.get(Version, version_id, with_for_update=True)
    if version is None:
        raise NotFound()
    version.state = after(VersionState(version.state), VersionStep.QUARANTINE).value
    version.trouble, version.pages_read = TROUBLE, 0
    work.session.execute(delete(Page).where(Page.version_id == version_id))
    work.session.execute(delete(Rendition).where(Rendition.version_id == version_id))
    work.session.flush()
    announce(work, version)
    want_check(work, version)
    work.audit("version.state-secret", f"document:{version.document_id}", version=version.number, page=page)


def may_unmark(actor: Actor, version: VersionRow, class_code: str) -> bool:
    """Whether the actor may say that a mark is none: somebody who files, and didn't bring the paper in."""
    return may_check(actor, class_code) and (actor.user_id is None or actor.user_id != version.created_by)


def unmark(work: UnitOfWork, document_id: uuid.UUID, number: int, reason: str) -> None:
    """What was taken for a mark is none: the version is read again and stays open from then on.

    Raises NotFound, Forbidden, NeedsReason, TooLong, WrongState.
    """
    document = locked_document(work, document_id)
    if not may_check(work.actor, document.class_code or ""):
        raise Forbidden()
    version = work.session.scalar(
        select(Version).where(Version.document_id == document.id, Version.number == number).with_for_update()
    )
    if version is None:
        raise NotFound()
    if work.actor.user_id is not None and version.created_by == work.actor.user_id:
        raise Forbidden()
    reason = clean_text(reason)
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    if version.trouble != TROUBLE:
        raise WrongState()
    version.unmarked_at, version.unmarked_by, version.unmarked_why = work.now, work.actor.user_id, reason
    version.state = after(VersionState(version.state), VersionStep.RETRY).value
    version.trouble = None
    work.publish("version.received", version_id=version.id)
    work.audit("version.unmarked", f"document:{document.id}", version=number)
