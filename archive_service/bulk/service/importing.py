"""An import: opened, checked without keeping anything, decided by a person, then carried out file by file.

Every step is a whole, so that a process that dies in between loses nothing and doubles nothing: a row is marked in
the very transaction that makes its document.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import delete, func, insert, select

from archive_service import classification, intake, people, premises, records
from archive_service.bootstrap import Archive
from archive_service.bulk.models import LIVE, ImportBatch, ImportRow
from archive_service.bulk.queries.imports import ImportView, import_view
from archive_service.bulk.rules import (
    IMPORT_WAITS,
    LIVE_IMPORTS,
    BadZip,
    BringerGone,
    FileChanged,
    ImportId,
    ImportState,
    MustSkip,
    NoManifest,
    NothingToImport,
    RowState,
    Source,
    WrongStep,
)
from archive_service.bulk.rules.checking import (
    Found,
    Known,
    Planned,
    compare,
    description_of,
    manifest_among,
    units_named,
)
from archive_service.bulk.rules.manifest import read_manifest
from archive_service.bulk.service import belonging
from archive_service.bulk.service.sources import Files, FolderFiles, ZipFiles, reading
from archive_service.kernel.actor import Actor, Permission, service_actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import (
    ArchiveError,
    Busy,
    NotFound,
    StorageBroken,
    StorageFull,
    TooManyRequests,
)
from archive_service.kernel.ids import UserId
from archive_service.kernel.storing import storage_errors
from archive_service.premises.rules.tables import MOST_BYTES, Table, read_table
from archive_service.unit_of_work import UnitOfWork
from storage import Blob, Digest

TOPIC: Final = "import.wanted"
MOST_LIVE: Final = 10  # imports of one person that wait or run
CHUNK: Final = 32  # files in one transaction
SMALL: Final = 1_000_000  # bytes; up to CHUNK such files are in memory together
BLOCK: Final = 1024 * 1024
_MAY_PASS: Final = (StorageFull, StorageBroken, Busy)


class TooManyImports(TooManyRequests):
    code = "bulk.too-many-imports"


def open_zip(
    work: UnitOfWork,
    blob: Blob,
    name: str,
    manifest: tuple[str, Blob] | None = None,
    *,
    announce: bool = True,
) -> ImportId:
    """A zip whose bytes are durable, and its table if that came beside it. It is checked in the background, unless who
    opens it doesn't ``announce`` it and checks it themselves.

    Raises Forbidden, TooManyImports.
    """
    batch = _open(work, Source.ZIP, records.safe_file_name(name), manifest)
    batch.digest = blob.digest
    work.session.add(batch)
    work.session.flush()
    work.audit("import.opened", f"import:{batch.id}", digest=blob.digest)
    if announce:
        work.publish(TOPIC, import_id=batch.id)
    return ImportId(batch.id)


def open_folder(work: UnitOfWork, folder: Path, manifest: tuple[str, Blob] | None = None) -> ImportId:
    """A folder of this machine; whoever opened it checks it and carries it out as well."""
    batch = _open(work, Source.FOLDER, str(folder), manifest)
    work.session.add(batch)
    work.session.flush()
    work.audit("import.opened", f"import:{batch.id}")
    return ImportId(batch.id)


def _open(work: UnitOfWork, source: Source, name: str, manifest: tuple[str, Blob] | None) -> ImportBatch:
    work.actor.must(Permission.UPLOAD)
    if work.actor.user_id is not None:
        live = select(func.count()).select_from(ImportBatch).where(LIVE)
        if (work.session.scalar(live.where(ImportBatch.created_by == work.actor.user_id)) or 0) >= MOST_LIVE:
            raise TooManyImports()
    return ImportBatch(
        source=source.value,
        name=name[:400],
        manifest_name=records.safe_file_name(manifest[0]) if manifest else "",
        manifest_digest=manifest[1].digest if manifest else None,
        state=ImportState.CHECKING.value,
        skip_bad=False,
        unread=[],
        trouble_facts={},
        created_at=work.now,
        created_by=work.actor.user_id,
        expires_at=work.now + IMPORT_WAITS,
    )


def check(archive: Archive, import_id: ImportId) -> ImportView:
    """Compare table, files and archive; nothing is kept but what was found. Once only: a second call changes nothing.

    What is wrong with the whole (no zip, no table) ends the import and is told on it.
    """
    with archive.reading() as session:
        view = import_view(session, service_actor(), import_id)
    if view.state is ImportState.CHECKING:
        try:
            actor = _bringer(archive, view)
            with _files(archive, view) as files:
                planned, name, unread = _look(archive, actor, view, files)
        except _MAY_PASS:
            raise
        except ArchiveError as error:
            _end(archive, import_id, error)
        else:
            _keep(archive, import_id, planned, name, unread)
    with archive.reading() as session:
        return import_view(session, service_actor(), import_id)


def _bringer(archive: Archive, view: ImportView) -> Actor:
    """Who began it, with the rights they have today. Raises BringerGone."""
    if view.created_by is None:
        return service_actor("cli")
    with archive.reading() as session:
        actor = people.actor_of(session, UserId(view.created_by), archive.clock.now(), via="job")
    if actor is None or not actor.may(Permission.UPLOAD):
        raise BringerGone()
    return actor


@contextmanager
def _files(archive: Archive, view: ImportView) -> Iterator[Files]:
    most = archive.settings.max_upload_bytes
    if view.source is Source.FOLDER:
        yield FolderFiles(Path(view.name), most)
        return
    with storage_errors():
        file = archive.blobs.open(Digest(view.digest))
        length = archive.blobs.size(Digest(view.digest))
    with file:
        yield ZipFiles(file, length, most)


def _look(
    archive: Archive, actor: Actor, view: ImportView, files: Files
) -> tuple[list[Planned], str, tuple[str, ...]]:
    """(what each row would do, the table's name, headings that mean nothing)"""
    found = [Found(entry.path, entry.place, entry.size, entry.trouble) for entry in files.entries()]
    table_path = None
    if not view.manifest_digest:
        table_path = manifest_among(file.path for file in found if file.trouble is None)
        if table_path is None:
            raise NoManifest()
    table = _table(archive, view, files, next((f for f in found if f.path == table_path), None))
    manifest = read_manifest(table)
    with archive.reading() as session:
        known = _known(session, actor, {n for row in manifest.rows for n in units_named(row.told.unit)})
        today = business_day(archive.clock.now())
        known = replace(known, against=belonging.against(session, actor, manifest.rows, known, today))
    planned = compare(manifest, found, known, table_path=table_path)
    return planned, table_path or view.manifest_name, manifest.unread


def _table(archive: Archive, view: ImportView, files: Files, inside: Found | None) -> Table:
    if inside is None:
        with storage_errors(), archive.blobs.open(Digest(view.manifest_digest)) as file:
            return read_table(file.read(MOST_BYTES + 1))
    with files.open(inside.place) as stream, reading():
        data = stream.read(MOST_BYTES + 1)
    return read_table(data)


def _known(session: Any, actor: Actor, units: set[str]) -> Known:
    rows = classification.class_rows(session)
    names: dict[str, str] = {}
    for row in rows:
        # A name that two classes have says nothing.
        names[row.name_zh] = "" if row.name_zh in names else row.code
    registered = premises.any_unit(session)
    return Known(
        classes={row.code: row.takes_documents for row in rows},
        names={name: code for name, code in names.items() if code},
        mine={row.code for row in rows if people.may_upload_to(actor, row.code)},
        unknown_units=premises.unknown_units(session, units) if registered else set(),
    )


def _keep(
    archive: Archive, import_id: ImportId, planned: list[Planned], table_name: str, unread: tuple[str, ...]
) -> None:
    with archive.unit_of_work(service_actor()) as work:
        batch = _locked(work, import_id)
        if batch.state != ImportState.CHECKING:
            return
        work.session.execute(delete(ImportRow).where(ImportRow.batch_id == import_id))
        if planned:
            work.session.execute(insert(ImportRow), [_row_of(import_id, one) for one in planned])
        batch.state, batch.manifest_name, batch.unread = (
            ImportState.CHECKED.value,
            table_name[-255:],
            list(unread),
        )
        bad = sum(1 for one in planned if one.problems)
        work.audit("import.checked", f"import:{import_id}", rows=len(planned), problems=bad)


def _row_of(import_id: ImportId, one: Planned) -> dict[str, Any]:
    state = RowState.UNLISTED if one.row is None else RowState.BAD if one.problems else RowState.READY
    return {
        "batch_id": import_id,
        "number": one.row,
        "path": one.path,
        "entry": one.place,
        "size": one.size,
        "told": dict(one.told),
        "state": state.value,
        "problems": [told_problem(problem.column, problem.error) for problem in one.problems],
    }


def told_problem(column: str, error: ArchiveError) -> dict[str, Any]:
    """As it is kept, and said in anybody's language later."""
    return {"column": column, "code": error.code, "facts": {k: str(v) for k, v in error.facts.items()}}


def _end(archive: Archive, import_id: ImportId, error: ArchiveError) -> None:
    with archive.unit_of_work(service_actor()) as work:
        batch = _locked(work, import_id)
        if batch.state not in LIVE_IMPORTS:
            return
        batch.state, batch.trouble, batch.finished_at = ImportState.FAILED.value, error.code, work.now
        batch.trouble_facts = {name: str(value)[:200] for name, value in error.facts.items()}
        work.audit("import.failed", f"import:{import_id}", trouble=error.code)


def _locked(work: UnitOfWork, import_id: ImportId) -> ImportBatch:
    batch = work.session.get(ImportBatch, import_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound()
    return batch


def start(work: UnitOfWork, import_id: ImportId, *, skip: bool) -> None:
    """A person has looked at what it would do. ``skip``: leave out what can't be taken.

    Raises NotFound, Forbidden, WrongStep, MustSkip, NothingToImport.
    """
    work.actor.must(Permission.UPLOAD)
    import_view(work.session, work.actor, import_id)
    batch = _locked(work, import_id)
    if batch.state != ImportState.CHECKED:
        raise WrongStep()
    view = import_view(work.session, work.actor, import_id)
    if not view.ready:
        raise NothingToImport()
    if view.left_out and not skip:
        raise MustSkip(count=view.left_out)
    batch.state, batch.skip_bad, batch.decided_at = ImportState.IMPORTING.value, skip, work.now
    work.audit("import.started", f"import:{import_id}", rows=view.ready, left_out=view.left_out)
    if batch.source == Source.ZIP:
        work.publish(TOPIC, import_id=import_id)


def cancel(work: UnitOfWork, import_id: ImportId) -> None:
    """Stop it; what is in already stays. Raises NotFound, WrongStep."""
    import_view(work.session, work.actor, import_id)
    batch = _locked(work, import_id)
    if batch.state not in LIVE_IMPORTS:
        raise WrongStep()
    batch.state, batch.finished_at = ImportState.CANCELLED.value, work.now
    work.audit("import.cancelled", f"import:{import_id}")


def run(archive: Archive, import_id: ImportId, stop: Callable[[], bool] = lambda: False) -> bool:
    """Bring in what is left of it; False if ``stop`` said so before the end. Called again it goes on where it was.

    Raises StorageFull, StorageBroken, Busy: nothing is lost, and the next call goes on.
    """
    with archive.reading() as session:
        view = import_view(session, service_actor(), import_id)
    if view.state is not ImportState.IMPORTING:
        return True
    try:
        actor = _bringer(archive, view)
        with _files(archive, view) as files:
            while rows := _next_rows(archive, import_id):
                if stop():
                    return False
                _bring(archive, actor, import_id, _stored(archive, files, rows))
    except (BringerGone, BadZip) as error:
        _end(archive, import_id, error)
        return True
    with archive.unit_of_work(service_actor()) as work:
        batch = _locked(work, import_id)
        if batch.state == ImportState.IMPORTING:
            batch.state, batch.finished_at = ImportState.DONE.value, work.now
            counts = import_view(work.session, service_actor(), import_id)
            work.audit(
                "import.finished",
                f"import:{import_id}",
                documents=counts.count(RowState.DONE),
                here_already=counts.count(RowState.HERE_ALREADY),
                failed=counts.count(RowState.FAILED),
                left_out=counts.left_out,
            )
    return True


def _next_rows(archive: Archive, import_id: ImportId) -> list[tuple[int, str, int]]:
    """(id, place, bytes) of the next files; none once it was stopped."""
    with archive.reading() as session:
        state = session.scalar(select(ImportBatch.state).where(ImportBatch.id == import_id))
        if state != ImportState.IMPORTING:
            return []
        wanted = select(ImportRow.id, ImportRow.entry, ImportRow.size).where(
            ImportRow.batch_id == import_id, ImportRow.state == RowState.READY.value
        )
        return [
            (i, place, size) for i, place, size in session.execute(wanted.order_by(ImportRow.id).limit(CHUNK))
        ]


def _stored(
    archive: Archive, files: Files, rows: list[tuple[int, str, int]]
) -> list[tuple[int, Blob | ArchiveError]]:
    """The bytes of each, durable in the store, or why they are not."""
    found: dict[int, Blob | ArchiveError] = {}
    small: list[tuple[int, bytes]] = []
    for row_id, place, size in rows:
        try:
            with files.open(place) as stream:
                if size <= SMALL:
                    small.append((row_id, b"".join(_blocks(stream, size))))
                else:
                    with storage_errors():
                        found[row_id] = archive.blobs.put(_blocks(stream, size))
        except _MAY_PASS:
            raise
        except ArchiveError as error:
            found[row_id] = error
    with storage_errors():
        blobs = archive.blobs.put_many([content for _, content in small])
    found.update(zip((row_id for row_id, _ in small), blobs, strict=True))
    return [(row_id, found[row_id]) for row_id, _, _ in rows]


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The whole file, which is as large as it was when it was checked. Raises FileChanged if it is not: a part of a
    paper must never be taken for the paper."""
    left = size
    while left > 0:
        with reading():
            block = stream.read(min(BLOCK, left))
        if not block:
            raise FileChanged(field="path")
        left -= len(block)
        yield block
    with reading():
        more = stream.read(1)
    if more:
        raise FileChanged(field="path")


def _bring(
    archive: Archive, actor: Actor, import_id: ImportId, brought: list[tuple[int, Blob | ArchiveError]]
) -> None:
    """All in one transaction; if one of them is refused, each in its own."""
    try:
        with archive.unit_of_work(actor) as work:
            # Locked first: who stops the import waits, and of two processes that carry it out one does.
            if _locked(work, import_id).state == ImportState.IMPORTING:
                _take_in(work, dict(brought))
    except _MAY_PASS:
        raise
    except ArchiveError as error:
        if len(brought) == 1:
            _refuse(archive, import_id, brought[0][0], error)
        else:
            for one in brought:
                _bring(archive, actor, import_id, [one])


def _take_in(work: UnitOfWork, brought: dict[int, Blob | ArchiveError]) -> None:
    """Those of the rows that nobody else has taken meanwhile. Raises what is wrong with the first that is wrong."""
    left = ImportRow.state == RowState.READY.value
    wanted = select(ImportRow).where(ImportRow.id.in_(brought), left).order_by(ImportRow.id)
    rows = work.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()
    digests = {blob.digest for blob in brought.values() if isinstance(blob, Blob)}
    existing = records.same_bytes_of_many(work.session, work.actor, digests)
    here: dict[str, uuid.UUID] = {digest: found[0].document.id for digest, found in existing.items()}
    for row in rows:
        blob = brought[row.id]
        if isinstance(blob, ArchiveError):
            raise blob
        if blob.digest in here:
            row.state, row.document_id = RowState.HERE_ALREADY.value, here[blob.digest]
            continue
        name = row.path.rpartition("/")[2]
        outcome = intake.accept(work, blob, name, description_of(row.told), keep_both=True)
        assert outcome.document_id is not None, "copies are kept"
        responsible, keywords = tuple(row.told.get("responsible", ())), tuple(row.told.get("keywords", ()))
        if responsible or keywords:
            records.prepare_new(work, outcome.document_id, responsible=responsible, keywords=keywords)
        row.state, row.document_id = RowState.DONE.value, outcome.document_id
        here[blob.digest] = outcome.document_id
    work.session.flush()


def _refuse(archive: Archive, import_id: ImportId, row_id: int, error: ArchiveError) -> None:
    with archive.unit_of_work(service_actor()) as work:
        row = work.session.get(ImportRow, row_id, with_for_update=True, populate_existing=True)
        if row is not None and row.state == RowState.READY:
            row.state = RowState.FAILED.value
            row.problems = [told_problem("", error)]
            work.audit("import.refused", f"import:{import_id}", row=row.number, trouble=error.code)


def give_up(work: UnitOfWork, import_id: ImportId) -> None:
    """Tried too often in the background: told on the import, whose remaining rows stay as they are."""
    batch = _locked(work, import_id)
    if batch.state in LIVE_IMPORTS:
        batch.state, batch.trouble, batch.finished_at = ImportState.FAILED.value, "error", work.now
        work.audit("import.failed", f"import:{import_id}", trouble="error")


def expire(archive: Archive) -> int:
    """End imports that nobody decided for longer than IMPORT_WAITS; how many."""
    now = archive.clock.now()
    with archive.reading() as session:
        waiting = select(ImportBatch.id).where(
            LIVE, ImportBatch.state == ImportState.CHECKED.value, ImportBatch.expires_at <= now
        )
        ids = list(session.scalars(waiting.order_by(ImportBatch.id).limit(500)))
    ended = 0
    for one in ids:
        with archive.unit_of_work(service_actor()) as work:
            batch = _locked(work, ImportId(one))
            if batch.state == ImportState.CHECKED:
                batch.state, batch.finished_at = ImportState.EXPIRED.value, work.now
                work.audit("import.expired", f"import:{one}")
                ended += 1
    return ended
