"""The life of a review before filing (审核), why a paper is sent back, and how long a lock lasts. Pure.

Source: workflows.md §1: draft → pending_review → filed, with rejected at the side.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Invalid


class ReviewState(StrEnum):
    PENDING = "pending"  # 待审核
    REJECTED = "rejected"  # 退回, waits for whoever shall mend it
    ANSWERED = "answered"  # was sent back and has been handed in again, filed or discarded since
    FILED = "filed"
    WITHDRAWN = "withdrawn"  # discarded while it waited


class ReviewStep(StrEnum):
    SEND_BACK = "send-back"
    FILE = "file"
    SUBMIT_AGAIN = "submit-again"
    DISCARD = "discard"


_S = ReviewState
REVIEW_MOVES: Final[dict[tuple[ReviewState, ReviewStep], ReviewState]] = {
    (_S.PENDING, ReviewStep.SEND_BACK): _S.REJECTED,
    (_S.PENDING, ReviewStep.FILE): _S.FILED,
    (_S.PENDING, ReviewStep.SUBMIT_AGAIN): _S.WITHDRAWN,
    (_S.PENDING, ReviewStep.DISCARD): _S.WITHDRAWN,
    (_S.REJECTED, ReviewStep.SEND_BACK): _S.ANSWERED,
    (_S.REJECTED, ReviewStep.FILE): _S.ANSWERED,
    (_S.REJECTED, ReviewStep.SUBMIT_AGAIN): _S.ANSWERED,
    (_S.REJECTED, ReviewStep.DISCARD): _S.ANSWERED,
}
OPEN_REVIEWS: Final = (ReviewState.PENDING, ReviewState.REJECTED)
"""At most one of these a document."""


class SendBackReason(StrEnum):
    BAD_SCAN = "bad_scan"
    MISSING_PAGES = "missing_pages"
    WRONG_CLASS = "wrong_class"
    WRONG_FACTS = "wrong_facts"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    OTHER = "other"


SEND_BACK_NAMES: Final = {
    SendBackReason.BAD_SCAN: N_("Bad scan: crooked, cut off, too faint to read"),
    SendBackReason.MISSING_PAGES: N_("Pages are missing or in the wrong order"),
    SendBackReason.WRONG_CLASS: N_("Wrong class"),
    SendBackReason.WRONG_FACTS: N_("The facts don't match the paper"),
    SendBackReason.DUPLICATE: N_("The paper is here already"),
    SendBackReason.NOT_OURS: N_("Doesn't belong in this archive"),
    SendBackReason.OTHER: N_("Another reason (please write it)"),
}
LONGEST_COMMENT: Final = 255
LOCK_LASTS: Final = timedelta(minutes=10)
"""How long others are kept from changing a document after its editor's page last gave a sign of life."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A case file that is to be opened for the paper. ``building``: of drawings only."""

    title: str = ""
    building: str = ""


class NeedsComment(Invalid):
    code = "review.needs-comment"
    message = N_("Please say in a few words what is wrong, so that it can be put right.")


class BeingEdited(Conflict):
    """``since``: when the other began."""

    code = "document.being-edited"
    message = N_(
        "Somebody else is working on this document at the moment. You may read it; "
        "change it when they have finished."
    )
