"""What the background does for uploads that nobody asks about any more.

Each step is its own transaction, so it can be stopped anywhere and begun again.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import structlog

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.intake import queries
from archive_service.intake.models import Upload
from archive_service.intake.rules import UploadBusy, UploadState, UploadUnfinished
from archive_service.intake.service.uploads import finish_upload, upload_id_of
from archive_service.kernel.actor import Actor, Permission, service_actor
from archive_service.kernel.ids import UserId
from archive_service.kernel.storing import storage_errors
from storage import PartLocked, PartMissing

BATCH: Final = 200
log = structlog.get_logger()


def finish_complete_uploads(archive: Archive) -> int:
    """Finish uploads whose bytes are all here but whose last step a crash cut off; how many.

    Each is finished as its sender, with the rights the sender has today.
    """
    finished, after = 0, None
    while True:
        with archive.reading() as session:
            rows = queries.open_uploads(session, after, BATCH)
        if not rows:
            return finished
        after = rows[-1].id
        for row in rows:
            with _going_on("upload.not-finished", row.id):
                finished += _finish(archive, row)


def _finish(archive: Archive, row: queries.UploadRow) -> bool:
    if not _is_complete(archive, row):
        return False
    sender = _sender(archive, row.created_by)
    if sender is None or not sender.may(Permission.UPLOAD):
        return False  # nobody may bring it in any more: it expires
    try:
        finish_upload(archive, sender, row.id)
    except (UploadUnfinished, UploadBusy):
        return False
    return True


@contextmanager
def _going_on(event: str, upload_id: uuid.UUID) -> Iterator[None]:
    """What is wrong with one upload (its bytes can't be read, its row is locked) must not hold up the others."""
    try:
        yield
    except Exception as error:
        log.warning(event, upload=str(upload_id), error=type(error).__name__)


def _is_complete(archive: Archive, row: queries.UploadRow) -> bool:
    try:
        with storage_errors():
            return archive.blobs.parts.offset(row.key) >= row.length
    except PartMissing:
        return bool(row.digest)


def _sender(archive: Archive, user_id: UserId) -> Actor | None:
    with archive.reading() as session:
        return people.actor_of(session, user_id, archive.clock.now(), via="job")


def expire_uploads(archive: Archive, most: int = 5000) -> int:
    """End uploads that were left for longer than ``settings.upload_days``, at most ``most``; how many.

    Unfinished bytes without a row go as well: their upload ended, or never began.
    """
    ended, passed = 0, set[uuid.UUID]()
    now = archive.clock.now()
    while ended < most:
        with archive.reading() as session:
            ids = [i for i in queries.expired_ids(session, now, BATCH + len(passed)) if i not in passed]
        if not ids:
            break
        passed.update(ids)
        for upload_id in ids:
            with _going_on("upload.not-expired", upload_id):
                if _expire(archive, upload_id):
                    ended += 1
                    passed.remove(upload_id)
    _clear_strays(archive)
    return ended


def _expire(archive: Archive, upload_id: uuid.UUID) -> bool:
    try:
        with storage_errors():
            archive.blobs.parts.discard(upload_id.hex)
    except PartLocked:
        return False  # somebody is sending right now: let them finish
    with archive.unit_of_work(service_actor()) as work:
        upload = work.session.get(Upload, upload_id, with_for_update=True)
        if upload is None or upload.state not in (UploadState.OPEN, UploadState.DUPLICATE):
            return False
        if upload.expires_at > work.now:
            return False  # asked about once more meanwhile
        upload.state = UploadState.EXPIRED.value
        work.audit("upload.expired", f"upload:{upload.id}")
        return True


def _clear_strays(archive: Archive) -> None:
    with storage_errors():
        keys = [key for key, _ in archive.blobs.parts.keys()]  # noqa: SIM118  (not a mapping)
    for key in keys:
        upload_id = upload_id_of(key)
        with _going_on("upload.stray-not-cleared", upload_id):
            _clear_stray(archive, upload_id)


def _clear_stray(archive: Archive, upload_id: uuid.UUID) -> None:
    with archive.reading() as session:
        upload = session.get(Upload, upload_id)
        is_awaited = upload is not None and upload.state == UploadState.OPEN
    if not is_awaited:
        with suppress(PartLocked), storage_errors():
            archive.blobs.parts.discard(upload_id.hex)
