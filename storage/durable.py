"""System calls whose success means something after a power cut, with errors in the store's words.

A sync that failed must not be tried again on the same file: the kernel may have marked its pages clean, and
the second try would succeed without the bytes being on the disk. Callers drop the file instead.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol, TypeVar

from storage.contract import Digest
from storage.errors import StorageError, StoreFailed, StoreFull

BLOCK_BYTES: Final = 1024 * 1024
AT_ONCE: Final = 8  # files that wait for the disk together
WRITEBACK_BYTES: Final = 1024 * 1024
DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600
KEPT_MODE: Final = 0o400

T = TypeVar("T")

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Hash(Protocol):
    """What hashlib gives, whose own type has no public name."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...

    def hexdigest(self) -> str: ...


@contextmanager
def disk_errors() -> Iterator[None]:
    """Only around our own system calls: a broken connection is an OSError too and must keep its class."""
    try:
        yield
    except OSError as error:
        kind = StoreFull if error.errno in _FULL else StoreFailed
        raise kind(errno.errorcode.get(error.errno or 0, type(error).__name__)) from error


def write_all(fd: int, data: bytes, at: int) -> None:
    """``at`` is the position of the first byte. A full disk may leave the beginning of ``data`` behind."""
    with disk_errors():
        done = os.pwrite(fd, data, at)
        if done < len(data):
            rest = memoryview(data)
            while done < len(data):
                done += os.pwrite(fd, rest[done:], at + done)


def begin_writeback(fd: int, start: int, end: int) -> None:
    """Lets the disk begin on these bytes while we hash and receive the next ones; promises nothing.

    On Linux this advice starts writing dirty pages out and leaves them cached while they are being written.
    """
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(fd, start, end - start, os.POSIX_FADV_DONTNEED)


def sync(fd: int) -> None:
    with disk_errors():
        os.fsync(fd)


def sync_directory(path: Path) -> None:
    """Makes the names in ``path`` durable."""
    with disk_errors():
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def at_once(act: Callable[[T], object], items: Sequence[T]) -> None:
    """``act`` on each, several at the same time; over when all are. Raises what the first of them raised."""
    if len(items) == 1:
        act(items[0])
    elif items:
        with ThreadPoolExecutor(min(AT_ONCE, len(items))) as pool:
            for future in [pool.submit(act, item) for item in items]:
                future.result()


def make_directory(path: Path) -> None:
    """Makes ``path`` and its parents, and syncs even if it was there: its maker may not have done so yet."""
    if path.parent != path and not path.parent.exists():
        make_directory(path.parent)
    with disk_errors(), suppress(FileExistsError):
        path.mkdir(mode=DIRECTORY_MODE)
    sync_directory(path.parent)


def names_in(path: Path) -> list[str]:
    """In no particular order."""
    with disk_errors(), os.scandir(path) as found:
        return [entry.name for entry in found]


def create_file(path: Path) -> int:
    with disk_errors():
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)


def is_absence(error: StorageError) -> bool:
    """Whether the system said that there is no such file."""
    return isinstance(error.__cause__, FileNotFoundError)


def drop_file(path: Path) -> bool:
    """False if it was not there."""
    try:
        with disk_errors():
            os.unlink(path)  # noqa: PTH108  (one family of calls: the crash trials stop at each of them)
    except StoreFailed as error:
        if is_absence(error):
            return False
        raise
    return True


def drop_quietly(path: Path) -> None:
    """For where something else is already being told; what can't be dropped now is swept later."""
    with suppress(StorageError):
        drop_file(path)


def hash_file(fd: int) -> tuple[Digest, int]:
    """Digest and size in bytes, reading a block at a time."""
    running = hashlib.sha256()
    position = 0
    with disk_errors():
        while block := os.pread(fd, BLOCK_BYTES, position):
            running.update(block)
            position += len(block)
    return Digest(running.hexdigest()), position


def lock(fd: int, *, wait: bool) -> bool:
    """Exclusive across threads and processes; False if another holds it and ``wait`` is False.

    To be undone by ``unlock``, not by closing: a child forked meanwhile shares the lock and would hold it.
    """
    with disk_errors():
        try:
            fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def unlock(fd: int) -> None:
    with disk_errors():
        fcntl.flock(fd, fcntl.LOCK_UN)
