"""One slip: what stands on it, whose word it has, what may be done with it now, what became of it."""

from collections.abc import Mapping
from typing import Final

from flask import render_template
from flask_babel import gettext

from archive_service import approvals, people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import SignInNeeded
from archive_service.loans.queries import remedies as remedy_queries
from archive_service.loans.queries import reminded as reminder_queries
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.rules import MOVES, OUT, Condition, LoanState, Outcome, Step, UseMode
from archive_service.loans.web.furnishing import ONE, blueprint, names_of, today, words
from archive_service.web import current_actor, current_archive, only_asked

_OF_BORROWER: Final = (Step.SUBMIT, Step.CANCEL, Step.ASK_RENEWAL)
_OF_KEEPER: Final = (Step.ISSUE, Step.TAKE_BACK, Step.FIND_WHOLE, Step.REPORT_LOST)


def offers(row: LoanRow) -> dict[str, str]:
    """The steps to be shown with their buttons; "" or, where the button is there but can't be pressed, why not."""
    actor, found = current_actor(), {}
    for step in (*_OF_BORROWER, *_OF_KEEPER):
        wanted = Step.HAND_OVER if step is Step.ISSUE and row.use is UseMode.COPY else step
        move = MOVES.get((row.state, wanted))
        if move is None or move.needs is None or not actor.may(move.needs):
            continue
        if step in _OF_BORROWER:
            if row.requested_by == actor.user_id:
                found[step.value] = _too_late(row) if step is Step.ASK_RENEWAL else ""
            continue
        if row.use is UseMode.ELECTRONIC and step in (Step.TAKE_BACK, Step.REPORT_LOST):
            continue
        if step is Step.REPORT_LOST and row.state not in OUT:
            continue
        own = row.borrower_id == actor.user_id
        found[step.value] = (
            str(
                gettext(
                    "This is your own loan, so somebody else must hand it out, take it back and check it."
                )
            )
            if own
            else ""
        )
    return found


def _too_late(row: LoanRow) -> str:
    if row.due_on is not None and today() >= row.due_on:
        return str(gettext("A renewal is asked for before the due day. Bring it back, then ask for it anew."))
    if row.renewals_used >= row.renewals:
        return str(
            gettext(
                "Such papers are renewed %(most)s times at most. Bring it back, then ask for it anew.",
                most=row.renewals,
            )
        )
    return ""


@blueprint.get(ONE)
def one(loan_id: int) -> str:
    only_asked()
    return slip_page(loan_id)


def slip_page(
    loan_id: int, *, trouble: str | None = None, told: Mapping[str, str] | None = None, about: str = ""
) -> str:
    """``trouble``: what could not be done, ``about`` the step that was tried, ``told`` what was typed there."""
    actor, archive = current_actor(), current_archive()
    if actor.is_anonymous:
        raise SignInNeeded()
    with archive.reading() as session:
        row = queries.loan(session, actor, loan_id)
        items = queries.items_of(session, actor, row.id)
        asked = approvals.of_subject(session, row.subject)
        changes = queries.changes_of(session, row.id)
        renewals = queries.renewals_of(session, row.id)
        remedies = remedy_queries.remedies_of(session, row.id)
        reminded = reminder_queries.reminded(session, row.id)
        names = names_of(session, [row])
        others = {one.by for one in changes} | {one.by for one in reminded}
        names |= people.display_names(session, {by for by in others if by is not None})
    return render_template(
        "loans/one.html",
        row=row,
        items=items,
        asked=asked,
        changes=changes,
        renewals=renewals,
        reminded=reminded,
        remedies=remedies,
        names=names,
        offers=offers(row),
        trouble=trouble,
        told=told or {},
        about=about,
        conditions=list(Condition),
        outcomes=list(reversed(Outcome)),
        step_names=step_names(),
        may_chase=actor.may(Permission.HAND_OUT_LOANS)
        and row.is_overdue(today())
        and row.borrower_id != actor.user_id,
        was_chased=reminder_queries.chased_on(reminded, today()),
        may_remedy=actor.may(Permission.HAND_OUT_LOANS)
        and row.state is LoanState.REMEDY
        and row.borrower_id != actor.user_id,
        **words(),
    )


def step_names() -> dict[str, str]:
    return {
        Step.SUBMIT: gettext("Handed in"),
        Step.DEPT_APPROVE: gettext("Agreed to by the department"),
        Step.ARCHIVE_CHECK: gettext("Agreed to by the archive"),
        Step.APPROVE: gettext("Approved"),
        Step.REJECT: gettext("Refused"),
        Step.VOID: gettext("Void, since something changed"),
        Step.CANCEL: gettext("Taken back by who asked"),
        Step.EXPIRE: gettext("Ran out"),
        Step.ISSUE: gettext("Handed out"),
        Step.HAND_OVER: gettext("Copies handed over"),
        Step.ASK_RENEWAL: gettext("Renewal asked for"),
        Step.RENEW: gettext("Renewed"),
        Step.REFUSE_RENEWAL: gettext("Renewal refused"),
        Step.TAKE_BACK: gettext("Brought back"),
        Step.END_VIEW: gettext("View on screen ended"),
        Step.FIND_WHOLE: gettext("Checked: whole"),
        Step.FIND_DAMAGED: gettext("Checked: damaged"),
        Step.FIND_INCOMPLETE: gettext("Checked: pages missing"),
        Step.REPORT_LOST: gettext("Reported lost"),
        Step.OPEN_REMEDY: gettext("Making good begun"),
        Step.CLOSE_REMEDY: gettext("Made good"),
    }
