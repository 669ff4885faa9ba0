"""Where blobs stand on a local disk, and the steps by which one gets and loses its name."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from storage.contract import Blob, Digest, Entry, is_digest
from storage.durable import (
    KEPT_MODE,
    at_once,
    disk_errors,
    drop_file,
    is_absence,
    lock,
    make_directory,
    names_in,
    sync,
    sync_directory,
    unlock,
)
from storage.errors import BlobMissing, StorageError, StoreFailed

T = TypeVar("T")


class BlobTree:
    """``sha256/<2>/<64>`` for blobs, ``trash/<64>`` for blobs that a sweep is about to judge."""

    def __init__(self, root: Path) -> None:
        """Makes what is missing; raises StoreFull or StoreFailed if that can't be done."""
        self.root = root
        self.blobs = root / "sha256"
        self.staging = root / "staging"
        self.parts = root / "parts"
        self.trash = root / "trash"
        if not root.exists():
            make_directory(root)
        for directory in (self.blobs, self.staging, self.parts, self.trash):
            make_directory(directory)
        self._make_shelves()
        # Blobs whose name could not be made durable: the name is there, but must not count as stored.
        self._doubtful: set[Digest] = set()

    def _make_shelves(self) -> None:
        """All at once, so that a put has one directory to sync and not a chain of them."""
        there = set(names_in(self.blobs))
        with disk_errors():
            for number in range(256):
                if f"{number:02x}" not in there:
                    with suppress(FileExistsError):
                        (self.blobs / f"{number:02x}").mkdir(mode=0o700)
        sync_directory(self.blobs)

    def shelf(self, digest: Digest) -> Path:
        return self.blobs / digest[:2]

    def path(self, digest: Digest) -> Path:
        return self.blobs / digest[:2] / digest

    def find(self, digest: Digest, act: Callable[[Path], T]) -> T:
        """What ``act`` gives for the blob's path. Raises BlobMissing, StoreFailed.

        A blob that a sweep is judging, or was judging when it died, is still there for readers: hence the
        look into the trash, and the second look at the shelf in case it was put back between the two.
        """
        if is_digest(digest):
            for path in (self.path(digest), self.trash / digest, self.path(digest)):
                with disk_errors(), suppress(FileNotFoundError):
                    return act(path)
        raise BlobMissing(digest[:64])

    def refresh(self, blob: Blob) -> bool:
        """Whether these bytes are stored already; if so they count as put just now.

        Whoever named them may not have synced the name yet: it is durable after ``sync_shelves``.

        The time is set by path, not through an open file: if a sweep has taken the blob off its shelf we must
        notice and store our own copy, and if it takes it later it will find the new time.
        """
        path = self.path(blob.digest)
        if blob.digest in self._doubtful:
            return False
        try:
            os.utime(path)
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreFailed(type(error).__name__) from error
        try:
            if os.fstat(fd).st_size != blob.size:
                return False
            sync(fd)
        finally:
            os.close(fd)
        return True

    def place(self, staged: Path, fd: int, blob: Blob) -> None:
        """Gives synced bytes their name. The name is durable after ``sync_shelves``."""
        with disk_errors():
            os.rename(staged, self.path(blob.digest))  # noqa: PTH104
            os.fchmod(fd, KEPT_MODE)

    def sync_shelves(self, digests: Iterable[Digest]) -> None:
        """Makes the names of these blobs durable, each shelf once."""
        names = set(digests)
        try:
            at_once(sync_directory, sorted({self.shelf(digest) for digest in names}))
        except StorageError:
            self._doubtful.update(names)
            raise
        self._doubtful.difference_update(names)

    def entries(self, after: Digest | None = None) -> Iterator[Entry]:
        for number in range(256):
            shelf = f"{number:02x}"
            if after is not None and shelf < after[:2]:
                continue
            for name in sorted(filter(is_digest, names_in(self.blobs / shelf))):
                if after is not None and name <= after:
                    continue
                with suppress(FileNotFoundError):
                    facts = (self.blobs / shelf / name).stat()
                    yield Entry(Digest(name), facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    @contextmanager
    def housekeeping(self) -> Iterator[None]:
        """One at a time moves blobs through the trash or removes them; putting and reading go on."""
        with disk_errors():
            fd = os.open(self.trash, os.O_RDONLY | os.O_DIRECTORY)
        try:
            lock(fd, wait=True)
            try:
                yield
            finally:
                unlock(fd)
        finally:
            os.close(fd)

    def take_off(self, digest: Digest) -> bool:
        """To the trash; False if it is gone already."""
        try:
            with disk_errors():
                os.rename(self.path(digest), self.trash / digest)  # noqa: PTH104
        except StoreFailed as error:
            if is_absence(error):
                return False
            raise
        return True

    def put_back(self, digest: Digest) -> None:
        """By a link, which never replaces: if the bytes were put again meanwhile, the newer copy stays."""
        with disk_errors(), suppress(FileExistsError, FileNotFoundError):
            os.link(self.trash / digest, self.path(digest))
        sync_directory(self.shelf(digest))
        drop_file(self.trash / digest)

    def remove(self, digest: Digest) -> bool:
        if not is_digest(digest):
            return False
        with self.housekeeping():
            removed = [drop_file(self.path(digest)), drop_file(self.trash / digest)]
            sync_directory(self.shelf(digest))
            sync_directory(self.trash)
        return any(removed)
