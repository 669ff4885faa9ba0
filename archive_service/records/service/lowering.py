"""Lowering a document's level takes two people: one asks and says why, another one decides."""

import uuid

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from archive_service.classification import class_row
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.levels import Level
from archive_service.records.models import Correction, Document, LevelRequest
from archive_service.records.queries import level_requests as queries
from archive_service.records.queries.level_requests import LevelRequestRow
from archive_service.records.rules import NeedsReason, TooLong, clean_text
from archive_service.records.rules.placing import (
    LevelChanged,
    NotLower,
    OwnRequest,
    RequestDecided,
    RequestState,
    RequestWaits,
)
from archive_service.records.service.documents import locked_document, must_describe
from archive_service.records.service.indexing import announce_document
from archive_service.records.service.locks import refuse_if_edited
from archive_service.unit_of_work import UnitOfWork


def ask_lower_level(work: UnitOfWork, document_id: uuid.UUID, to: Level, *, reason: str) -> LevelRequestRow:
    """Ask for a level below the present one, down to that of its class.

    Raises NotFound, Forbidden, NeedsReason, TooLong, NotLower, RequestWaits.
    """
    document = locked_document(work, document_id)
    must_describe(work, document)
    reason = _said(reason)
    if not reason:
        raise NeedsReason(field="reason")
    _check(work, document, to)
    request = LevelRequest(
        document_id=document.id,
        from_level=document.level,
        to_level=to.value,
        reason=reason,
        asked_by=work.actor.user_id,
        asked_at=work.now,
        state=RequestState.WAITING.value,
    )
    try:
        with work.session.begin_nested():
            work.session.add(request)
    except IntegrityError as error:
        raise RequestWaits() from error
    work.audit("level.asked", f"document:{document.id}", request=request.id, level=to.value)
    return queries.level_request(work.session, work.actor, request.id)


def _said(text: str) -> str:
    said = clean_text(text)
    if len(said) > 255:
        raise TooLong(field="reason", most=255)
    return said


def _check(work: UnitOfWork, document: Document, to: Level) -> None:
    row = class_row(work.session, document.class_code) if document.class_code else None
    floor = row.level if row else Level.PERSONAL
    if not floor.rank <= to.rank < Level(document.level).rank:
        raise NotLower(field="level")


def decide_level(work: UnitOfWork, request_id: int, *, approve: bool, comment: str = "") -> LevelRequestRow:
    """Let the level be lowered, or not; never on one's own request.

    Raises NotFound, Forbidden, OwnRequest, RequestDecided, BeingEdited, LevelChanged, NotLower, NeedsReason (a refusal
    says why).
    """
    work.actor.must(Permission.LOWER_LEVEL)
    seen = queries.level_request(work.session, work.actor, request_id)
    document = locked_document(work, seen.document_id)
    if work.actor.user_id is not None and seen.asked_by == work.actor.user_id:
        raise OwnRequest()
    comment = _said(comment)
    if not approve and not comment:
        raise NeedsReason(field="comment")
    state = RequestState.APPROVED if approve else RequestState.REFUSED
    _settle(work, request_id, state, comment)
    if approve:
        refuse_if_edited(work, document)
        if document.level != seen.from_level.value:
            raise LevelChanged()
        _check(work, document, seen.to_level)
        before, document.level = document.level, seen.to_level.value
        document.revision += 1
        work.session.add(
            Correction(
                document_id=document.id,
                at=work.now,
                by=work.actor.user_id,
                revision=document.revision,
                before={"level": before},
                after={"level": document.level},
                reason=seen.reason,
            )
        )
        work.session.flush()
        announce_document(work, document.id)
    work.audit(
        "level.lowered" if approve else "level.refused",
        f"document:{document.id}",
        request=request_id,
        revision=document.revision,
    )
    return queries.level_request(work.session, work.actor, request_id)


def take_back_level_request(work: UnitOfWork, request_id: int) -> LevelRequestRow:
    """Whoever asked no longer wants it. Raises NotFound, Forbidden, RequestDecided."""
    seen = queries.level_request(work.session, work.actor, request_id)
    if seen.asked_by is None or seen.asked_by != work.actor.user_id:
        raise Forbidden()
    _settle(work, request_id, RequestState.WITHDRAWN, "")
    work.audit("level.taken-back", f"document:{seen.document_id}", request=request_id)
    return queries.level_request(work.session, work.actor, request_id)


def _settle(work: UnitOfWork, request_id: int, state: RequestState, comment: str) -> None:
    """Only one of two who decide at once does."""
    settled = work.session.execute(
        update(LevelRequest)
        .where(LevelRequest.id == request_id, LevelRequest.state == RequestState.WAITING.value)
        .values(state=state.value, decided_by=work.actor.user_id, decided_at=work.now, comment=comment)
    )
    if settled.rowcount != 1:  # type: ignore[attr-defined]  # what an UPDATE gives has it
        raise RequestDecided()
    work.session.expire_all()
