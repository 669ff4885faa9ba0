"""What a version is called, and why there is a new one. Pure. Source: workflows.md §4."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class ReasonCode(StrEnum):
    RESCAN = "rescan"  # 重扫
    COMPLETED = "completed"  # pages or attachments that were missing
    CORRECTED = "corrected"  # the paper itself was put right by whoever issued it
    NEW_EDITION = "new_edition"
    RESTORED = "restored"  # an older version's content once more
    OTHER = "other"


REASON_NAMES: Final = {
    ReasonCode.RESCAN: N_("Scanned again"),
    ReasonCode.COMPLETED: N_("Missing pages added"),
    ReasonCode.CORRECTED: N_("Corrected by its issuer"),
    ReasonCode.NEW_EDITION: N_("New edition"),
    ReasonCode.RESTORED: N_("Content of an older version"),
    ReasonCode.OTHER: N_("Another reason"),
}


@dataclass(frozen=True, slots=True)
class Content:
    """A version's bytes. ``revision``: that of the description when they came."""

    number: int
    revision: int


def labels(
    contents: Sequence[Content], revisions: Sequence[int], *, filed_at_revision: int | None
) -> dict[int, tuple[int, int]]:
    """(major, minor) of every revision that is a correction of a filed paper.

    New content counts the major number up (1.0 → 2.0), a correction of what is said of it the minor one (1.0 → 1.1).
    What changes before a paper is filed is how its first description comes about. ``contents`` in the order of their
    numbers; ``filed_at_revision``: the one that filing made, None while it isn't filed.
    """
    if filed_at_revision is None:
        return {}
    found: dict[int, tuple[int, int]] = {}
    minors: dict[int, int] = {}
    for revision in sorted(revisions):
        if revision <= filed_at_revision:
            continue
        major = max((one.number for one in contents if one.revision < revision), default=1)
        minors[major] = minors.get(major, 0) + 1
        found[revision] = (major, minors[major])
    return found
