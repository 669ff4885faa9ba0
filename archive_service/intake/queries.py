"""Reads of uploads."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.intake.models import KEPT, OPEN, Upload
from archive_service.intake.rules import Purpose, UploadState, purpose_of
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId, UploadId, UserId


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One file on its way in. ``trouble``: code of what went wrong; ``trouble_facts`` fill its message."""

    id: UploadId
    state: UploadState
    length: int  # bytes announced
    file_name: str
    purpose: Purpose
    created_at: datetime
    created_by: UserId
    expires_at: datetime
    finished_at: datetime | None
    digest: str
    document_id: DocumentId | None
    trouble: str
    trouble_facts: Mapping[str, Any]
    sent_along: str
    question: UploadId | None  # of a joined one: the upload that asks for both

    @property
    def key(self) -> str:
        """Name of its unfinished bytes in the store."""
        return self.id.hex


def upload_row(upload: Upload) -> UploadRow:
    return UploadRow(
        id=UploadId(upload.id),
        state=UploadState(upload.state),
        length=upload.length,
        file_name=upload.file_name,
        purpose=purpose_of(upload.facts.get("told", {})),
        created_at=upload.created_at,
        created_by=UserId(upload.created_by),
        expires_at=upload.expires_at,
        finished_at=upload.finished_at,
        digest=upload.digest or "",
        document_id=None if upload.document_id is None else DocumentId(upload.document_id),
        trouble=upload.trouble or "",
        trouble_facts=upload.facts.get("trouble", {}),
        sent_along=upload.facts.get("sent_along", ""),
        question=UploadId(uuid.UUID(upload.facts["question"])) if "question" in upload.facts else None,
    )


def upload(session: Session, actor: Actor, upload_id: uuid.UUID) -> UploadRow:
    """The actor's own upload. Raises NotFound, also for the uploads of others."""
    found = session.get(Upload, upload_id)
    if found is None or actor.user_id is None or found.created_by != actor.user_id:
        raise NotFound()
    return upload_row(found)


def open_count(session: Session, user_id: UserId) -> int:
    query = select(func.count()).select_from(Upload)
    query = query.where(Upload.created_by == user_id, Upload.state == UploadState.OPEN.value, KEPT)
    return session.scalar(query) or 0


def undecided(session: Session, actor: Actor, *, offset: int = 0, limit: int = 50) -> list[UploadRow]:
    """The actor's own copies that wait for a decision, newest first."""
    query = select(Upload).where(*_undecided(actor)).order_by(Upload.id.desc()).offset(offset).limit(limit)
    return [upload_row(found) for found in session.scalars(query)]


def undecided_count(session: Session, actor: Actor) -> int:
    return session.scalar(select(func.count()).select_from(Upload).where(*_undecided(actor))) or 0


def _undecided(actor: Actor) -> tuple[Any, ...]:
    return (Upload.created_by == (actor.user_id or 0), Upload.state == UploadState.DUPLICATE.value, KEPT)


def open_uploads(session: Session, after: uuid.UUID | None, limit: int = 500) -> list[UploadRow]:
    """Uploads of everybody that are not finished, in the order in which they began: for walks."""
    query = select(Upload).where(OPEN)
    if after is not None:
        query = query.where(Upload.id > after)
    return [upload_row(found) for found in session.scalars(query.order_by(Upload.id).limit(limit))]


def expired_ids(session: Session, now: datetime, limit: int) -> list[UploadId]:
    """Uploads whose time is over, longest first."""
    query = select(Upload.id).where(KEPT, Upload.expires_at <= now)
    return [UploadId(found) for found in session.scalars(query.order_by(Upload.expires_at).limit(limit))]


def referenced_digests(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these blobs an upload still needs: undecided copies, and files just about to be documents."""
    query = select(Upload.digest).where(Upload.digest.in_(list(digests)), KEPT)
    return {found for found in session.scalars(query) if found is not None}
