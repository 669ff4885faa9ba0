"""The life of a loan (借阅) as one table, and what may go wrong on the way. Pure. Source: workflows.md §2."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_

LoanId = NewType("LoanId", int)
LoanItemId = NewType("LoanItemId", int)


class LoanState(StrEnum):
    """``damaged``, ``incomplete`` and ``lost`` say what the check found before its remedy began."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DEPT_APPROVED = "dept_approved"
    ARCHIVE_CHECKED = "archive_checked"
    APPROVED = "approved"
    ISSUED = "issued"
    RENEWAL_REQUESTED = "renewal_requested"
    RETURN_PENDING_CHECK = "return_pending_check"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"
    LOST = "lost"
    REMEDY = "remedy"
    CLOSED_WITH_REMEDY = "closed_with_remedy"


_S = LoanState

STATE_NAMES: Final = {
    _S.DRAFT: N_("Not handed in"),
    _S.SUBMITTED: N_("Waits for the department"),
    _S.DEPT_APPROVED: N_("Waits for the archive"),
    _S.ARCHIVE_CHECKED: N_("Waits for the leader"),
    _S.APPROVED: N_("Approved, to be fetched"),
    _S.ISSUED: N_("Lent out"),
    _S.RENEWAL_REQUESTED: N_("Lent out, renewal asked for"),
    _S.RETURN_PENDING_CHECK: N_("Brought back, to be checked"),
    _S.CLOSED: N_("Returned"),
    _S.REJECTED: N_("Loan refused"),
    _S.CANCELLED: N_("Loan taken back"),
    _S.EXPIRED: N_("Not fetched in time"),
    _S.DAMAGED: N_("Came back damaged"),
    _S.INCOMPLETE: N_("Came back incomplete"),
    _S.LOST: N_("Lost on loan"),
    _S.REMEDY: N_("Being made good"),
    _S.CLOSED_WITH_REMEDY: N_("Closed after being made good"),
}

DECIDED_ON: Final = frozenset({_S.SUBMITTED, _S.DEPT_APPROVED, _S.ARCHIVE_CHECKED})
"""Somebody's word is awaited."""
OUT: Final = frozenset({_S.ISSUED, _S.RENEWAL_REQUESTED})
"""The borrower has it; past its due day it is overdue, which is derived and no state."""
IN_REMEDY: Final = frozenset({_S.DAMAGED, _S.INCOMPLETE, _S.LOST, _S.REMEDY})
ENDED: Final = frozenset({_S.CLOSED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.CLOSED_WITH_REMEDY})
LIVE: Final = frozenset(LoanState) - ENDED - {_S.DRAFT}
"""Holds its items against others, as far as these leave the shelf."""


class Step(StrEnum):
    SUBMIT = "submit"
    DEPT_APPROVE = "dept_approve"
    ARCHIVE_CHECK = "archive_check"
    APPROVE = "approve"
    REJECT = "reject"
    VOID = "void"
    CANCEL = "cancel"
    EXPIRE = "expire"
    ISSUE = "issue"
    HAND_OVER = "hand_over"
    ASK_RENEWAL = "ask_renewal"
    RENEW = "renew"
    REFUSE_RENEWAL = "refuse_renewal"
    TAKE_BACK = "take_back"
    END_VIEW = "end_view"
    FIND_WHOLE = "find_whole"
    FIND_DAMAGED = "find_damaged"
    FIND_INCOMPLETE = "find_incomplete"
    REPORT_LOST = "report_lost"
    OPEN_REMEDY = "open_remedy"
    CLOSE_REMEDY = "close_remedy"


class Guard(StrEnum):
    """What else must hold. Each stands for one refusal of the service."""

    OWN = "own"  # only who asked for it
    NOT_OWN = "not_own"  # never who borrows it
    UNDERTAKING = "undertaking"  # the text as shown was accepted
    FREE = "free"  # no item is held by another loan or kept for somebody before
    NO_OBSTACLE = "no_obstacle"
    TRUSTED = "trusted"  # nothing of the borrower's is overdue or unsolved
    BY_RULE = "by_rule"  # the case allows this use, these days
    PAGES_COUNTED = "pages_counted"
    RENEWABLE = "renewable"  # before the due day, nobody queues, below the most
    EVERY_ITEM = "every_item"
    REMEDY_DONE = "remedy_done"


@dataclass(frozen=True, slots=True)
class Move:
    """``needs``: None where no person takes the step by itself: approvals decide it, or time does."""

    to: LoanState
    needs: Permission | None
    guards: frozenset[Guard] = frozenset()


def _move(to: LoanState, needs: Permission | None, *guards: Guard) -> Move:
    return Move(to, needs, frozenset(guards))


_P, _G = Permission, Guard
_ASKING: Final = (_G.OWN, _G.UNDERTAKING, _G.FREE, _G.NO_OBSTACLE, _G.TRUSTED, _G.BY_RULE)

MOVES: Final[dict[tuple[LoanState, Step], Move]] = {
    (_S.DRAFT, Step.SUBMIT): _move(_S.SUBMITTED, _P.REQUEST_LOAN, *_ASKING),
    (_S.SUBMITTED, Step.DEPT_APPROVE): _move(_S.DEPT_APPROVED, None, _G.NOT_OWN),
    **{
        (state, Step.ARCHIVE_CHECK): _move(_S.ARCHIVE_CHECKED, None, _G.NOT_OWN)
        for state in (_S.SUBMITTED, _S.DEPT_APPROVED)
    },
    **{(state, Step.APPROVE): _move(_S.APPROVED, None, _G.NOT_OWN) for state in DECIDED_ON},
    **{(state, Step.REJECT): _move(_S.REJECTED, None, _G.NOT_OWN) for state in DECIDED_ON},
    **{(state, Step.VOID): _move(_S.DRAFT, None) for state in DECIDED_ON},
    **{
        (state, Step.CANCEL): _move(_S.CANCELLED, _P.REQUEST_LOAN, _G.OWN)
        for state in (_S.DRAFT, *DECIDED_ON, _S.APPROVED)
    },
    **{(state, Step.EXPIRE): _move(_S.EXPIRED, None) for state in (*DECIDED_ON, _S.APPROVED)},
    (_S.APPROVED, Step.ISSUE): _move(
        _S.ISSUED, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.PAGES_COUNTED, _G.NO_OBSTACLE, _G.TRUSTED
    ),
    (_S.APPROVED, Step.HAND_OVER): _move(
        _S.CLOSED, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.PAGES_COUNTED, _G.NO_OBSTACLE, _G.TRUSTED
    ),
    (_S.ISSUED, Step.ASK_RENEWAL): _move(
        _S.RENEWAL_REQUESTED, _P.REQUEST_LOAN, _G.OWN, _G.RENEWABLE, _G.NO_OBSTACLE
    ),
    (_S.RENEWAL_REQUESTED, Step.RENEW): _move(_S.ISSUED, None, _G.NOT_OWN),
    (_S.RENEWAL_REQUESTED, Step.REFUSE_RENEWAL): _move(_S.ISSUED, None),
    **{
        (state, Step.TAKE_BACK): _move(_S.RETURN_PENDING_CHECK, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.EVERY_ITEM)
        for state in OUT
    },
    **{(state, Step.END_VIEW): _move(_S.CLOSED, None) for state in OUT},
    (_S.RETURN_PENDING_CHECK, Step.FIND_WHOLE): _move(
        _S.CLOSED, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.PAGES_COUNTED
    ),
    (_S.RETURN_PENDING_CHECK, Step.FIND_DAMAGED): _move(
        _S.DAMAGED, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.PAGES_COUNTED
    ),
    (_S.RETURN_PENDING_CHECK, Step.FIND_INCOMPLETE): _move(
        _S.INCOMPLETE, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.PAGES_COUNTED
    ),
    **{
        (state, Step.REPORT_LOST): _move(_S.LOST, _P.HAND_OUT_LOANS, _G.NOT_OWN)
        for state in (*OUT, _S.RETURN_PENDING_CHECK)
    },
    **{
        (state, Step.OPEN_REMEDY): _move(_S.REMEDY, _P.HAND_OUT_LOANS, _G.NOT_OWN)
        for state in (_S.DAMAGED, _S.INCOMPLETE, _S.LOST)
    },
    (_S.REMEDY, Step.CLOSE_REMEDY): _move(
        _S.CLOSED_WITH_REMEDY, _P.HAND_OUT_LOANS, _G.NOT_OWN, _G.REMEDY_DONE
    ),
}
"""(state, step) → where it leads, by whom, on what conditions. Whatever does not stand here can't happen."""


class Purpose(StrEnum):
    WORK = "work"
    REPAIR = "repair"
    LITIGATION = "litigation"
    AUDIT = "audit"
    OWNER_ENQUIRY = "owner_enquiry"
    OTHER = "other"


PURPOSE_NAMES: Final = {
    Purpose.WORK: N_("Reference for work"),
    Purpose.REPAIR: N_("Engineering and repair"),
    Purpose.LITIGATION: N_("Litigation or arbitration"),
    Purpose.AUDIT: N_("Audit or inspection"),
    Purpose.OWNER_ENQUIRY: N_("Owner's own enquiry"),
    Purpose.OTHER: N_("Other purpose"),
}


class UseMode(StrEnum):
    ON_SITE = "on_site"
    COPY = "copy"
    ELECTRONIC = "electronic"
    TAKE_OUT = "take_out"


USE_NAMES: Final = {
    UseMode.ON_SITE: N_("Read here"),
    UseMode.COPY: N_("Take a copy"),
    UseMode.ELECTRONIC: N_("View on screen"),
    UseMode.TAKE_OUT: N_("Take out"),
}


class ItemForm(StrEnum):
    """Of what is asked for: the original of the paper, or a copy of it."""

    ORIGINAL = "original"
    COPY = "copy"


class BorrowerKind(StrEnum):
    USER = "user"
    ORGANISATION = "organisation"
    OWNER = "owner"


BORROWER_NAMES: Final = {
    BorrowerKind.USER: N_("Colleague"),
    BorrowerKind.ORGANISATION: N_("Outside organisation"),
    BorrowerKind.OWNER: N_("Owner, for their own file"),
}


class Condition(StrEnum):
    GOOD = "good"
    WORN = "worn"
    DAMAGED = "damaged"


CONDITION_NAMES: Final = {
    Condition.GOOD: N_("In good condition"),
    Condition.WORN: N_("Worn but whole"),
    Condition.DAMAGED: N_("Damaged"),
}


class Outcome(StrEnum):
    """What became of one item. Worst first, so that a loan of several goes the way of its worst."""

    LOST = "lost"
    INCOMPLETE = "incomplete"
    DAMAGED = "damaged"
    WHOLE = "whole"


OUTCOME_NAMES: Final = {
    Outcome.LOST: N_("Lost"),
    Outcome.INCOMPLETE: N_("Pages missing"),
    Outcome.DAMAGED: N_("Came back damaged"),
    Outcome.WHOLE: N_("Came back whole"),
}
FOUND: Final = {
    Outcome.LOST: Step.REPORT_LOST,
    Outcome.INCOMPLETE: Step.FIND_INCOMPLETE,
    Outcome.DAMAGED: Step.FIND_DAMAGED,
    Outcome.WHOLE: Step.FIND_WHOLE,
}


def count_fits(outcome: Outcome, *, went_out: int, came_back: int) -> bool:
    """Whether the pages that were counted can be what is said to have become of it: none came back of what is lost, some
    are missing of what is incomplete, and none of the rest."""
    if outcome is Outcome.LOST:
        return came_back == 0
    if outcome is Outcome.INCOMPLETE:
        return 0 <= came_back < went_out
    return came_back == went_out


def worst(outcomes: list[Outcome]) -> Outcome:
    return min(outcomes, key=list(Outcome).index)


UNDERTAKING_VERSION: Final = "1"
UNDERTAKINGS: Final = {
    "1": N_(
        "I will not lend it on, take it apart, alter or mark it, or photograph it to pass on; I keep it safe and "
        "bring it back whole by the due day."
    )
}
"""By version, as shown to who asks; a slip keeps the version it was accepted in."""

FETCH_WITHIN_WORKING_DAYS: Final = 3
OFFER_LASTS_WORKING_DAYS: Final = 3
MOST_ITEMS: Final = 50
MOST_COPIES: Final = 100
LONGEST_TEXT: Final = 500
