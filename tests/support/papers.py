"""Papers in the state that a test needs: in the index, with pictures."""

import io
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from archive_service import outbox, records, search
from archive_service.kernel.actor import Actor
from archive_service.kernel.boxes import CharBox, pack_boxes
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.watermark import mark_text, marked
from archive_service.records import PageFacts
from archive_service.web.assets import asset_path
from tests.support.house import House, page_facts


def indexed(house: House, *documents: DocumentId) -> None:
    """Do what the background does with read versions: all versions of these documents go into the index."""
    with house.archive.reading() as session:
        ids = [version.id for document in documents for version in records.versions(session, document)]
    with house.work() as work:
        claimed = outbox.claim(work.session, work.now, "version.read", 1000)
    found = search.index_versions(house.archive, ids)
    with house.work() as work:
        records.mark_searchable(work, found)
        if claimed is not None:
            told = zip(claimed.ids, claimed.payloads, strict=True)
            done = [message for message, payload in told if payload["version_id"] in ids]
            outbox.complete(work.session, work.now, done, claimed.lease)
            outbox.release_all(work.session, work.now)


def picture() -> bytes:
    """A small white picture; never twice the same bytes."""
    made = io.BytesIO()
    Image.new("L", (200, 280), 255).save(made, "JPEG", comment=uuid.uuid4().hex)
    return made.getvalue()


def marked_for(house: House, actor: Actor, kept: bytes) -> bytes:
    """A picture of a page as it is served above INTERNAL: with the name and the time of whoever looks."""
    text = mark_text(actor.name, actor.user_id or 0, house.clock.now())
    return marked(kept, text, asset_path("marks.ttf"))


def row_of_boxes(text: str) -> bytes:
    """A box for each character, one beside the other in the upper tenth of the page."""
    width = 1 / max(1, len(text))
    return pack_boxes(CharBox(at * width, 0.05, (at + 1) * width, 0.1) for at in range(len(text)))


def pictured_page(
    house: House, number: int, text: str, *, covered: bool = False, finer: int = 1
) -> PageFacts:
    """A recognised page with its pictures; ``covered``: something had to be covered on it."""
    blobs = [house.archive.blobs.put([picture()]).digest for _ in range(3)]
    return replace(
        page_facts(number, text),
        width=1000,
        height=1400,
        full_width=1000 * finer,
        full_height=1400 * finer,
        source="ocr",
        boxes=row_of_boxes(text),
        preview=blobs[0],
        thumbnail=blobs[1],
        masked_preview=blobs[2] if covered else blobs[0],
    )


def is_scanned(house: House, document: DocumentId, pages: Sequence[PageFacts]) -> None:
    """Reading of the current version is done and found these pages."""
    with house.work() as work:
        row = records.document(work.session, work.actor, document)
        records.start_reading(
            work, row.version_id, media_type="application/pdf", pages_total=len(pages), flags=()
        )
        for page in pages:
            records.keep_page(work, row.version_id, page)
        records.finish_reading(work, row.version_id)


def stored_zip(entries: dict[str, bytes]) -> bytes:
    """A zip file with stored entries, as tiles are kept."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return packed.getvalue()
