"""Uploads in parts: begun, grown, finished, given up.

Order: bytes durable, then the commit, then the answer. A crash between the last byte and the commit loses
nothing: the digest is noted before the bytes get their name, so whoever asks next finishes the upload.
"""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from archive_service import classification, records
from archive_service.bootstrap import Archive
from archive_service.intake import queries
from archive_service.intake.models import Upload
from archive_service.intake.queries import UploadRow
from archive_service.intake.rules import (
    MOST_OPEN_UPLOADS,
    BytesLost,
    EmptyFile,
    LongerThanAnnounced,
    NewVersion,
    Parcel,
    Purpose,
    TooManyUploads,
    UploadBusy,
    UploadFinished,
    UploadGone,
    UploadState,
    UploadUnfinished,
    WrongChecksum,
    WrongOffset,
    facts_of,
)
from archive_service.intake.service.accepting import OutcomeKind, accept, locked_upload, must_take
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import ArchiveError, Busy, Forbidden, StorageBroken, StorageFull, TooLarge
from archive_service.kernel.ids import UploadId, time_ordered_uuid
from archive_service.kernel.storing import storage_errors
from archive_service.unit_of_work import UnitOfWork
from storage import (
    Blob,
    BlobDamaged,
    BlobMissing,
    Checksum,
    ChecksumMismatch,
    Digest,
    OffsetMismatch,
    PartExists,
    PartLocked,
    PartMissing,
    TooManyBytes,
)

_MAY_PASS = (StorageFull, StorageBroken, Busy, UploadBusy)


@dataclass(frozen=True, slots=True)
class Progress:
    """``offset``: bytes that are here for good."""

    upload: UploadRow
    offset: int

    @property
    def is_complete(self) -> bool:
        return self.offset >= self.upload.length


def open_upload(
    archive: Archive,
    actor: Actor,
    *,
    file_name: str,
    length: int,
    purpose: Purpose,
    sent_along: str = "",
) -> UploadRow:
    """Begin an upload of ``length`` bytes. What it shall become is checked now, not after two gigabytes.

    ``sent_along``: the sender's own words, given back unchanged to whoever asks how far the upload is.

    Raises Forbidden, EmptyFile, TooLarge, TooManyUploads, and what describing a document raises.
    """
    actor.must(Permission.UPLOAD)
    if length == 0:
        raise EmptyFile()
    if length > archive.settings.max_upload_bytes:
        raise TooLarge(limit=size_words(archive.settings.max_upload_bytes))
    with archive.unit_of_work(actor) as work:
        assert actor.user_id is not None  # the service itself puts its files in whole
        records.refuse_marked(purpose.title if isinstance(purpose, records.Description) else "", file_name)
        _must_fit(work, purpose)
        if queries.open_count(work.session, actor.user_id) >= MOST_OPEN_UPLOADS:
            raise TooManyUploads(most=MOST_OPEN_UPLOADS)
        upload = Upload(
            id=time_ordered_uuid(work.now),
            state=UploadState.OPEN.value,
            length=length,
            file_name=records.safe_file_name(file_name),
            facts={"told": facts_of(purpose), "sent_along": sent_along},
            created_at=work.now,
            created_by=actor.user_id,
            expires_at=work.now + timedelta(days=archive.settings.upload_days),
        )
        work.session.add(upload)
        work.session.flush()
        row = queries.upload_row(upload)
    # After the commit: a row without bytes is an upload of no bytes yet, bytes without a row are nothing.
    _begin(archive, row)
    return row


def _begin(archive: Archive, row: UploadRow) -> None:
    with storage_errors(), suppress(PartExists):
        archive.blobs.parts.create(row.key)


def _must_fit(work: UnitOfWork, purpose: Purpose) -> None:
    if isinstance(purpose, NewVersion):
        document = records.document(work.session, work.actor, purpose.document_id)
        must_take(work, document.class_code)
        if not records.may_add_version(
            work.actor, class_code=document.class_code, filed=bool(document.archival_no)
        ):
            raise Forbidden()
        if not records.clean_text(purpose.reason):
            raise records.NeedsReason(field="reason")
        if len(records.clean_text(purpose.reason)) > 255:
            raise records.TooLong(field="reason", most=255)
        return
    if isinstance(purpose, Parcel):
        return
    told = records.clean_description(purpose)
    if told.class_code:
        classification.selectable_class(work, told.class_code)
    must_take(work, told.class_code)


def size_words(count: int) -> str:
    """``2 GB``, ``512 MB``: for limits, which are round."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} B"


def look(archive: Archive, actor: Actor, upload_id: uuid.UUID) -> Progress:
    """How far the actor's upload is; one that only misses its last step is finished on the way.

    Raises NotFound, UploadGone.
    """
    row = _own(archive, actor, upload_id)
    if row.state is not UploadState.OPEN:
        return Progress(row, row.length)
    offset = _offset(archive, row)
    if offset is not None and offset < row.length:
        return Progress(row, offset)
    return Progress(finish_upload(archive, actor, upload_id), row.length)


def _own(archive: Archive, actor: Actor, upload_id: uuid.UUID) -> UploadRow:
    actor.must(Permission.UPLOAD)
    with archive.reading() as session:
        row = queries.upload(session, actor, upload_id)
    if row.state in (UploadState.DROPPED, UploadState.EXPIRED):
        raise UploadGone()
    return row


def _offset(archive: Archive, row: UploadRow) -> int | None:
    """Bytes here for good; None if they have left the waiting room, because somebody was about to finish."""
    try:
        with storage_errors():
            return archive.blobs.parts.offset(row.key)
    except PartMissing:
        # The digest is noted before the bytes get their name, so a look at the row now tells which it was.
        with archive.reading() as session:
            noted = session.get_one(Upload, row.id)
            if noted.digest or noted.state != UploadState.OPEN:
                return None
    _begin(
        archive, row
    )  # killed between the row's commit and the first byte, or given up after a failed sync
    return 0


def append(  # noqa: PLR0917  (who, which, where, what: in the order in which one says it)
    archive: Archive,
    actor: Actor,
    upload_id: uuid.UUID,
    offset: int,
    chunks: Iterable[bytes],
    checksum: Checksum | None = None,
) -> Progress:
    """Add bytes at ``offset``; the last ones make the upload a document before this returns.

    If ``chunks`` raises, what arrived is kept and the exception goes on.

    Raises NotFound, UploadGone, UploadFinished, UploadBusy, WrongOffset, WrongChecksum, LongerThanAnnounced,
    StorageFull, StorageBroken.
    """
    progress = look(archive, actor, upload_id)
    row = progress.upload
    if row.state is not UploadState.OPEN:
        if offset != row.length:
            raise UploadFinished()
        return progress
    try:
        with storage_errors():
            end = archive.blobs.parts.append(row.key, offset, chunks, limit=row.length, checksum=checksum)
    except OffsetMismatch as error:
        raise WrongOffset(expected=error.expected) from error
    except PartLocked as error:
        raise UploadBusy() from error
    except ChecksumMismatch as error:
        raise WrongChecksum() from error
    except TooManyBytes as error:
        raise LongerThanAnnounced() from error
    except PartMissing as error:
        raise UploadBusy() from error  # finished or cancelled this very moment
    if end < row.length:
        return Progress(row, end)
    return Progress(finish_upload(archive, actor, upload_id), end)


def finish_upload(archive: Archive, actor: Actor, upload_id: uuid.UUID) -> UploadRow:
    """Make a complete upload a document, a version or a question; done already, it tells what it became.

    What can't be taken any more (the class is closed, the document gone) leaves it failed with the reason.
    Raises NotFound, UploadGone, UploadUnfinished, UploadBusy, StorageFull, StorageBroken.
    """
    row = _own(archive, actor, upload_id)
    if row.state is not UploadState.OPEN:
        return row
    try:
        blob = _seal(archive, actor, row)
    except BytesLost as error:
        return _fail(archive, actor, upload_id, error)
    try:
        return _accept(archive, actor, upload_id, blob)
    except _MAY_PASS:
        raise
    except ArchiveError as error:
        return _fail(archive, actor, upload_id, error)


def _seal(archive: Archive, actor: Actor, row: UploadRow) -> Blob:
    try:
        with storage_errors():
            blob = archive.blobs.parts.measure(row.key)
            if blob.size < row.length:
                raise UploadUnfinished()
            if blob.digest != row.digest:
                _note_digest(archive, actor, row.id, blob)
            return archive.blobs.parts.seal(row.key)
    except PartLocked as error:
        raise UploadBusy() from error
    except PartMissing:
        # Somebody sealed it: before a crash, or this very moment. Its noted digest says where the bytes are,
        # but not whether their name is on the disk yet.
        with archive.reading() as session:
            digest = queries.upload(session, actor, row.id).digest
        if not digest:
            raise UploadUnfinished() from None
        try:
            with storage_errors():
                return archive.blobs.confirm(Digest(digest))
        except (BlobMissing, BlobDamaged) as error:
            raise BytesLost() from error


def _note_digest(archive: Archive, actor: Actor, upload_id: uuid.UUID, blob: Blob) -> None:
    with archive.unit_of_work(actor) as work:
        upload = locked_upload(work, upload_id)
        if upload.state == UploadState.OPEN:
            upload.digest = blob.digest


def _accept(archive: Archive, actor: Actor, upload_id: uuid.UUID, blob: Blob) -> UploadRow:
    with archive.unit_of_work(actor) as work:
        upload = locked_upload(work, upload_id)
        if upload.state == UploadState.OPEN:
            purpose = queries.upload_row(upload).purpose
            days = archive.settings.upload_days
            outcome = accept(work, blob, upload.file_name, purpose, wait_days=days, upload=upload)
            if outcome.kind is OutcomeKind.RECEIVED:
                upload.state, upload.finished_at = UploadState.RECEIVED.value, work.now
                upload.document_id, upload.digest = outcome.document_id, blob.digest
        work.session.flush()
        return queries.upload_row(upload)


def _fail(archive: Archive, actor: Actor, upload_id: uuid.UUID, error: ArchiveError) -> UploadRow:
    with archive.unit_of_work(actor) as work:
        upload = locked_upload(work, upload_id)
        if upload.state == UploadState.OPEN:
            upload.state, upload.finished_at = UploadState.FAILED.value, work.now
            upload.trouble = error.code
            upload.facts = {
                **upload.facts,
                "trouble": {name: str(value) for name, value in error.facts.items()},
            }
            work.audit("upload.failed", f"upload:{upload.id}", trouble=error.code)
        work.session.flush()
        return queries.upload_row(upload)


def terminate(archive: Archive, actor: Actor, upload_id: uuid.UUID) -> None:
    """Its sender gives it up; what arrived is removed.

    Raises NotFound, UploadGone, UploadFinished, UploadBusy.
    """
    row = _own(archive, actor, upload_id)
    if row.state is UploadState.RECEIVED:
        raise UploadFinished()
    _discard(archive, row)
    with archive.unit_of_work(actor) as work:
        upload = locked_upload(work, upload_id)
        if upload.state == UploadState.RECEIVED:
            raise UploadFinished()
        if upload.state != UploadState.DROPPED:
            upload.state = UploadState.DROPPED.value
            work.audit("upload.dropped", f"upload:{upload.id}")


def _discard(archive: Archive, row: UploadRow) -> None:
    try:
        with storage_errors():
            archive.blobs.parts.discard(row.key)
    except PartLocked as error:
        raise UploadBusy() from error


def upload_id_of(key: str) -> UploadId:
    """The upload whose unfinished bytes the store keeps under ``key``."""
    return UploadId(uuid.UUID(hex=key))
