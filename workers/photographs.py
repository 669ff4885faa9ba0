"""Photographs taken at the lending desk become pictures that may be shown."""

from collections.abc import Mapping
from typing import Any

from archive_service import loans
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from storage import BlobMissing, Digest
from workers.extraction import PageReading, Reason, Unreadable
from workers.leases import Lease
from workers.toolbox import Toolbox


def make_picture(tools: Toolbox, lease: Lease) -> None:
    """The first page is the picture; whatever else came with the bytes is left behind."""
    (payload,) = lease.payloads(tools.archive)
    photo_id = int(payload["photo_id"])
    with tools.archive.reading() as session:
        digest = loans.photo_to_read(session, photo_id)
    picture = None if digest is None else _picture(tools, digest)
    with tools.archive.unit_of_work(service_actor()) as work:
        if digest is not None:
            loans.keep_photo(work, photo_id, picture)
        lease.close(work)


def _picture(tools: Toolbox, digest: str) -> str | None:
    blobs = tools.archive.blobs
    try:
        with blobs.local_path(Digest(digest)) as path:
            for item in tools.reader.read(path, "photo.jpg", done=set()):
                if isinstance(item, PageReading):
                    return blobs.put([item.preview]).digest if item.preview else None
    except Unreadable as trouble:
        if trouble.reason is Reason.CRASHED:
            raise  # somebody may have killed the child: tried again, and given up if it goes on
    except BlobMissing:
        return None
    return None


def give_up(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """It breaks whatever reads it: then it is not shown."""
    loans.keep_photo(work, int(payload["photo_id"]), None)
