"""Uploads in pieces: one file each, locked by whoever writes to it, sealed into a blob by a rename."""

import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from storage.contract import Blob, Checksum, Digest
from storage.durable import (
    WRITEBACK_BYTES,
    Hash,
    begin_writeback,
    create_file,
    disk_errors,
    drop_file,
    drop_quietly,
    hash_file,
    is_absence,
    lock,
    names_in,
    sync,
    sync_directory,
    unlock,
    write_all,
)
from storage.errors import (
    ChecksumMismatch,
    OffsetMismatch,
    PartExists,
    PartLocked,
    PartMissing,
    StorageError,
    StoreFailed,
    TooManyBytes,
)
from storage.tree import BlobTree

_KEY: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
RUNNING_HASHES: Final = 1024  # uploads in progress whose hash this process remembers


class _Seen(NamedTuple):
    device: int
    inode: int
    size: int  # bytes
    written_ns: int


@dataclass(frozen=True, slots=True)
class _Running:
    """A hash over all of a part's bytes, good only while the file is exactly as this process left it."""

    hash: Hash
    seen: _Seen


def _seen(fd: int) -> _Seen:
    facts = os.fstat(fd)
    return _Seen(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


def _is_named(fd: int, path: Path) -> bool:
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(fd))


class LocalPartialUploads:
    """See ``PartialUploads``. Threads and processes may share it; each upload has one writer at a time."""

    def __init__(self, tree: BlobTree) -> None:
        self._tree = tree
        self._running: OrderedDict[str, _Running] = OrderedDict()
        self._running_guard = Lock()

    def create(self, key: str) -> None:
        if _KEY.fullmatch(key) is None:
            raise ValueError("a key has 32 lower-case hexadecimal characters")
        try:
            fd = create_file(self._path(key))
        except StoreFailed as error:
            if isinstance(error.__cause__, FileExistsError):
                raise PartExists(key) from error
            raise
        try:
            sync(fd)
            sync_directory(self._tree.parts)
        except StorageError:
            drop_quietly(self._path(key))
            raise
        finally:
            os.close(fd)

    def offset(self, key: str) -> int:
        try:
            with disk_errors():
                size = self._path(key).stat().st_size
        except StoreFailed as error:
            if is_absence(error):
                raise PartMissing(key) from error
            raise
        proven = self._proven(key)
        return size if proven is None else min(size, proven)

    def append(
        self, key: str, offset: int, chunks: Iterable[bytes], *, limit: int, checksum: Checksum | None = None
    ) -> int:
        with self._writing(key) as fd:
            size = self._settled_size(key, fd)
            if offset != size:
                raise OffsetMismatch(expected=size, given=offset)
            running = self._take_running(key, fd)
            if checksum is not None:
                self._begin_unproven(key, size)
            proof = None if checksum is None else hashlib.new(checksum.algorithm, usedforsecurity=False)
            try:
                end = _write_chunks(fd, size, chunks, limit, [h for h in (running, proof) if h is not None])
                if checksum is not None and proof is not None and proof.digest() != checksum.digest:
                    raise ChecksumMismatch(key)
            except (TooManyBytes, ChecksumMismatch):
                self._truncate(key, fd, size)
                raise
            except BaseException as error:
                if checksum is not None:
                    self._truncate(key, fd, size)
                else:
                    self._sync(key, fd)
                    # After a failed write the file may hold more of the chunk than was hashed.
                    self._remember(key, fd, None if isinstance(error, StorageError) else running)
                raise
            self._sync(key, fd)
            if checksum is not None:
                self._end_unproven(key)
            self._remember(key, fd, running)
            return end

    def measure(self, key: str) -> Blob:
        with self._writing(key) as fd:
            size = self._settled_size(key, fd)
            running = self._take_running(key, fd)
            if running is None:
                return Blob(*hash_file(fd))
            self._remember(key, fd, running)
            return Blob(Digest(running.hexdigest()), size)

    def seal(self, key: str) -> Blob:
        with self._writing(key) as fd:
            size = self._settled_size(key, fd)
            running = self._take_running(key, fd)
            if running is None:
                digest, size = hash_file(fd)
            else:
                digest = Digest(running.hexdigest())
            blob = Blob(digest, size)
            if self._tree.refresh(blob):
                self._tree.sync_shelves([digest])
                drop_file(self._path(key))
                return blob
            with disk_errors():
                os.utime(fd)  # the age that a sweep goes by begins now
            self._sync(key, fd)
            self._tree.place(self._path(key), fd, blob)
            self._tree.sync_shelves([digest])
            return blob

    def discard(self, key: str) -> bool:
        try:
            with self._writing(key):
                self._abandon(key)
        except PartMissing:
            return False
        return True

    def keys(self) -> Iterator[tuple[str, datetime]]:
        for name in filter(_KEY.fullmatch, names_in(self._tree.parts)):
            try:
                with disk_errors():
                    facts = (self._tree.parts / name).stat()
            except StoreFailed as error:
                if is_absence(error):
                    continue
                raise
            yield name, datetime.fromtimestamp(facts.st_mtime, UTC)

    def _path(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:
            raise PartMissing
        return self._tree.parts / key

    @contextmanager
    def _writing(self, key: str) -> Iterator[int]:
        path = self._path(key)
        try:
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise PartMissing(key) from error
        except OSError as error:
            raise StoreFailed(type(error).__name__) from error
        try:
            if not lock(fd, wait=False):
                raise PartLocked(key)
            try:
                # Whoever held the lock before us may have sealed or discarded what we opened.
                if not _is_named(fd, path):
                    raise PartMissing(key)
                yield fd
            finally:
                unlock(fd)
        finally:
            os.close(fd)

    def _proven(self, key: str) -> int | None:
        """Bytes that were there before an append whose checksum is still open; None if there is none."""
        try:
            with disk_errors():
                text = self._note(key).read_text("ascii")
        except StoreFailed as error:
            if is_absence(error):
                return None
            raise
        # Not ended: killed while writing the note, so before any unproven byte was written.
        return int(text) if text.endswith("\n") else None

    def _settled_size(self, key: str, fd: int) -> int:
        """Size in bytes, once what a dead writer left unproven is gone."""
        size = os.fstat(fd).st_size
        proven = self._proven(key)
        if proven is not None and proven < size:
            self._truncate(key, fd, proven)
            return proven
        if self._note(key).exists():
            self._end_unproven(key)
        return size

    def _begin_unproven(self, key: str, size: int) -> None:
        note = create_file(self._note(key))
        try:
            write_all(note, f"{size}\n".encode("ascii"), 0)
            sync(note)
            sync_directory(self._tree.parts)
        except StorageError:
            drop_quietly(self._note(key))
            raise
        finally:
            os.close(note)

    def _end_unproven(self, key: str) -> None:
        """Durably: a note that came back after a power cut would take acknowledged bytes away."""
        drop_file(self._note(key))
        sync_directory(self._tree.parts)

    def _note(self, key: str) -> Path:
        return self._path(key).with_suffix(".unproven")

    def _truncate(self, key: str, fd: int, size: int) -> None:
        with self._abandoned_on_failure(key):
            with disk_errors():
                os.ftruncate(fd, size)
            sync(fd)
        if self._note(key).exists():
            self._end_unproven(key)

    def _sync(self, key: str, fd: int) -> None:
        with self._abandoned_on_failure(key):
            sync(fd)

    @contextmanager
    def _abandoned_on_failure(self, key: str) -> Iterator[None]:
        try:
            yield
        except StorageError:
            with suppress(StorageError):
                self._abandon(key)
            raise

    def _abandon(self, key: str) -> None:
        with self._running_guard:
            self._running.pop(key, None)
        drop_file(self._path(key))
        drop_file(self._note(key))
        sync_directory(self._tree.parts)

    def _take_running(self, key: str, fd: int) -> Hash | None:
        """The hash over all bytes so far, or None if they have to be read again to know it."""
        with self._running_guard:
            known = self._running.pop(key, None)
        seen = _seen(fd)
        if seen.size == 0:
            return hashlib.sha256()
        return known.hash if known is not None and known.seen == seen else None

    def _remember(self, key: str, fd: int, running: Hash | None) -> None:
        if running is None:
            return
        with self._running_guard:
            self._running[key] = _Running(running, _seen(fd))
            while len(self._running) > RUNNING_HASHES:
                self._running.popitem(last=False)


def _write_chunks(fd: int, start: int, chunks: Iterable[bytes], limit: int, hashes: Sequence[Hash]) -> int:
    """Writes and hashes; returns the position after the last byte. Writes none past ``limit``."""
    position = written_back = start
    for chunk in chunks:
        if position + len(chunk) > limit:
            raise TooManyBytes(limit)
        write_all(fd, chunk, position)
        position += len(chunk)
        if position - written_back >= WRITEBACK_BYTES:
            begin_writeback(fd, written_back, position)
            written_back = position
        for running in hashes:
            running.update(chunk)
    return position
