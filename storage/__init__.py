"""Content-addressed bytes that are still there after a kill or a power cut, once they were acknowledged.

A blob is named by its SHA-256 and never rewritten. It is acknowledged only when its file, and then its name,
are on the disk: write to staging while hashing, fsync, rename, fsync the directory. Nothing here knows of
documents, users or tables; who refers to a blob is asked of the caller when the store is swept.

On a local disk, directories with mode 0700, files 0600 and blobs 0400:

    sha256/ab/ab12…          the blobs, in 256 shelves by their first two characters
    staging/<32>             bytes that have no name yet; leftovers of a kill are swept by age
    parts/<32>               uploads that arrive in pieces; they expire when the caller says so
    parts/<32>.unproven      how many of its bytes were there before an append whose checksum is still open
    trash/ab12…              blobs a sweep is judging; readers still find them here
"""

from pathlib import Path

from storage.contract import (
    Blob,
    BlobStore,
    Checksum,
    Digest,
    Entry,
    PartialUploads,
    Referenced,
    Staged,
    SweepReport,
    parse_digest,
)
from storage.errors import (
    BlobDamaged,
    BlobMissing,
    ChecksumMismatch,
    OffsetMismatch,
    PartExists,
    PartLocked,
    PartMissing,
    StorageError,
    StoreFailed,
    StoreFull,
    TooManyBytes,
)
from storage.local import LocalBlobStore

__all__ = [
    "Blob",
    "BlobDamaged",
    "BlobMissing",
    "BlobStore",
    "Checksum",
    "ChecksumMismatch",
    "Digest",
    "Entry",
    "LocalBlobStore",
    "OffsetMismatch",
    "PartExists",
    "PartLocked",
    "PartMissing",
    "PartialUploads",
    "Referenced",
    "Staged",
    "StorageError",
    "StoreFailed",
    "StoreFull",
    "SweepReport",
    "TooManyBytes",
    "open_store",
    "parse_digest",
]


def open_store(place: Path) -> BlobStore:
    """The store in this directory, made if it is missing. Raises StoreFull, StoreFailed."""
    return LocalBlobStore(place)
