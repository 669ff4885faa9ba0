"""Ids that can't be passed for each other."""

import os
import uuid
from datetime import datetime
from typing import NewType

UserId = NewType("UserId", int)
DocumentId = NewType("DocumentId", uuid.UUID)
VersionId = NewType("VersionId", int)
UploadId = NewType("UploadId", uuid.UUID)
MessageId = NewType("MessageId", int)
JobRunId = NewType("JobRunId", int)
TokenId = NewType("TokenId", int)
ApprovalId = NewType("ApprovalId", int)
DelegationId = NewType("DelegationId", int)


def time_ordered_uuid(now: datetime) -> uuid.UUID:
    """UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Rows that arrive together lie together in the index, and nobody can guess the next one.
    """
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    noise = int.from_bytes(os.urandom(10), "big")
    value = (
        milliseconds << 80 | 0x7 << 76 | ((noise >> 62) & 0xFFF) << 64 | 0x2 << 62 | (noise & ((1 << 62) - 1))
    )
    return uuid.UUID(int=value)


def first_uuid_since(instant: datetime) -> uuid.UUID:
    """No id that ``time_ordered_uuid`` made at ``instant`` or later is smaller."""
    return uuid.UUID(int=int(instant.timestamp() * 1000) << 80)


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID in its canonical spelling, or None: braces, URN prefixes and the like are not ids of ours."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
