"""What the pages of lending share: the blueprint, words and tones of states, names of people, ways back."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, redirect, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import SignInNeeded
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import LEVEL_NAMES
from archive_service.kernel.masking import mask
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.rules import (
    BORROWER_NAMES,
    CONDITION_NAMES,
    OUTCOME_NAMES,
    PURPOSE_NAMES,
    STATE_NAMES,
    UNDERTAKING_VERSION,
    UNDERTAKINGS,
    USE_NAMES,
    LoanState,
    UseMode,
)
from archive_service.loans.rules.cases import CASE_NAMES
from archive_service.loans.rules.remedies import REBUILT_NAMES
from archive_service.loans.rules.remedies import STEP_NAMES as REMEDY_NAMES
from archive_service.people import ROLE_NAMES
from archive_service.web import current_actor, current_archive

blueprint = Blueprint("loans", __name__, template_folder="../templates", url_prefix="/loans")

PAGE_SIZE: Final = 50
LARGEST_ID: Final = 2**31 - 1
ONE: Final = "/<int(max=2147483647):loan_id>"

_S = LoanState
LOOKS: Final = {
    _S.DRAFT: ("secondary", "pencil"),
    _S.SUBMITTED: ("blue", "hourglass"),
    _S.DEPT_APPROVED: ("blue", "hourglass"),
    _S.ARCHIVE_CHECKED: ("blue", "hourglass"),
    _S.APPROVED: ("green", "circle-check"),
    _S.ISSUED: ("purple", "arrow-right"),
    _S.RENEWAL_REQUESTED: ("purple", "rotate-2"),
    _S.RETURN_PENDING_CHECK: ("yellow", "clipboard-check"),
    _S.CLOSED: ("secondary", "circle-check"),
    _S.REJECTED: ("red", "circle-x"),
    _S.CANCELLED: ("secondary", "arrow-back-up"),
    _S.EXPIRED: ("secondary", "clock"),
    _S.DAMAGED: ("red", "alert-triangle"),
    _S.INCOMPLETE: ("red", "alert-triangle"),
    _S.LOST: ("red", "alert-triangle"),
    _S.REMEDY: ("orange", "tool"),
    _S.CLOSED_WITH_REMEDY: ("secondary", "circle-check"),
}


def today() -> date:
    return business_day(current_archive().clock.now())


def must_take_part() -> None:
    """Raises SignInNeeded, Forbidden for who neither borrows nor looks on."""
    actor = current_actor()
    if actor.is_anonymous:
        raise SignInNeeded()
    if not actor.may(Permission.SEE_LOANS):
        actor.must(Permission.REQUEST_LOAN)


def me() -> UserId:
    """Raises SignInNeeded."""
    user_id = current_actor().user_id
    if user_id is None:
        raise SignInNeeded()
    return user_id


def names_of(session: Session, rows: Iterable[LoanRow]) -> dict[int, str]:
    """Of everybody who stands on these slips, in one statement."""
    ids: set[int] = set()
    for row in rows:
        found = (row.requested_by, row.borrower_id, row.id_checked_by, row.issued_by, row.taken_back_by)
        ids |= {one for one in (*found, row.checked_by) if one is not None}
    return dict(people.display_names(session, ids))


def borrower_of(row: LoanRow, names: dict[int, str]) -> str:
    if row.borrower_id is not None:
        return names.get(row.borrower_id, "")
    return " · ".join(part for part in (mask(row.organisation), row.person) if part)


def late_words(row: LoanRow, on: date) -> str:
    if not row.is_overdue(on) or row.due_on is None:
        return ""
    return str(gettext("%(days)s days overdue", days=(on - row.due_on).days))


def words() -> dict[str, Any]:
    """The names of codes, and what the person may do."""
    actor = current_actor()
    return {
        "state_names": STATE_NAMES,
        "state_looks": LOOKS,
        "purpose_names": PURPOSE_NAMES,
        "use_names": USE_NAMES,
        "case_names": CASE_NAMES,
        "borrower_names": BORROWER_NAMES,
        "condition_names": CONDITION_NAMES,
        "outcome_names": OUTCOME_NAMES,
        "remedy_names": REMEDY_NAMES,
        "rebuilt_names": REBUILT_NAMES,
        "role_names": ROLE_NAMES,
        "level_names": LEVEL_NAMES,
        "undertaking": UNDERTAKINGS[UNDERTAKING_VERSION],
        "undertaking_version": UNDERTAKING_VERSION,
        "UseMode": UseMode,
        "borrower_of": borrower_of,
        "late_words": late_words,
        "may_hand_out": actor.may(Permission.HAND_OUT_LOANS),
        "may_request": actor.may(Permission.REQUEST_LOAN),
        "may_see": actor.may(Permission.SEE_LOANS),
        "me": actor.user_id,
        "today": today(),
    }


def to(endpoint: str, **values: Any) -> Response:
    answer = redirect(url_for(endpoint, **values), code=303)
    assert isinstance(answer, Response)
    return answer
