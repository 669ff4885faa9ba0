"""Edit locks: one person at a time changes a document, others read it and see who works on it since when.

A lock runs out by itself, so that a forgotten page holds nobody up for long; whoever may breaks it, with a reason.
Whatever a lock doesn't prevent (programs change documents without taking one) the revision does.
"""

import uuid

from sqlalchemy import case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden
from archive_service.records.models import Document, EditLock, LockBreak
from archive_service.records.queries import documents as documents_queries
from archive_service.records.queries import reviewing as queries
from archive_service.records.queries.reviewing import LockRow
from archive_service.records.rules import NeedsReason, TooLong, clean_text
from archive_service.records.rules.review import LOCK_LASTS, BeingEdited
from archive_service.records.service.changing import may_change
from archive_service.unit_of_work import UnitOfWork


def take_lock(work: UnitOfWork, document_id: uuid.UUID) -> LockRow:
    """Take it, or keep it for another while; for who may change it. Raises NotFound, Forbidden, BeingEdited."""
    work.actor.must(Permission.UPLOAD)
    row = documents_queries.document(work.session, work.actor, document_id)
    if not may_change(work.session, work.actor, work.now, row):
        raise Forbidden()
    return _taken(work, row.id, over=False)


def _taken(work: UnitOfWork, document_id: uuid.UUID, *, over: bool) -> LockRow:
    """``over``: whoever holds it. In one statement, so that only one of two at once gets it."""
    if work.actor.user_id is None:
        raise Forbidden()  # nobody in particular works on nothing in particular
    values = {
        "document_id": document_id,
        "held_by": work.actor.user_id,
        "taken_at": work.now,
        "expires_at": work.now + LOCK_LASTS,
    }
    mine = EditLock.held_by == work.actor.user_id
    goes_on = (mine) & (EditLock.expires_at > work.now)
    insert = postgresql.insert if work.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taken = (
        insert(EditLock)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[EditLock.document_id],
            set_={
                "held_by": work.actor.user_id,
                "taken_at": case((goes_on, EditLock.taken_at), else_=work.now),
                "expires_at": values["expires_at"],
            },
            where=None if over else or_(mine, EditLock.expires_at <= work.now),
        )
    )
    found = work.session.execute(taken.returning(EditLock.document_id)).scalar_one_or_none()
    work.session.expire_all()
    held = queries.lock_of(work.session, document_id, work.now)
    if found is None or held is None or held.held_by != work.actor.user_id:
        raise BeingEdited(since=held.taken_at.isoformat() if held else "")
    return held


def release_lock(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """Give one's own lock back; nothing happens to anybody else's. Raises NotFound."""
    work.actor.must(Permission.UPLOAD)
    row = documents_queries.document(work.session, work.actor, document_id)
    end_own_lock(work, row.id)


def end_own_lock(work: UnitOfWork, document_id: uuid.UUID) -> None:
    mine = (EditLock.document_id == document_id) & (EditLock.held_by == (work.actor.user_id or 0))
    work.session.execute(
        update(EditLock).where(mine, EditLock.expires_at > work.now).values(expires_at=work.now)
    )


def break_lock(work: UnitOfWork, document_id: uuid.UUID, reason: str) -> LockRow:
    """Take the lock over from whoever holds it. Raises NotFound, Forbidden, NeedsReason, TooLong."""
    work.actor.must(Permission.BREAK_LOCK)
    row = documents_queries.document(work.session, work.actor, document_id)
    reason = clean_text(reason)
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    held = queries.lock_of(work.session, row.id, work.now)
    mine = _taken(work, row.id, over=True)
    if held is not None and held.held_by != work.actor.user_id:
        # The words stand beside the trail, which holds none that people write.
        work.session.add(
            LockBreak(document_id=row.id, at=work.now, by=mine.held_by, held_by=held.held_by, reason=reason)
        )
        work.audit("document.lock-broken", f"document:{row.id}", held_by=held.held_by)
    return mine


def refuse_if_edited(work: UnitOfWork, document: Document) -> None:
    """Before anything of it is changed. Raises BeingEdited if somebody else holds its lock."""
    query = select(EditLock.taken_at).where(
        EditLock.document_id == document.id,
        EditLock.expires_at > work.now,
        EditLock.held_by != (work.actor.user_id or 0),
    )
    since = work.session.scalar(query)
    if since is not None:
        raise BeingEdited(since=since.isoformat())
