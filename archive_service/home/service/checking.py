"""Does everything fit together: database, files, index, audit trail? Looks and tells; changes nothing."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from archive_service import audit, jobs, records, search, working_days
from archive_service.bootstrap import Archive
from archive_service.kernel.clock import business_day
from archive_service.records import VersionRow, VersionState
from search_index import IndexDamaged
from storage import BlobDamaged, BlobMissing, StorageError, parse_digest

T = TypeVar("T")

BATCH: Final = 500
MOST_FINDINGS: Final = 1000
"""Told in full; further ones are only counted."""

FROM_A_COPY: Final = "Restore this file from a copy of the archive, then check again."
REINDEX: Final = "Run: archive index rebuild"
KEEP_STILL: Final = "Keep the data directory as it is, and compare it with the latest copy first."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``subject``: what it is about ("version 7 of document …"), nobody's data."""

    part: str  # database, files, index, audit
    code: str
    subject: str
    remedy: str


@dataclass(slots=True)
class Consistency:
    """What was looked at, and what was found."""

    versions: int = 0
    files: int = 0
    bytes: int = 0
    index_entries: int = 0
    audit_rows: int = 0
    workers: int = 0  # alive; none is no fault, the service may be stopped
    unattended: tuple[str, ...] = ()  # queues that none of them takes from
    years_missing: tuple[
        int, ...
    ] = ()  # of the working calendar; no fault either, but due days are reckoned by it
    deep: bool = False
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        return not self.findings

    def found(self, part: str, code: str, subject: str, remedy: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(part, code, subject, remedy))
        else:
            self.more += 1


def check_consistency(
    archive: Archive, *, deep: bool = False, progress: Callable[[str, int], None] | None = None
) -> Consistency:
    """Compare database, files, index and audit trail. ``deep``: every file is read and hashed again.

    ``progress`` is told the part and how many of its things have been looked at. Safe while the service
    works: what is on its way at this moment is not taken for a fault.
    """
    seen = Consistency(deep=deep)
    tell = progress or (lambda _part, _count: None)
    _check_database(archive, seen)
    _check_files(archive, seen, tell)
    _check_index(archive, seen, tell)
    _check_audit(archive, seen, tell)
    _look_for_workers(archive, seen)
    _look_at_calendar(archive, seen)
    return seen


def _check_database(archive: Archive, seen: Consistency) -> None:
    with archive.reading() as session:
        if session.get_bind().dialect.name != "sqlite":
            return  # PostgreSQL looks after its own pages and foreign keys
        for (words,) in session.execute(text("PRAGMA quick_check(20)")):
            if words != "ok":
                seen.found("database", "database.damaged", str(words)[:200], KEEP_STILL)
        for table, row, *_ in session.execute(text("PRAGMA foreign_key_check")):
            seen.found("database", "database.dangling", f"row {row} of table {table}", KEEP_STILL)


def _check_files(archive: Archive, seen: Consistency, tell: Callable[[str, int], None]) -> None:
    for versions, derived in _referenced(archive):
        for version in versions:
            _check_file(archive, seen, version.digest, version.size, _name(version))
        for version_id, digest in derived:
            _check_file(archive, seen, digest, None, f"a picture or copy made of version row {version_id}")
        seen.versions += len(versions)
        tell("files", seen.files)


def _referenced(archive: Archive) -> Iterator[tuple[list[VersionRow], list[tuple[int, str]]]]:
    after = 0
    while True:
        with archive.reading() as session:
            versions = records.known_versions(session, after, BATCH)
            derived = records.derived_digests(session, [version.id for version in versions])
        if not versions:
            return
        yield versions, derived
        after = versions[-1].id


def _check_file(archive: Archive, seen: Consistency, digest: str, size: int | None, subject: str) -> None:
    seen.files += 1
    try:
        name = parse_digest(digest)
        actual = archive.blobs.size(name)
        if size is not None and actual != size:
            seen.found(
                "files", "file.wrong-size", f"{subject}: {actual} bytes instead of {size}", FROM_A_COPY
            )
        elif seen.deep:
            archive.blobs.verify(name)
        seen.bytes += actual
    except ValueError:
        seen.found("files", "file.misnamed", subject, KEEP_STILL)
    except BlobMissing:
        seen.found("files", "file.missing", f"{subject}: {digest}", FROM_A_COPY)
    except BlobDamaged:
        seen.found("files", "file.damaged", f"{subject}: {digest}", FROM_A_COPY)
    except StorageError as error:
        seen.found("files", "file.unreadable", f"{subject}: {digest} ({error.code})", FROM_A_COPY)


def _name(version: VersionRow) -> str:
    return f"version {version.number} of document {version.document_id}"


def _check_index(archive: Archive, seen: Consistency, tell: Callable[[str, int], None]) -> None:
    try:
        archive.index.healthy()
        missing, strange = _differences(archive, seen, tell)
        stale = search.stale_versions(archive)
    except IndexDamaged:
        seen.found("index", "index.damaged", "the search index", REINDEX)
        return
    for version in missing:
        seen.found("index", "index.missing", _name(version), REINDEX)
    for uid in strange:
        seen.found("index", "index.strange", f"entry {uid}", REINDEX)
    for version_id in stale:
        seen.found("index", "index.stale", f"the entry of version row {version_id}", REINDEX)


def _differences(
    archive: Archive, seen: Consistency, tell: Callable[[str, int], None]
) -> tuple[list[VersionRow], list[int]]:
    """Versions that the index lacks although they are not on their way into it, and entries that none stands
    behind that belongs there.
    """
    coming = _announced(archive)  # before the index is asked: they are closed after it is written
    indexed = set[int]()
    missing: list[VersionRow] = []
    strange: list[int] = []
    uids = archive.index.uids()
    uid = next(uids, None)
    after = 0
    while True:
        with archive.reading() as session:
            versions = records.known_versions(session, after, BATCH)
            belonging = _belonging(session, after, versions)
        until = versions[-1].id if versions else None
        indexed.clear()
        while uid is not None and (until is None or uid <= until):
            indexed.add(uid)
            seen.index_entries += 1
            if uid not in belonging and uid not in coming:
                strange.append(uid)
            uid = next(uids, None)
        missing += [
            v
            for v in versions
            if v.id in belonging and v.id not in indexed and _amiss(v.state, coming=v.id in coming)
        ]
        tell("index", seen.index_entries)
        if until is None:
            break
        after = until
    return _still_missing(archive, missing), _still_strange(archive, strange)


def _belonging(session: Session, after: int, versions: Sequence[VersionRow]) -> set[int]:
    if not versions:
        return set()
    return {i for i in records.indexable_version_ids(session, after, BATCH) if i <= versions[-1].id}


def _amiss(state: VersionState, *, coming: bool) -> bool:
    """Whether it is wrong that the index lacks a version. What is called searchable is no longer on its way."""
    return state is VersionState.SEARCHABLE or not coming


def _still_missing(archive: Archive, versions: Sequence[VersionRow]) -> list[VersionRow]:
    """Looked at once more: the worker may have been writing while we walked."""
    if not versions:
        return []
    coming = _announced(archive)
    indexed = _indexed(archive, {version.id for version in versions})
    missing = [version for version in versions if version.id not in indexed]
    still: list[VersionRow] = []
    with archive.reading() as session:
        for some in _batches(missing):
            ids = [version.id for version in some]
            states, belonging = records.version_states(session, ids), records.version_stamps(session, ids)
            still += [v for v in some if v.id in belonging and _amiss(states[v.id], coming=v.id in coming)]
    return still


def _still_strange(archive: Archive, uids: Sequence[int]) -> list[int]:
    """Looked at once more: a version that was taken out of sight just now is about to leave the index."""
    if not uids:
        return []
    coming = _announced(archive)
    indexed = _indexed(archive, set(uids))
    strange = [uid for uid in uids if uid in indexed and uid not in coming]
    with archive.reading() as session:
        belonging = {i for some in _batches(strange) for i in records.version_stamps(session, some)}
    return [uid for uid in strange if uid not in belonging]


def _announced(archive: Archive) -> set[int]:
    with archive.reading() as session:
        return search.announced_versions(session)


def _indexed(archive: Archive, uids: Set[int]) -> set[int]:
    """Those of ``uids`` that the index holds now, in one walk."""
    return {uid for uid in archive.index.uids() if uid in uids}


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def _check_audit(archive: Archive, seen: Consistency, tell: Callable[[str, int], None]) -> None:
    key = audit.signing_key(archive.settings.data_dir).public_key()
    with archive.reading() as session:
        faults = audit.examine(session, archive.settings.heads_dir, key, lambda count: tell("audit", count))
        seen.audit_rows = audit.event_count(session)
    for fault in faults:
        seen.found(
            "audit", f"audit.{fault.code}", fault.file or f"row {fault.seq}", audit.told(fault).english
        )


def _look_for_workers(archive: Archive, seen: Consistency) -> None:
    with archive.reading() as session:
        background = jobs.background(session, archive.clock.now())
    seen.workers = sum(worker.alive for worker in background.workers)
    seen.unattended = background.unattended


def _look_at_calendar(archive: Archive, seen: Consistency) -> None:
    with archive.reading() as session:
        missing = working_days.missing_years(session, business_day(archive.clock.now()))
    seen.years_missing = tuple(missing)
