"""The ways in: uploads in parts, the classic form, the question what to do with the same bytes twice.

Bytes are durable in the store before anything here speaks of them. A file becomes a new document, a new
version of one, or, if a document that its sender may see has the very same bytes, a copy that waits for a
decision.
"""

from archive_service.intake.queries import (
    UploadRow,
    referenced_digests,
    undecided,
    undecided_count,
    upload,
)
from archive_service.intake.rules import (
    EmptyFile,
    NewVersion,
    NoFile,
    Parcel,
    Purpose,
    UploadState,
    purpose_of,
)
from archive_service.intake.service.accepting import Outcome, OutcomeKind, accept, drop, keep_both
from archive_service.intake.service.clearing import expire_uploads, finish_complete_uploads
from archive_service.intake.service.uploads import (
    Progress,
    append,
    finish_upload,
    look,
    open_upload,
    terminate,
)

__all__ = [
    "EmptyFile",
    "NewVersion",
    "NoFile",
    "Outcome",
    "OutcomeKind",
    "Parcel",
    "Progress",
    "Purpose",
    "UploadRow",
    "UploadState",
    "accept",
    "append",
    "drop",
    "expire_uploads",
    "finish_complete_uploads",
    "finish_upload",
    "keep_both",
    "look",
    "open_upload",
    "purpose_of",
    "referenced_digests",
    "terminate",
    "undecided",
    "undecided_count",
    "upload",
]
