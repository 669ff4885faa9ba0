"""What can go wrong in the store. Each class has a stable ``code`` and a ``message`` in English."""

from typing import ClassVar


class StorageError(Exception):
    """``detail`` is for logs: digests, keys, sizes and system error names, never anything of the users."""

    code: ClassVar[str] = "storage"
    message: ClassVar[str] = "The file store could not do this."

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(f"{self.message} ({detail})" if detail else self.message)


class BlobMissing(StorageError):
    code = "storage.blob-missing"
    message = "These bytes are not in the store."


class BlobDamaged(StorageError):
    code = "storage.blob-damaged"
    message = "These bytes are no longer what was stored."


class StoreFull(StorageError):
    """No space, quota or file size left. Nothing was acknowledged; it works again once there is room."""

    code = "storage.full"
    message = "The disk is full, so nothing was saved."


class StoreFailed(StorageError):
    """The file system refused a read, a write or a sync. Nothing was acknowledged."""

    code = "storage.failed"
    message = "The disk failed to read or to write, so nothing was saved."


class PartMissing(StorageError):
    code = "storage.part-missing"
    message = "There is no such unfinished upload; it was finished, given up or never begun."


class PartExists(StorageError):
    code = "storage.part-exists"
    message = "An upload with this key was begun already."


class PartLocked(StorageError):
    code = "storage.part-locked"
    message = "Another connection is writing to this upload."


class OffsetMismatch(StorageError):
    """``expected`` is where the next byte of the upload belongs."""

    code = "storage.offset-mismatch"
    message = "The upload goes on at another place than the one given."

    def __init__(self, expected: int, given: int) -> None:
        self.expected = expected
        self.given = given
        super().__init__(f"expected {expected}, given {given}")


class TooManyBytes(StorageError):
    """More than ``limit`` bytes in all. The append that brought them left nothing of itself."""

    code = "storage.too-many-bytes"
    message = "More bytes arrived than the upload may have."

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"limit {limit}")


class ChecksumMismatch(StorageError):
    """The append whose checksum was wrong left nothing of itself."""

    code = "storage.checksum-mismatch"
    message = "The bytes that arrived are not the ones that were sent."
