"""What an export holds: the list as a workbook, the originals, and a table with the digest of each.

Written in one pass and some documents at a time, straight into the store, so that memory stays bounded.
"""

import csv
import hashlib
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from archive_service import classification, people, records
from archive_service.bootstrap import Archive
from archive_service.bulk.models import ExportRequest
from archive_service.bulk.queries.exports import ExportView, export_items
from archive_service.bulk.rules.names import apart, outgoing_name
from archive_service.bulk.service.sheets import Sheet, plain_cell, workbook
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level, Sight
from archive_service.kernel.masking import mask
from archive_service.kernel.storing import storage_errors
from archive_service.premises.rules.holders import covered_names
from archive_service.records import DocumentRow
from archive_service.records.rules.state_secrets import TROUBLE
from storage import Blob, BlobMissing, Digest, Staged

AT_ONCE: Final = 200  # documents
SEALED_AT_ONCE: Final = 500
BLOCK: Final = 1024 * 1024
HEADINGS: Final = (
    "序号 No.", "档号 Archival no.", "题名 Title", "分类号 Class", "类目 Class name", "日期 Date", "文号 Document no.",
    "责任者 Responsible", "房号 Unit", "业主 Owner", "密级 Level", "案卷号 File no.", "页数 Pages", "归档 Filed",
    "原件 Original",
)  # fmt: skip
WIDTHS: Final = (6, 32, 44, 10, 24, 12, 24, 24, 16, 12, 22, 26, 6, 8, 44)
MANIFEST: Final = ("path", "sha256", "bytes", "archival_no", "title", "class", "date", "level")
LEVEL_NAMES: Final = {
    Level.PUBLIC: "公开",
    Level.INTERNAL: "内部",
    Level.PERSONAL: "个人信息",
    Level.CONFIDENTIAL: "保密",
    Level.SENSITIVE: "敏感个人信息",
}
WITHHELD: Final = "无权带走 not yours to take"
LOST: Final = "原件缺失 missing"
DAMAGED: Final = "原件损坏 damaged"


@dataclass(frozen=True, slots=True)
class Built:
    """``originals``: (document, version) of each that is in it. ``withheld``: those its requester may not take.
    ``seal``: as ``seal_today`` would tell it.
    """

    blob: Blob
    written: int
    originals: list[tuple[uuid.UUID, int]]
    withheld: int
    seal: str


class _Into:
    """The store's staging as a file that can be written and nothing else."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged

    def write(self, data: bytes) -> int:
        self._staged.write(data)
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _Export:
    """One export on its way."""

    archive: Archive
    actor: Actor
    view: ExportView
    sheet: Sheet
    packed: zipfile.ZipFile | None
    manifest: IO[str] | None
    class_names: dict[str, str]
    taken: set[str] = field(default_factory=set)
    written: int = 0
    withheld: int = 0
    originals: list[tuple[uuid.UUID, int]] = field(default_factory=list)
    seal: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, rows: Sequence[DocumentRow], briefs: dict[uuid.UUID, records.FiledBrief]) -> None:
        for row in rows:
            self.written += 1
            self.seal.update(_sealed(self.actor, self.view, row))
            brief = briefs.get(row.id)
            note = self._original(row, brief) if self.packed is not None else ""
            self.sheet.add(
                (
                    str(self.written),
                    row.archival_no,
                    mask(row.title),
                    row.class_code,
                    self.class_names.get(row.class_code, ""),
                    row.doc_date,
                    mask(row.doc_number),
                    mask("、".join(brief.responsible)) if brief else "",
                    mask(row.unit),
                    _owner(self.actor, row),
                    f"{row.level.value} {LEVEL_NAMES[row.level]}",
                    mask(row.file_no),
                    str(brief.pages if brief else row.pages_total or ""),
                    "是" if row.archival_no else "",
                    note,
                )
            )

    def _original(self, row: DocumentRow, brief: records.FiledBrief | None) -> str:
        """Its name in the zip, or why it isn't there."""
        assert self.packed is not None and self.manifest is not None
        if not _takes(self.actor, self.view, row):
            self.withheld += 1
            return WITHHELD
        called = outgoing_name(brief.archival_no_ascii if brief else "", row.title, row.file_name)
        name = f"originals/{apart(called, self.taken)}"
        hashed = hashlib.sha256()
        try:
            with (
                storage_errors(),
                self.archive.blobs.open(Digest(row.digest)) as file,
                self.packed.open(name, "w", force_zip64=row.size > 1 << 31) as entry,
            ):
                while block := file.read(BLOCK):
                    hashed.update(block)
                    entry.write(block)
        except BlobMissing:
            return LOST
        told = (name, hashed.hexdigest(), str(row.size), row.archival_no, mask(row.title), row.class_code)
        cells = (*told, row.doc_date, row.level.value)
        csv.writer(self.manifest).writerow([plain_cell(cell) for cell in cells])
        self.originals.append((row.id, row.version_number))
        return name if hashed.hexdigest() == row.digest else f"{name} {DAMAGED}"


def _owner(actor: Actor, row: DocumentRow) -> str:
    """The names of people in a list are covered for those who see what the paper says only covered, or not at all."""
    if records.sight_of(actor, row) >= Sight.VIEW:
        return mask(row.owner)
    return mask(covered_names(row.owner))


def _sealed(actor: Actor, view: ExportView, row: DocumentRow) -> bytes:
    """What there is of it for the requester: its name covered or not, its original theirs or not."""
    in_clear = records.sight_of(actor, row) >= Sight.VIEW
    return row.id.bytes + bytes([in_clear, view.with_originals and _takes(actor, view, row)])


def seal_today(archive: Archive, actor: Actor, view: ExportView) -> str:
    """Of the export's documents, as its requester may see and take them today: the same as ``Built.seal`` as long as
    nothing of it has changed. Two statements for every ``SEALED_AT_ONCE`` documents.
    """
    seal = hashlib.sha256()
    after = 0
    while True:
        with archive.reading() as session:
            items = export_items(session, view.id, after=after, limit=SEALED_AT_ONCE)
            rows = seen(session, actor, view, [document_id for _, document_id in items])
        if not items:
            return seal.hexdigest()
        after = items[-1][0]
        for row in rows:
            seal.update(_sealed(actor, view, row))


def _takes(actor: Actor, view: ExportView, row: DocumentRow) -> bool:
    """Whether the requester may take this original away; why they want it stands on the export."""
    if view.fees_only and not people.lies_under(row.class_code, people.FEE_CLASSES):
        return False
    # Bytes that bear the mark of a state secret stay where they are, whoever asks.
    return row.trouble != TROUBLE and records.sight_of(actor, row) >= Sight.DOWNLOAD


def build(archive: Archive, actor: Actor, view: ExportView, stop: Callable[[], bool]) -> Built | None:
    """None if ``stop`` said so before the end. ``actor``: who asked for it, as they may see and take today.

    Raises StorageFull, StorageBroken.
    """
    with _workshop(archive) as room:
        listed = room / "list.xlsx"
        if not view.with_originals:
            with listed.open("wb") as out, workbook(out, "清单", WIDTHS) as sheet:
                export = _filled(archive, actor, view, sheet, stop)
            return None if export is None else _done(export, _kept(archive, listed))
        with storage_errors(), archive.blobs.stage() as staged:
            with zipfile.ZipFile(_Into(staged), "w", zipfile.ZIP_STORED) as packed:
                with (
                    listed.open("wb") as out,
                    (room / "manifest.csv").open("w+", encoding="utf-8-sig", newline="") as manifest,
                ):
                    csv.writer(manifest).writerow(MANIFEST)
                    with workbook(out, "清单", WIDTHS) as sheet:
                        export = _filled(archive, actor, view, sheet, stop, packed, manifest)
                if export is None:
                    return None
                packed.write(room / "manifest.csv", "manifest.csv", zipfile.ZIP_DEFLATED)
                packed.write(listed, "清单.xlsx", zipfile.ZIP_STORED)
            return _done(export, staged.keep())


def _done(export: _Export, blob: Blob) -> Built:
    return Built(blob, export.written, export.originals, export.withheld, export.seal.hexdigest())


def _filled(  # noqa: PLR0917  (all of it goes into one object)
    archive: Archive,
    actor: Actor,
    view: ExportView,
    sheet: Sheet,
    stop: Callable[[], bool],
    packed: zipfile.ZipFile | None = None,
    manifest: IO[str] | None = None,
) -> _Export | None:
    with archive.reading() as session:
        names = {row.code: row.name_zh for row in classification.class_rows(session)}
    export = _Export(archive, actor, view, sheet, packed, manifest, names)
    sheet.add(HEADINGS)
    after = 0
    while True:
        if stop():
            return None
        with archive.reading() as session:
            items = export_items(session, view.id, after=after, limit=AT_ONCE)
            ids = [document_id for _, document_id in items]
            rows, briefs = seen(session, actor, view, ids), records.filed_briefs(session, ids)
        if not items:
            return export
        after = items[-1][0]
        export.add(rows, briefs)
        _tell(archive, view, export.written)


def seen(session: Session, actor: Actor, view: ExportView, ids: Sequence[DocumentId]) -> list[DocumentRow]:
    """Those that the requester still sees, in order, but for papers with a state secret's mark, which are handed out to
    nobody; of a list of fee classes those that are in these."""
    found = records.documents_by_id(session, actor, ids)
    rows = [found[one] for one in ids if one in found and found[one].trouble != records.MARKED]
    if view.fees_only and not view.with_originals:
        return [row for row in rows if people.lies_under(row.class_code, people.FEE_CLASSES)]
    return rows


def _tell(archive: Archive, view: ExportView, written: int) -> None:
    with archive.unit_of_work(service_actor()) as work:
        work.session.execute(update(ExportRequest).where(ExportRequest.id == view.id).values(written=written))


@contextmanager
def _workshop(archive: Archive) -> Iterator[Path]:
    """Scratch room in the data directory, for nobody else's eyes."""
    room = archive.settings.data_dir / "tmp"
    room.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=room) as folder:
        yield Path(folder)


def _kept(archive: Archive, path: Path) -> Blob:
    with path.open("rb") as file, storage_errors():
        return archive.blobs.put(iter(lambda: file.read(BLOCK), b""))
