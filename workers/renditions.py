"""What people ask for while they look: tiles of a page to zoom into, a searchable PDF of a scan."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from archive_service import records
from archive_service.kernel.actor import service_actor
from archive_service.records import VersionRow
from archive_service.unit_of_work import UnitOfWork
from storage import Blob, BlobMissing, Digest
from workers.extraction import PageText, TileInfo, Unreadable
from workers.leases import Lease
from workers.toolbox import Toolbox

PAGES_AT_ONCE = 50


def make_rendition(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    version_id, kind, page = int(payload["version_id"]), str(payload["kind"]), int(payload["page"])
    with tools.archive.reading() as session:
        version = records.version_by_id(session, version_id)
    blob: Blob | None
    size: TileInfo | None = None
    try:
        if kind == "tiles":
            blob, size = _tiles(tools, version, page)
        else:
            blob = _searchable_pdf(tools, version)
    except (Unreadable, BlobMissing):
        blob = None
    with tools.archive.unit_of_work(service_actor()) as work:
        records.keep_rendition(
            work,
            version_id,
            kind,
            page,
            digest=blob.digest if blob else None,
            size=blob.size if blob else None,
            width=size.width if size else None,
            height=size.height if size else None,
        )
        lease.close(work)


def _tiles(tools: Toolbox, version: VersionRow, number: int) -> tuple[Blob, TileInfo]:
    with tools.archive.reading() as session:
        page = records.page_layout(session, version.id, number).row
    with workshop(tools) as folder, tools.archive.blobs.local_path(Digest(version.digest)) as source:
        out = Path(folder) / "tiles.zip"
        info = tools.reader.tiles(source, number, page.rotation, out)
        return tools.archive.blobs.put(chunks(out)), info


def _searchable_pdf(tools: Toolbox, version: VersionRow) -> Blob:
    def pages() -> Iterator[PageText]:
        for first in range(1, (version.pages_total or 0) + 1, PAGES_AT_ONCE):
            with tools.archive.reading() as session:
                layouts = records.page_layouts(session, version.id, range(first, first + PAGES_AT_ONCE))
            for page in layouts:
                row = page.row
                yield PageText(row.number, row.width, row.height, row.rotation, page.text, page.boxes)

    with workshop(tools) as folder, tools.archive.blobs.local_path(Digest(version.digest)) as source:
        out = Path(folder) / "searchable.pdf"
        tools.reader.searchable_pdf(source, pages(), out)
        return tools.archive.blobs.put(chunks(out))


def workshop(tools: Toolbox) -> tempfile.TemporaryDirectory[str]:
    """Scratch room in the data directory: its disk is watched, /tmp may be small and is everybody's."""
    room = tools.settings.data_dir / "tmp"
    room.mkdir(mode=0o700, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=room)


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def give_up(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Failed too often: the page says so, and asking again tries again."""
    version_id, kind, page = int(payload["version_id"]), str(payload["kind"]), int(payload["page"])
    records.keep_rendition(work, version_id, kind, page, digest=None)
