"""What may become of the place of a paper that is filed already: another class or file, or none. Pure.

A number says where a paper stands, so who stands elsewhere has another number; the old one stays empty (空号) and is
never given again. See docs/decisions.
"""

from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid


class EmptyKind(StrEnum):
    """Why a number that was given stands for no paper any more."""

    WITHDRAWN = "withdrawn"  # the filing was a mistake
    RECLASSED = "reclassed"  # the class was wrong
    MOVED = "moved"  # the file, the year or the department was wrong


EMPTY_NAMES: Final = {
    EmptyKind.WITHDRAWN: N_("Filing cancelled"),
    EmptyKind.RECLASSED: N_("Now in another class"),
    EmptyKind.MOVED: N_("Now in another place"),
}


class RequestState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


REQUEST_NAMES: Final = {
    RequestState.WAITING: N_("Waiting for a decision"),
    RequestState.APPROVED: N_("Approved"),
    RequestState.REFUSED: N_("Refused"),
    RequestState.WITHDRAWN: N_("Taken back"),
}


class NotFiled(Conflict):
    code = "filing.not-filed"
    message = N_("This document is not filed, so it has no number to change.")


class SamePlace(Invalid):
    code = "filing.same-place"
    message = N_("That is where it stands already. Please choose another class, file, year or department.")


class NotBothHats(Forbidden):
    code = "filing.not-both-hats"
    message = N_(
        "Who takes money and keeps the archive has no say in accounting papers (KU): finance keeps them. "
        "Please ask finance."
    )


class Depended(Conflict):
    code = "filing.depended-on"
    message = N_(
        "Something refers to this paper by its number already, so the filing can't be cancelled. "
        "Change its class or file instead."
    )


class NotLower(Invalid):
    code = "level.not-lower"
    message = N_("Please choose a level below the present one, and not below that of its class.")


class RequestWaits(Conflict):
    code = "level.request-waits"
    message = N_("A request to lower its level waits for a decision already.")


class OwnRequest(Forbidden):
    code = "level.own-request"
    message = N_("You asked for this, so somebody else must decide it.")


class RequestDecided(Conflict):
    code = "level.decided"
    message = N_("Somebody was faster: this request is decided already.")


class LevelChanged(Conflict):
    code = "level.changed"
    message = N_(
        "Its level was changed after this was asked for, so this lowers nothing any more. Please look at the paper and "
        "ask anew if it is still wanted."
    )


class OwnPlan(Forbidden):
    code = "retention.own-plan"
    message = N_(
        "You changed the file plan here, so somebody else must approve what it does to filed papers."
    )


class NothingToApprove(Conflict):
    code = "retention.nothing-to-approve"
    message = N_("No filed paper of this class stands under an older rule.")


class RuleChangedMeanwhile(Conflict):
    code = "retention.rule-changed"
    message = N_("The rule of this class changed again meanwhile. Please look at it anew.")
