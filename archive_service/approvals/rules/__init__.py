"""What a request for approval is, who has a say in it, and how it ends. Sources: workflows.md §0, security.md §1."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import DelegationId, UserId
from archive_service.people.rules.roles import DECIDING_ROLES, Role

LONGEST_CHAIN: Final = 6
MOST_DECIDERS: Final = 5
LONGEST_COMMENT: Final = 500
LONGEST_REASON: Final = 255
LONGEST_DELEGATION_DAYS: Final = 90


class RequestState(StrEnum):
    """Every state but WAITING is an end, and no request leaves it."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    VOID = "void"


STATE_NAMES: Final = {
    RequestState.WAITING: N_("waits for approval"),
    RequestState.APPROVED: N_("approval: approved"),
    RequestState.REFUSED: N_("approval: refused"),
    RequestState.WITHDRAWN: N_("approval: withdrawn"),
    RequestState.LAPSED: N_("approval: lapsed"),
    RequestState.VOID: N_("approval: void"),
}


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One level of a chain: so many different people who hold ``role``, or decide for one who does."""

    role: Role
    deciders: int = 1


@dataclass(frozen=True, slots=True)
class Hat:
    """For whom somebody may decide: ``owner`` is the person themselves, or who delegated to them."""

    owner: UserId
    roles: tuple[Role, ...]
    delegation: DelegationId | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A yes that was said already; ``hat``: whose it was."""

    step: int
    by: UserId
    hat: UserId


class NoRequest(NotFound):
    code = "approvals.no-request"
    message = N_("There is no such request, or you may not see it.")


class UnknownCase(NotFound):
    code = "approvals.unknown-case"
    message = N_("Nobody has said yet who approves this. Please tell whoever manages approval chains.")


class RequestEnded(Conflict):
    code = "approvals.ended"
    message = N_("Somebody was faster: this request is decided already.")


class RequestMoved(Conflict):
    code = "approvals.moved"
    message = N_("Somebody decided or wrote a comment after you opened the page. Please look at it again.")


class AlreadyAsked(Conflict):
    code = "approvals.already-asked"
    message = N_("This waits for approval already.")


class AlreadyDecided(Conflict):
    code = "approvals.already-decided"
    message = N_(
        "You have decided on this request already, or somebody did so for you. The next word is another's."
    )


class NeedsPerson(Forbidden):
    code = "approvals.needs-person"
    message = N_("Only a person who is signed in can ask for approval or decide.")


class OwnRequest(Forbidden):
    code = "approvals.own-request"
    message = N_("You asked for this, so somebody else must decide it.")


class NotYourTurn(Forbidden):
    code = "approvals.not-your-turn"
    message = N_("This request waits for somebody with another role.")


class NotYourRequest(Forbidden):
    code = "approvals.not-your-request"
    message = N_("Only the person who asked for this can withdraw it.")


class RefusalNeedsReason(Invalid):
    code = "approvals.refusal-needs-reason"
    message = N_("Please say in a few words why.")


class CommentTooLong(Invalid):
    code = "approvals.comment-too-long"
    message = N_("A comment has at most %(most)s characters.")


class EmptyComment(Invalid):
    code = "approvals.empty-comment"
    message = N_("Please write something.")


class WrongChain(Invalid):
    code = "approvals.wrong-chain"
    message = N_(
        "A chain has at most six levels, each with a role that decides on requests and one to five people."
    )


class ChainNeedsReason(Invalid):
    code = "approvals.chain-needs-reason"
    message = N_("Please say in a few words why.")


class ChainUnchanged(Invalid):
    code = "approvals.chain-unchanged"
    message = N_("The chain is like this already.")


class ChainMoved(Conflict):
    code = "approvals.chain-moved"
    message = N_("Somebody else changed this chain in the meantime. Please look at it again.")


class WrongDelegation(Invalid):
    code = "approvals.wrong-delegation"
    message = N_(
        "A delegation goes to somebody else, begins today or later, ends on its first day or later and lasts at "
        "most 90 days."
    )


class DelegationNeedsReason(Invalid):
    code = "approvals.delegation-needs-reason"
    message = N_("Please say in a few words why.")


class CannotDeputise(Invalid):
    code = "approvals.cannot-deputise"
    message = N_("This person has no role that decides on requests, so nothing can be delegated to them.")


class AlreadyDelegated(Conflict):
    code = "approvals.already-delegated"
    message = N_("You delegated to this person for some of these days already.")


class DelegationOver(Conflict):
    code = "approvals.delegation-over"
    message = N_("This delegation is over already.")


def checked_chain(steps: Sequence[ChainStep]) -> tuple[ChainStep, ...]:
    """``steps`` as they may stand in the table; none: approved by the rule itself. Raises WrongChain."""
    fits = all(one.role in DECIDING_ROLES and 1 <= one.deciders <= MOST_DECIDERS for one in steps)
    if len(steps) > LONGEST_CHAIN or not fits:
        raise WrongChain(field="steps")
    return tuple(steps)


def standing_step(chain: Sequence[ChainStep], decided: Collection[Decided]) -> int | None:
    """Number of the first level, from 1, that still lacks deciders; None when nothing is lacking."""
    for number, step in enumerate(chain, 1):
        if sum(one.step == number for one in decided) < step.deciders:
            return number
    return None


def hat_for(
    hats: Iterable[Hat], role: Role, decider: UserId, requester: UserId, decided: Collection[Decided]
) -> Hat:
    """The hat under which ``decider`` may decide now, their own before those lent to them.

    Nobody decides on what they asked for, neither themselves nor by a deputy; nobody decides twice, and no hat
    counts twice. Raises OwnRequest, AlreadyDecided, NotYourTurn.
    """
    if decider == requester:
        raise OwnRequest()
    if any(one.by == decider for one in decided):
        raise AlreadyDecided()
    fitting = [hat for hat in hats if role in hat.roles and hat.owner != requester]
    worn = {one.hat for one in decided}
    free = [hat for hat in fitting if hat.owner not in worn]
    if not free:
        raise AlreadyDecided() if fitting else NotYourTurn()
    return min(free, key=lambda hat: (hat.owner != decider, hat.delegation or 0))


def changed_facts(asked: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the facts that are no longer what they were at asking, sorted."""
    return tuple(sorted(name for name in {*asked, *found} if asked.get(name) != found.get(name)))


def checked_days(first_day: date, last_day: date, today: date) -> None:
    """Raises WrongDelegation."""
    if first_day < today or last_day < first_day:
        raise WrongDelegation(field="last_day" if first_day >= today else "first_day")
    if (last_day - first_day).days >= LONGEST_DELEGATION_DAYS:
        raise WrongDelegation(field="last_day")


def said(text: str, most: int, field: str = "comment") -> str:
    """What somebody wrote as it is kept: without control and direction-changing characters, lines kept.

    Raises CommentTooLong.
    """
    lines = (
        " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in line).split())
        for line in unicodedata.normalize("NFC", text).splitlines()
    )
    kept = "\n".join(lines).strip()
    if len(kept) > most:
        raise CommentTooLong(field=field, most=most)
    return kept
