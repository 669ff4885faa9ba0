"""The values and the two protocols that every store keeps."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, NewType, Protocol, Self

Digest = NewType("Digest", str)
"""SHA-256 of the bytes, 64 lower-case hexadecimal characters."""

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def parse_digest(text: str) -> Digest:
    """Raises ValueError unless ``text`` is 64 lower-case hexadecimal characters."""
    if not is_digest(text):
        raise ValueError("a digest has 64 lower-case hexadecimal characters")
    return Digest(text)


@dataclass(frozen=True, slots=True)
class Blob:
    digest: Digest
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored blob. ``modified`` (UTC) is when the bytes were last put, even if they were there before."""

    digest: Digest
    size: int  # bytes
    modified: datetime


@dataclass(frozen=True, slots=True)
class SweepReport:
    examined: int  # blobs looked at
    removed: int  # blobs
    removed_bytes: int
    restored: int  # blobs that turned out to be wanted between the two looks
    staging_removed: int  # leftovers of broken writes


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: Literal["sha1", "sha256"]
    digest: bytes


Referenced = Callable[[Sequence[Digest]], set[Digest]]
"""Which of these digests (at most 500) somebody still refers to. Must see everything committed by then."""


class Staged(Protocol):
    """Bytes on their way in. Leaving the context without ``keep`` drops them.

    Any StorageError drops them too; nothing is acknowledged until ``keep`` has returned.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def size(self) -> int:
        """Bytes written so far."""
        ...

    def write(self, data: bytes) -> None:
        """Raises StoreFull, StoreFailed."""
        ...

    def keep(self) -> Blob:
        """Makes the bytes durable and gives their name. Raises StoreFull, StoreFailed."""
        ...


class PartialUploads(Protocol):
    """Uploads that arrive in pieces, perhaps over days and through several processes.

    A key is 32 lower-case hexadecimal characters, chosen by the caller; any other is a ValueError in
    ``create`` and PartMissing everywhere else.
    """

    def create(self, key: str) -> None:
        """An empty upload, durably. Raises PartExists, StoreFull, StoreFailed."""
        ...

    def offset(self, key: str) -> int:
        """Bytes so far, which is where the next append begins. Raises PartMissing."""
        ...

    def append(
        self, key: str, offset: int, chunks: Iterable[bytes], *, limit: int, checksum: Checksum | None = None
    ) -> int:
        """Writes ``chunks`` at ``offset`` and returns the new offset once the bytes are durable.

        ``limit`` bounds the whole upload in bytes. If ``chunks`` raises (a broken line), what arrived is
        kept, except under a checksum, where it could never be proven; the exception goes on.

        Raises PartMissing, PartLocked (at once, if somebody else is writing), OffsetMismatch; TooManyBytes
        and ChecksumMismatch, after which the upload is as it was before the call; StoreFull, after which what
        fitted is kept and ``offset`` tells how much; StoreFailed, after which the upload may be gone
        (PartMissing), because bytes whose sync failed can't be trusted again.
        """
        ...

    def measure(self, key: str) -> Blob:
        """The name that ``seal`` will give the bytes so far; the upload stays as it is.

        Whoever notes it down before sealing can find the bytes again after a crash between the two.
        Raises PartMissing, PartLocked, StoreFailed.
        """
        ...

    def seal(self, key: str) -> Blob:
        """Moves the finished upload into the store, durably; the key is free afterwards.

        Raises PartMissing, PartLocked, StoreFull, StoreFailed. After a crash or a failure inside ``seal`` the
        upload is either still there, or is gone and a second call raises PartMissing.
        """
        ...

    def discard(self, key: str) -> bool:
        """Gives the upload up; False if there was none. Raises PartLocked, StoreFailed."""
        ...

    def keys(self) -> Iterator[tuple[str, datetime]]:
        """Every unfinished upload and when it last grew (UTC), in no particular order."""
        ...


class BlobStore(Protocol):
    """Content-addressed bytes: written once, named by their SHA-256, never rewritten."""

    @property
    def parts(self) -> PartialUploads: ...

    def stage(self) -> Staged:
        """``with store.stage() as staged: staged.write(…); blob = staged.keep()``."""
        ...

    def put(self, chunks: Iterable[bytes]) -> Blob:
        """Durable when it returns. Raises StoreFull, StoreFailed, and whatever ``chunks`` raises."""
        ...

    def put_many(self, items: Sequence[bytes]) -> list[Blob]:
        """Many small things at once, all durable when it returns, in the order given.

        Raises StoreFull, StoreFailed; some may then be stored all the same, for the sweep to find.
        """
        ...

    def open(self, digest: Digest) -> BinaryIO:
        """Seekable, for reading. Does not re-hash (see ``verify``). Raises BlobMissing, StoreFailed."""
        ...

    def local_path(self, digest: Digest) -> AbstractContextManager[Path]:
        """A real file to hand to another program, to be read only, for as long as the context lasts.

        Raises BlobMissing.
        """
        ...

    def size(self, digest: Digest) -> int:
        """Bytes. Raises BlobMissing."""
        ...

    def confirm(self, digest: Digest) -> Blob:
        """Makes a blob durable that somebody else named, and may have been stopped before saying so.

        It counts as put just now. Raises BlobMissing, StoreFull, StoreFailed; BlobDamaged if its name had to
        be given anew and the bytes turned out to be others.
        """
        ...

    def verify(self, digest: Digest) -> None:
        """Reads and hashes it all. Raises BlobMissing, BlobDamaged, StoreFailed (unreadable)."""
        ...

    def entries(self, after: Digest | None = None) -> Iterator[Entry]:
        """Every blob in the order of digests, beginning after ``after``; memory stays bounded."""
        ...

    def sweep(self, referenced: Referenced, older_than: datetime) -> SweepReport:
        """Removes blobs that nobody refers to and that were last put before ``older_than`` (aware).

        Safe beside uploads of the same bytes, as long as ``older_than`` lies further back than the longest
        time between a put and the commit that refers to it. Also removes leftovers of broken writes of that
        age.
        """
        ...

    def remove(self, digest: Digest) -> bool:
        """Removes it at once, for destruction; False if it was not there.

        The caller has made sure that nothing refers to it and that nobody is about to.
        """
        ...
