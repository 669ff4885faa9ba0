"""More days: asked for before the due day, decided by the same levels as the loan."""

from sqlalchemy import select

from archive_service import approvals
from archive_service.kernel.clock import business_day
from archive_service.loans.models import IN_LINE, Loan, Renewal, Reservation
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.rulebook import KIND, RENEWAL_KIND
from archive_service.loans.queries.slips import loan as loan_row_of
from archive_service.loans.queries.slips import same_thing
from archive_service.loans.rules import Step, UseMode
from archive_service.loans.rules.asking import clean
from archive_service.loans.rules.refusals import (
    NeedsPurpose,
    NoMoreRenewals,
    RenewalQueued,
    RenewalTooLate,
    WrongStep,
)
from archive_service.loans.service.approving import KINDS
from archive_service.loans.service.requesting import DECIDED_WITHIN
from archive_service.loans.service.standing import must_be_lendable, things_of
from archive_service.loans.service.steps import items, locked, must, take_step
from archive_service.loans.service.telling import ask_deciders
from archive_service.unit_of_work import UnitOfWork


def ask_renewal(
    work: UnitOfWork,
    loan_id: int,
    *,
    reason: str,
    seen: int | None = None,
) -> LoanRow:
    """Raises NotFound, NotYours, WrongStep, LoanMoved, NeedsPurpose, RenewalTooLate, RenewalQueued, NoMoreRenewals, and
    what ``standing`` raises."""
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.ASK_RENEWAL)
    said = clean(reason, "reason", 255)
    if not said:
        raise NeedsPurpose(field="reason")
    if loan.due_on is None or loan.requested_by is None:
        raise WrongStep()
    if business_day(work.now) >= loan.due_on:
        raise RenewalTooLate()
    if loan.renewals_used >= loan.renewals:
        raise NoMoreRenewals(most=loan.renewals)
    lines = items(work, loan.id)
    for line in lines:
        waiting = select(Reservation.id).where(same_thing(line), IN_LINE, Reservation.loan_id != loan.id)
        if line.exclusive and work.session.scalar(waiting.limit(1)) is not None:
            raise RenewalQueued()
    must_be_lendable(work.session, lines, things_of(work.session, lines), UseMode(loan.use_mode))
    work.session.add(
        Renewal(
            loan_id=loan.id,
            days=loan.renewal_days,
            reason=said,
            asked_at=work.now,
            asked_by=loan.requested_by,
            due_before=loan.due_on,
        )
    )
    take_step(work, loan, Step.ASK_RENEWAL)
    asked = approvals.ask(
        work,
        KINDS,
        kind=RENEWAL_KIND,
        case=loan.loan_case or "",
        subject=f"loan:{loan.id}",
        title=loan.number,
        lapses_at=work.now + DECIDED_WITHIN,
        chain=_same_levels(work, loan),
    )
    ask_deciders(work, loan, asked)
    return loan_row_of(work.session, work.actor, loan.id)


def _same_levels(work: UnitOfWork, loan: Loan) -> tuple[approvals.ChainStep, ...]:
    """Those of the request by which it was approved, also if the table says something else since."""
    asked = approvals.of_subject(work.session, f"loan:{loan.id}")
    return next(one.chain for one in asked if one.kind == KIND)


def take_back_renewal(work: UnitOfWork, loan_id: int, *, seen: int | None = None) -> LoanRow:
    """Whoever asked for more days no longer wants them. Raises NotFound, NotYours, WrongStep, LoanMoved."""
    loan_row_of(work.session, work.actor, loan_id)
    waiting = [one for one in approvals.of_subject(work.session, f"loan:{loan_id}") if one.waits]
    for one in waiting:
        approvals.hold(work, one.id)
    loan = locked(work, loan_id, seen=seen)
    renewal = next((one for one in waiting if one.kind == RENEWAL_KIND), None)
    if renewal is None:
        raise WrongStep()
    approvals.withdraw(work, KINDS, renewal.id)
    return loan_row_of(work.session, work.actor, loan.id)
