"""A received version is read: bytes in the store → pages in the database, some pages at a time."""

from collections.abc import Mapping
from typing import Any

from archive_service import records
from archive_service.kernel.actor import service_actor
from archive_service.records import PageFacts, VersionRow, VersionState
from archive_service.unit_of_work import UnitOfWork
from storage import BlobMissing, Digest
from workers.extraction import Inspection, PageReading, Reason, Unreadable
from workers.leases import Lease
from workers.toolbox import Toolbox

PAGES_A_COMMIT = 8
SECONDS_A_COMMIT = 1.0


class _Marked(Exception):
    """A page bears the mark of a state secret."""

    def __init__(self, page: int) -> None:
        self.page = page
        super().__init__(page)


class Interrupted(Exception):
    """The process is ending; the pages kept so far stay, and the message is handed out again."""


def read_version(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    version_id = int(payload["version_id"])
    with tools.archive.reading() as session:
        version = records.version_by_id(session, version_id)
        done = records.page_numbers(session, version_id)
    if version.state not in (VersionState.RECEIVED, VersionState.READING):
        with tools.archive.unit_of_work(service_actor()) as work:
            lease.close(work)
        return
    try:
        _read(tools, lease, version, done)
    except Unreadable as trouble:
        if trouble.reason is Reason.CRASHED:
            raise  # somebody may have killed the child: the outbox tries again, and gives up if it goes on
        _stop(tools, lease, version_id, trouble.reason.value, quarantine=trouble.reason.is_quarantine)
    except _Marked as found:
        with tools.archive.unit_of_work(service_actor()) as work:
            records.keep_from_all(work, version_id, found.page)
            lease.close(work)
    except BlobMissing:
        _stop(tools, lease, version_id, "bytes_missing", quarantine=False)


def _read(tools: Toolbox, lease: Lease, version: VersionRow, done: set[int]) -> None:
    archive = tools.archive
    inspection: Inspection | None = None
    waiting: list[PageReading] = []
    committed_at = archive.clock.now()

    def commit(*, last: bool) -> None:
        """Keep what waits; the last commit also finishes the version and closes the message."""
        facts = kept_pictures(tools, waiting)
        with archive.unit_of_work(service_actor()) as work:
            assert inspection is not None
            _start(work, version.id, inspection)
            for page in facts:
                records.keep_page(work, version.id, page)
            if last:
                records.finish_reading(work, version.id)
                lease.close(work)
            elif facts:
                lease.got_on(work)
        waiting.clear()

    with archive.blobs.local_path(Digest(version.digest)) as path:
        for item in tools.reader.read(path, version.file_name, done=done):
            if isinstance(item, Inspection):
                inspection = item
                if item.page_count > 1:
                    commit(last=False)  # so that "page 1 of 40" shows before the first page is read
                continue
            if not version.unmarked and records.mark_on_page(item.text):
                raise _Marked(item.number)
            waiting.append(item)
            now = archive.clock.now()
            if len(waiting) >= PAGES_A_COMMIT or (now - committed_at).total_seconds() > SECONDS_A_COMMIT:
                if inspection is not None and item.number < inspection.page_count:
                    commit(last=False)
                committed_at = now
            if tools.ending.is_set():
                raise Interrupted
    commit(last=True)


def _start(work: UnitOfWork, version_id: int, found: Inspection) -> None:
    records.start_reading(
        work,
        version_id,
        media_type=found.media_type,
        pages_total=found.page_count,
        flags=found.flags,
        properties=found.properties,
    )


def kept_pictures(tools: Toolbox, pages: list[PageReading]) -> list[PageFacts]:
    """Pictures durable first, all together; then the facts that name them."""
    # Where nothing is to be masked the masked preview is the preview: one blob.
    pictures = {p for page in pages for p in (page.preview, page.masked_preview, page.thumbnail) if p}
    ordered = list(pictures)
    blobs = dict(zip(ordered, tools.archive.blobs.put_many(ordered), strict=True)) if ordered else {}

    def kept(picture: bytes | None) -> str | None:
        return blobs[picture].digest if picture else None

    return [
        PageFacts(
            number=page.number,
            width=page.width,
            height=page.height,
            full_width=page.full_width,
            full_height=page.full_height,
            rotation=page.rotation,
            source=page.source,
            text=page.text,
            boxes=page.boxes,
            confidence=page.confidence,
            preview=kept(page.preview),
            masked_preview=kept(page.masked_preview),
            thumbnail=kept(page.thumbnail),
            long_mm=page.long_mm,
            grid=page.grid,
        )
        for page in pages
    ]


def _stop(tools: Toolbox, lease: Lease, version_id: int, trouble: str, *, quarantine: bool) -> None:
    with tools.archive.unit_of_work(service_actor()) as work:
        records.stop_reading(work, version_id, trouble, quarantine=quarantine)
        lease.close(work)


def give_up(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """The message failed too often: the version asks for a person's attention."""
    records.stop_reading(work, int(payload["version_id"]), Reason.CRASHED.value, quarantine=False)
