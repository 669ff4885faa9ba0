"""The life of an upload. Pure."""

from enum import StrEnum


class UploadState(StrEnum):
    OPEN = "open"
    RECEIVED = "received"
    DUPLICATE = "duplicate"  # bytes are here, waiting for the person to choose
    FAILED = "failed"
    DROPPED = "dropped"  # terminated by its sender, or the copy was not wanted
    EXPIRED = "expired"
