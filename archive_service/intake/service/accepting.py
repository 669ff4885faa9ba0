"""What becomes of a file whose bytes are durable: a document, a version, or a question."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import people, records
from archive_service.intake.models import KEPT, Upload
from archive_service.intake.rules import (
    EmptyFile,
    NewVersion,
    Parcel,
    Purpose,
    UploadFinished,
    UploadGone,
    UploadState,
    facts_of,
    media_type_of,
    purpose_of,
)
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import DocumentId, UploadId, time_ordered_uuid
from archive_service.records import Description, Received, SameBytes
from archive_service.unit_of_work import UnitOfWork
from storage import Blob, Digest


class OutcomeKind(StrEnum):
    RECEIVED = "received"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Outcome:
    """``document_id``: the one that now has the bytes. ``existing``, of a duplicate and of a new version: the
    other documents that the actor knows to have them. Of a duplicate: ``upload_id`` under which the copy waits
    (None for the service's own: nobody to ask). It is that of an earlier copy if its sender is being asked about
    these very bytes already.
    """

    kind: OutcomeKind
    document_id: DocumentId | None = None
    version_number: int = 0
    existing: tuple[SameBytes, ...] = ()
    upload_id: UploadId | None = None


def accept(
    work: UnitOfWork,
    blob: Blob,
    file_name: str,
    purpose: Purpose,
    *,
    keep_both: bool = False,
    wait_days: int = 7,
    upload: Upload | None = None,
) -> Outcome:
    """Make durable bytes a document or a version, or ask what to do if a visible document has them already.

    A new version is never asked about: who names the document means it, and is told of the other documents that
    have its bytes. ``upload``: the row it came by, if there is one, which takes the question; ``wait_days``: how
    long the question keeps the bytes.

    Raises Forbidden, EmptyFile, and what ``records.add_document`` and ``records.add_version`` raise.
    """
    work.actor.must(Permission.UPLOAD)
    if blob.size == 0:
        raise EmptyFile()
    if isinstance(purpose, Parcel):
        return Outcome(OutcomeKind.RECEIVED)
    received = Received(blob.digest, blob.size, file_name, media_type_of(file_name))
    if isinstance(purpose, NewVersion):
        document = records.document(work.session, work.actor, purpose.document_id)
        must_take(work, document.class_code)
        records.add_version(work, purpose.document_id, received, purpose.reason, code=purpose.code)
        others = elsewhere(work.session, work.actor, blob.digest, document.id)
        return Outcome(OutcomeKind.RECEIVED, document.id, _newest(work, document.id), others)
    must_take(work, purpose.class_code)
    if not keep_both:
        _one_at_a_time(work, blob.digest)
        existing = records.same_bytes(work.session, work.actor, blob.digest)
        if existing:
            waiting = _ask(work, received, purpose, wait_days, upload)
            known = tuple(existing)
            return Outcome(OutcomeKind.DUPLICATE, existing=known, upload_id=waiting)
    return Outcome(OutcomeKind.RECEIVED, records.add_document(work, received, purpose), 1)


def elsewhere(session: Session, actor: Actor, digest: str, document_id: DocumentId) -> tuple[SameBytes, ...]:
    """Documents beside this one that the actor knows to have the same bytes: most often the wrong file was chosen."""
    found = records.same_bytes(session, actor, digest)
    return tuple(same for same in found if same.document.id != document_id)


def must_take(work: UnitOfWork, class_code: str) -> None:
    """Raises Forbidden unless the actor's roles bring papers into this class ("": not known yet)."""
    if not people.may_upload_to(work.actor, class_code or None):
        raise Forbidden()


def _newest(work: UnitOfWork, document_id: DocumentId) -> int:
    return records.document(work.session, work.actor, document_id).version_number


def _one_at_a_time(work: UnitOfWork, digest: str) -> None:
    """Two who bring the same bytes at the same moment: the second must see the first's document.

    SQLite has one writer anyway.
    """
    if work.session.get_bind().dialect.name == "postgresql":
        number = int(digest[:15], 16)
        work.session.execute(select(func.pg_advisory_xact_lock(number)))


def _ask(
    work: UnitOfWork, received: Received, purpose: Description, wait_days: int, upload: Upload | None
) -> UploadId | None:
    if work.actor.user_id is None:
        return None
    earlier = _open_question(work, received.digest)
    if earlier is not None:
        _join(work, earlier, received, purpose, wait_days, upload)
        return UploadId(earlier.id)
    if upload is None:
        upload = Upload(
            id=time_ordered_uuid(work.now),
            length=received.size,
            file_name=records.safe_file_name(received.file_name),
            facts={"told": facts_of(purpose)},
            created_at=work.now,
            created_by=work.actor.user_id,
        )
        work.session.add(upload)
    upload.state, upload.digest = UploadState.DUPLICATE.value, received.digest
    upload.finished_at, upload.expires_at = work.now, work.now + timedelta(days=wait_days)
    work.session.flush()
    work.audit("upload.duplicate", f"upload:{upload.id}", digest=received.digest)
    return UploadId(upload.id)


def _open_question(work: UnitOfWork, digest: str) -> Upload | None:
    """What the actor is being asked about these bytes; whoever answers it meanwhile is waited for."""
    query = select(Upload).where(
        KEPT,
        Upload.created_by == work.actor.user_id,
        Upload.state == UploadState.DUPLICATE.value,
        Upload.digest == digest,
    )
    return work.session.scalars(query.order_by(Upload.id).limit(1).with_for_update()).first()


def _join(  # noqa: PLR0917  (as ``_ask``)
    work: UnitOfWork,
    earlier: Upload,
    received: Received,
    purpose: Description,
    wait_days: int,
    upload: Upload | None,
) -> None:
    """One question for the same bytes, however often they come: about what was said of them last."""
    told = facts_of(purpose)
    earlier.file_name = records.safe_file_name(received.file_name)
    if told:
        earlier.facts = {**earlier.facts, "told": told}
    earlier.expires_at = work.now + timedelta(days=wait_days)
    if upload is not None:
        upload.state, upload.digest, upload.finished_at = UploadState.JOINED.value, received.digest, work.now
        upload.facts = {**upload.facts, "question": earlier.id.hex}
    work.session.flush()
    work.audit("upload.duplicate", f"upload:{earlier.id}", digest=received.digest)


def keep_both(work: UnitOfWork, upload_id: uuid.UUID) -> DocumentId:
    """The copy is wanted as a document of its own; asked again it gives the same document.

    Raises NotFound, UploadGone, UploadFinished, and what ``records.add_document`` raises.
    """
    upload = locked_upload(work, upload_id)
    if upload.state == UploadState.RECEIVED and upload.document_id is not None:
        return DocumentId(upload.document_id)
    _must_wait(upload)
    purpose = purpose_of(upload.facts.get("told", {}))
    blob = Blob(_digest(upload), upload.length)
    outcome = accept(work, blob, upload.file_name, purpose, keep_both=True)
    assert outcome.document_id is not None
    upload.state, upload.document_id = UploadState.RECEIVED.value, outcome.document_id
    work.audit("upload.kept", f"upload:{upload.id}", document=str(outcome.document_id))
    return outcome.document_id


def drop(work: UnitOfWork, upload_id: uuid.UUID) -> None:
    """The copy is not needed; dropping it twice is the same. Raises NotFound, UploadGone, UploadFinished."""
    upload = locked_upload(work, upload_id)
    if upload.state == UploadState.DROPPED:
        return
    _must_wait(upload)
    upload.state = UploadState.DROPPED.value
    work.audit("upload.dropped", f"upload:{upload.id}")


def locked_upload(work: UnitOfWork, upload_id: uuid.UUID) -> Upload:
    """The actor's own upload, locked for change. Raises NotFound."""
    upload = work.session.get(Upload, upload_id, with_for_update=True, populate_existing=True)
    if upload is None or work.actor.user_id is None or upload.created_by != work.actor.user_id:
        raise NotFound()
    return upload


def _must_wait(upload: Upload) -> None:
    if upload.state in (UploadState.DROPPED, UploadState.EXPIRED, UploadState.FAILED):
        raise UploadGone()
    if upload.state != UploadState.DUPLICATE:
        raise UploadFinished()


def _digest(upload: Upload) -> Digest:
    assert upload.digest is not None  # kept by a CHECK of the table
    return Digest(upload.digest)
