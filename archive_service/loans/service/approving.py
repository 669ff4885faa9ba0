"""What approvals ask of loans, and what their answers make of a slip."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import approvals, records, working_days
from archive_service.approvals import RequestRow, RequestState
from archive_service.kernel.clock import business_day
from archive_service.loans.models import Loan, LoanItem, Renewal
from archive_service.loans.queries.rulebook import KIND, RENEWAL_KIND
from archive_service.loans.rules import FETCH_WITHIN_WORKING_DAYS, LoanState, Step, UseMode
from archive_service.loans.rules.cases import ARCHIVE_ROLES, DEPARTMENT_ROLES
from archive_service.loans.service.queueing import let_go
from archive_service.loans.service.standing import holds_against
from archive_service.loans.service.steps import items, locked, take_step
from archive_service.loans.service.telling import ask_deciders, tell
from archive_service.loans.service.viewing import lengthen_views, open_views
from archive_service.unit_of_work import UnitOfWork

_ENDS: Final = {
    RequestState.APPROVED: Step.APPROVE,
    RequestState.REFUSED: Step.REJECT,
    RequestState.WITHDRAWN: Step.CANCEL,
    RequestState.LAPSED: Step.EXPIRE,
    RequestState.VOID: Step.VOID,
}
_TOLD: Final = {
    RequestState.APPROVED: "loan.approved",
    RequestState.REFUSED: "loan.rejected",
    RequestState.LAPSED: "loan.lapsed",
    RequestState.VOID: "loan.void",
}


def loan_id_of(subject: str) -> int:
    return int(subject.removeprefix("loan:"))


def _facts(session: Session, subject: str) -> dict[str, str]:
    """Of each item what a word stands on: its level, class, version, the mark of a state secret, and the holds that
    keep it from being lent in this way."""
    lines = session.scalars(
        select(LoanItem).where(LoanItem.loan_id == loan_id_of(subject)).order_by(LoanItem.position)
    ).all()
    papers = records.lendable_papers(session, [i.document_id for i in lines if i.document_id is not None])
    files = records.lendable_files(session, [i.case_file_id for i in lines if i.case_file_id is not None])
    use = session.scalar(select(Loan.use_mode).where(Loan.id == loan_id_of(subject)))
    held = holds_against(session, [*papers.values(), *files.values()], UseMode(use)) if use else {}
    told: dict[str, str] = {}
    for line in lines:
        thing = papers.get(line.document_id) if line.document_id else files.get(line.case_file_id or 0)
        told[f"item-{line.position}"] = (
            "gone"
            if thing is None
            else f"{thing.archival_no} {thing.level} {thing.class_code} v{thing.version}{' marked' if thing.marked else ''}"
            + "".join(f" {hold.number}" for hold in held.get(thing.archival_no, ()))
        )
    return told


class LoanKind:
    """Slips that were handed in."""

    code: Final = KIND

    def facts(self, session: Session, subject: str) -> Mapping[str, str]:
        return _facts(session, subject)

    def went_on(self, work: UnitOfWork, request: RequestRow) -> None:
        """One level agreed and another is asked now: the slip's state says which."""
        loan = locked(work, loan_id_of(request.subject))
        agreed = {one.role for one in request.signatures if one.approves}
        if agreed & ARCHIVE_ROLES:
            if loan.state != LoanState.ARCHIVE_CHECKED.value:
                take_step(work, loan, Step.ARCHIVE_CHECK)
        elif agreed & DEPARTMENT_ROLES and loan.state == LoanState.SUBMITTED.value:
            take_step(work, loan, Step.DEPT_APPROVE)
        ask_deciders(work, loan, request)

    def settled(self, work: UnitOfWork, request: RequestRow) -> None:
        loan = locked(work, loan_id_of(request.subject))
        said = request.signatures[-1].comment if request.signatures else ""
        if request.state is RequestState.APPROVED:
            today = business_day(work.now)
            loan.approved_at = work.now
            loan.fetch_by = working_days.add_working_days(work.session, today, FETCH_WITHIN_WORKING_DAYS)
        take_step(work, loan, _ENDS[request.state], said)
        if request.state is not RequestState.APPROVED:
            let_go(work, [line for line in items(work, loan.id) if line.held])
        elif loan.use_mode == UseMode.ELECTRONIC.value:
            open_views(work, loan)
        if kind := _TOLD.get(request.state):
            facts = {"fetch_by": loan.fetch_by} if loan.fetch_by is not None else {}
            tell(work, loan.requested_by, kind, loan, f"request:{request.id}", **facts)


class RenewalKind:
    """More days for a slip that is out."""

    code: Final = RENEWAL_KIND

    def facts(self, session: Session, subject: str) -> Mapping[str, str]:
        loan = session.get(Loan, loan_id_of(subject))
        return _facts(session, subject) | {"due": str(loan.due_on) if loan else "gone"}

    def went_on(self, work: UnitOfWork, request: RequestRow) -> None:
        """Nothing of the slip shows how far its renewal is; whoever is asked next is told."""
        ask_deciders(work, locked(work, loan_id_of(request.subject)), request)

    def settled(self, work: UnitOfWork, request: RequestRow) -> None:
        loan = locked(work, loan_id_of(request.subject))
        query = select(Renewal).where(Renewal.loan_id == loan.id, Renewal.settled_at.is_(None))
        renewal = work.session.scalar(query.with_for_update())
        if renewal is None or loan.due_on is None:
            return
        granted = request.state is RequestState.APPROVED and loan.state == LoanState.RENEWAL_REQUESTED.value
        until = loan.due_on + timedelta(days=renewal.days)
        if loan.use_mode != UseMode.ELECTRONIC.value:
            until = working_days.next_working_day(work.session, until)
        renewal.settled_at, renewal.granted = work.now, granted
        if granted:
            loan.due_on = renewal.due_after = until
            loan.renewals_used += 1
        work.session.flush()
        if loan.state != LoanState.RENEWAL_REQUESTED.value:
            return
        said = request.signatures[-1].comment if request.signatures else ""
        take_step(work, loan, Step.RENEW if granted else Step.REFUSE_RENEWAL, said)
        if granted and loan.use_mode == UseMode.ELECTRONIC.value:
            lengthen_views(work, loan)
        kind = "loan.renewed" if granted else "loan.renewal-refused"
        tell(work, loan.requested_by, kind, loan, f"renewal:{renewal.id}", due=loan.due_on)


KINDS: Final = approvals.gathered(LoanKind(), RenewalKind())
"""For pages, commands and jobs that decide or let lapse."""
