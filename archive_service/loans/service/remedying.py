"""Make good what was damaged, incomplete or lost: (a) statement, (b) made again, (c) compensation, (d) note."""

import uuid

from sqlalchemy import select

from archive_service import records
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.loans.models import Loan, LoanItem, Remedy, Reservation
from archive_service.loans.queries.remedies import RemedyRow, remedy_row
from archive_service.loans.rules import LoanState, Outcome, Step
from archive_service.loans.rules.asking import clean
from archive_service.loans.rules.refusals import (
    BadAmount,
    NeedsPurpose,
    NeedsSource,
    OwnLoan,
    RemedyOutOfOrder,
)
from archive_service.loans.rules.remedies import Rebuilt, RemedyState, RemedyStep
from archive_service.loans.rules.waiting import ReservationState
from archive_service.loans.service.queueing import hold_things, let_go
from archive_service.loans.service.returning import put_in_place
from archive_service.loans.service.steps import count_up, items, locked, take_step
from archive_service.loans.service.telling import tell
from archive_service.unit_of_work import UnitOfWork

MOST_FEN = 100_000_000_00
LONGEST_STATEMENT = 2000


def _due(work: UnitOfWork, remedy_id: int, step: RemedyStep) -> tuple[Loan, Remedy]:
    """The remedy, if ``step`` is the next of it. Raises NotFound, Forbidden, OwnLoan, RemedyOutOfOrder."""
    work.actor.must(Permission.HAND_OUT_LOANS)
    known = work.session.get(Remedy, remedy_id)
    if known is None:
        raise NotFound()
    loan = locked(work, known.loan_id)
    query = select(Remedy).where(Remedy.id == remedy_id).with_for_update()
    row = work.session.scalars(query.execution_options(populate_existing=True)).one()
    if loan.borrower_id == work.actor.user_id:
        raise OwnLoan()
    if row.state != RemedyState.OPEN.value or remedy_row(row).next is not step:
        raise RemedyOutOfOrder()
    return loan, row


def _noted(work: UnitOfWork, loan: Loan, row: Remedy, step: RemedyStep, **facts: object) -> RemedyRow:
    count_up(work, loan)
    work.audit(f"remedy.{step.value}", f"loan:{loan.id}", remedy=row.id, **facts)
    return remedy_row(row)


def give_statement(work: UnitOfWork, remedy_id: int, text: str) -> RemedyRow:
    """(a) What the borrower says, as it was written down. Raises as ``_due``, NeedsPurpose, TextTooLong."""
    loan, row = _due(work, remedy_id, RemedyStep.STATEMENT)
    said = clean(text, "statement", LONGEST_STATEMENT)
    if not said:
        raise NeedsPurpose(field="statement")
    row.statement, row.statement_at, row.statement_by = said, work.now, work.actor.user_id
    return _noted(work, loan, row, RemedyStep.STATEMENT)


def rebuild(
    work: UnitOfWork,
    remedy_id: int,
    how: Rebuilt,
    *,
    source: str = "",
    replacement_id: uuid.UUID | None = None,
) -> RemedyRow:
    """(b) How it was made again, from where, and which filed paper is the replacement (补制件); or that it can't be.

    Raises as ``_due``, NeedsSource, NotFound for a replacement that the actor does not see.
    """
    loan, row = _due(work, remedy_id, RemedyStep.REBUILD)
    told = clean(source, "source", 255)
    if (how is not Rebuilt.IMPOSSIBLE and not told) or (
        how is Rebuilt.IMPOSSIBLE and replacement_id is not None
    ):
        raise NeedsSource(field="source")
    if replacement_id is not None:
        item = work.session.get(LoanItem, row.loan_item_id)
        records.document(work.session, work.actor, replacement_id)
        filed = records.lendable_papers(work.session, [replacement_id])
        if not filed or (item is not None and item.document_id == replacement_id):
            raise NeedsSource(field="replacement")
    row.rebuilt, row.rebuilt_source, row.replacement_id = how.value, told, replacement_id
    row.rebuilt_at, row.rebuilt_by = work.now, work.actor.user_id
    return _noted(work, loan, row, RemedyStep.REBUILD, how=how.value, replacement=str(replacement_id or ""))


def compensate(work: UnitOfWork, remedy_id: int, fen: int, *, note: str = "") -> RemedyRow:
    """(c) The amount in fen that was decided outside of the service, 0 for none. Raises as ``_due``, BadAmount."""
    loan, row = _due(work, remedy_id, RemedyStep.COMPENSATE)
    if not 0 <= fen <= MOST_FEN:
        raise BadAmount(field="amount")
    row.compensation_fen, row.compensation_note = fen, clean(note, "note", 255)
    row.compensated_at, row.compensated_by = work.now, work.actor.user_id
    return _noted(work, loan, row, RemedyStep.COMPENSATE, fen=fen)


def note(work: UnitOfWork, remedy_id: int, text: str) -> RemedyRow:
    """(d) What the inventory says of it from now on, which ends this remedy; the last one ends the slip. What is lost
    stays in the inventory for ever; the rest goes back to its place. Raises as ``_due``, NeedsPurpose."""
    loan, row = _due(work, remedy_id, RemedyStep.NOTE)
    said = clean(text, "note")
    if not said:
        raise NeedsPurpose(field="note")
    row.note, row.state = said, RemedyState.DONE.value
    row.closed_at, row.closed_by = work.now, work.actor.user_id
    told = _noted(work, loan, row, RemedyStep.NOTE)
    left = select(Remedy.id).where(Remedy.loan_id == loan.id, Remedy.state == RemedyState.OPEN.value)
    if work.session.scalar(left.limit(1)) is None:
        _close(work, loan)
    return told


def _close(work: UnitOfWork, loan: Loan) -> None:
    assert loan.state == LoanState.REMEDY.value
    lines = items(work, loan.id)
    hold_things(work, lines)
    lost = [line for line in lines if line.outcome == Outcome.LOST.value]
    back = [line for line in lines if line.held and line.outcome != Outcome.LOST.value]
    put_in_place(work, back)
    take_step(work, loan, Step.CLOSE_REMEDY)
    for line in lost:
        line.held = False
        _tell_waiting(work, line)
    let_go(work, back)


def _tell_waiting(work: UnitOfWork, line: LoanItem) -> None:
    """Nobody gets what is lost: those who wait for it are told, and stand in line no more."""
    same = (
        Reservation.document_id == line.document_id
        if line.document_id is not None
        else Reservation.case_file_id == line.case_file_id
    )
    waiting = select(Reservation).where(same, Reservation.state.in_(("waiting", "offered"))).with_for_update()
    for row in work.session.scalars(waiting.order_by(Reservation.id)).all():
        row.state, row.ended_at = ReservationState.LAPSED.value, work.now
        other = work.session.get(Loan, row.loan_id)
        if other is not None:
            tell(work, other.requested_by, "loan.item-lost", other, f"item-lost:{row.id}")
    work.session.flush()
