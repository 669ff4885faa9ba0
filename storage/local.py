"""The store on a local disk, or on any file system that keeps its promises about fsync and rename."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self
from uuid import uuid4

from storage.contract import Blob, Digest, Entry, Referenced, SweepReport
from storage.durable import (
    BLOCK_BYTES,
    WRITEBACK_BYTES,
    at_once,
    begin_writeback,
    create_file,
    disk_errors,
    drop_quietly,
    hash_file,
    sync,
    write_all,
)
from storage.errors import BlobDamaged
from storage.parts import LocalPartialUploads
from storage.sweeping import sweep
from storage.tree import BlobTree

PUT_MANY_FILES: Final = 64  # open at the same time


class LocalStaged:
    """Bytes in a file under ``staging/``, hashed as they come."""

    def __init__(self, tree: BlobTree) -> None:
        self._tree = tree
        self._path = tree.staging / uuid4().hex
        self._hash = hashlib.sha256()
        self._size = 0
        self._written_back = 0
        self._synced = False
        self._fd: int | None = None

    def __enter__(self) -> Self:
        self._fd = create_file(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def size(self) -> int:
        return self._size

    def write(self, data: bytes) -> None:
        fd = self._open_fd()
        try:
            write_all(fd, data, self._size)
        except BaseException:
            self.discard()
            raise
        self._size += len(data)
        if self._size - self._written_back >= WRITEBACK_BYTES:
            begin_writeback(fd, self._written_back, self._size)
            self._written_back = self._size
        self._hash.update(data)

    def keep(self) -> Blob:
        blob = self.place()
        self._tree.sync_shelves([blob.digest])
        return blob

    def place(self) -> Blob:
        """As ``keep``, but the caller syncs the shelf."""
        fd, blob = self._open_fd(), self.blob
        try:
            if not self._tree.refresh(blob):
                self.sync()
                self._tree.place(self._path, fd, blob)
        finally:
            self.discard()
        return blob

    @property
    def blob(self) -> Blob:
        """What it is going to be, as far as it is written."""
        return Blob(Digest(self._hash.hexdigest()), self._size)

    def sync(self) -> None:
        """Once for all: nothing may be written afterwards."""
        if not self._synced:
            fd = self._open_fd()
            # The age that a sweep goes by begins now, however long the bytes took to arrive.
            with disk_errors():
                os.utime(fd)
            sync(fd)
            self._synced = True

    def discard(self) -> None:
        """Without an error of its own: either all is well by now, or another error is already on its way."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            with suppress(OSError):
                os.close(fd)
            drop_quietly(self._path)

    def _open_fd(self) -> int:
        if self._fd is None:
            raise ValueError("these staged bytes were kept, dropped or never begun")
        return self._fd


class LocalBlobStore:
    """See ``BlobStore`` for the promises, the package for the layout. Threads and processes may share it."""

    def __init__(self, root: Path) -> None:
        """Makes the directory and what belongs in it. Raises StoreFull, StoreFailed."""
        self._tree = BlobTree(root.absolute())
        self._parts = LocalPartialUploads(self._tree)

    @property
    def parts(self) -> LocalPartialUploads:
        return self._parts

    def stage(self) -> LocalStaged:
        return LocalStaged(self._tree)

    def put(self, chunks: Iterable[bytes]) -> Blob:
        with self.stage() as staged:
            for chunk in chunks:
                staged.write(chunk)
            return staged.keep()

    def put_many(self, items: Sequence[bytes]) -> list[Blob]:
        blobs: list[Blob] = []
        for start in range(0, len(items), PUT_MANY_FILES):
            with ExitStack() as stack:
                staged = [stack.enter_context(self.stage()) for _ in items[start : start + PUT_MANY_FILES]]
                for file, item in zip(staged, items[start:], strict=False):
                    file.write(item)
                # Those that aren't here yet, each once: a disk makes many durable together in little more time than
                # one. Whether they are here, ``place`` looks for itself.
                digests = {file.blob.digest: file for file in staged}
                at_once(LocalStaged.sync, [f for d, f in digests.items() if not self._tree.path(d).exists()])
                blobs += [file.place() for file in staged]
        self._tree.sync_shelves([blob.digest for blob in blobs])
        return blobs

    def open(self, digest: Digest) -> BinaryIO:
        return self._tree.find(digest, lambda path: path.open("rb"))

    @contextmanager
    def local_path(self, digest: Digest) -> Iterator[Path]:
        yield self._tree.find(digest, lambda path: path.resolve(strict=True))

    def size(self, digest: Digest) -> int:
        return self._tree.find(digest, lambda path: path.stat().st_size)

    def confirm(self, digest: Digest) -> Blob:
        blob = Blob(digest, self.size(digest))
        if self._tree.refresh(blob):
            self._tree.sync_shelves([digest])
            return blob
        # A sweep has it on trial, or its name is in doubt after a failed sync: it gets a new one by a copy.
        with self.open(digest) as file:
            copy = self.put(_blocks(file))
        if copy.digest != digest:
            raise BlobDamaged(f"{digest}, now {copy.size} bytes with digest {copy.digest}")
        return copy

    def verify(self, digest: Digest) -> None:
        with self.open(digest) as file:
            found, size = hash_file(file.fileno())
        if found != digest:
            raise BlobDamaged(f"{digest}, now {size} bytes with digest {found}")

    def entries(self, after: Digest | None = None) -> Iterator[Entry]:
        return self._tree.entries(after)

    def sweep(self, referenced: Referenced, older_than: datetime) -> SweepReport:
        return sweep(self._tree, referenced, older_than)

    def remove(self, digest: Digest) -> bool:
        return self._tree.remove(digest)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while True:
        with disk_errors():
            block = file.read(BLOCK_BYTES)
        if not block:
            return
        yield block
