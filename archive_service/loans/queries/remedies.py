"""What is being made good, and what the inventory says of it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.loans.models import LOST_HERE, UNSETTLED, Loan, LoanItem, Remedy
from archive_service.loans.rules import LoanId, LoanItemId, Outcome
from archive_service.loans.rules.remedies import Rebuilt, RemedyState, RemedyStep, next_step


@dataclass(frozen=True, slots=True)
class RemedyRow:
    """``compensation_fen``: None until it was decided, 0 for none. ``replacement_id``: the filed 补制件."""

    id: int
    loan_id: LoanId
    item_id: LoanItemId
    outcome: Outcome
    state: RemedyState
    opened_at: datetime
    opened_by: int | None
    statement: str
    statement_at: datetime | None
    statement_by: int | None
    rebuilt: Rebuilt | None
    rebuilt_source: str
    replacement_id: uuid.UUID | None
    rebuilt_at: datetime | None
    rebuilt_by: int | None
    compensation_fen: int | None
    compensation_note: str
    compensated_at: datetime | None
    compensated_by: int | None
    note: str
    closed_at: datetime | None
    closed_by: int | None

    @property
    def next(self) -> RemedyStep | None:
        return next_step(
            statement=self.statement_at is not None,
            rebuilt=self.rebuilt is not None,
            compensated=self.compensation_fen is not None,
            noted=self.note != "",
        )


def remedy_row(r: Remedy) -> RemedyRow:
    return RemedyRow(
        id=r.id,
        loan_id=LoanId(r.loan_id),
        item_id=LoanItemId(r.loan_item_id),
        outcome=Outcome(r.outcome),
        state=RemedyState(r.state),
        opened_at=r.opened_at,
        opened_by=r.opened_by,
        statement=r.statement,
        statement_at=r.statement_at,
        statement_by=r.statement_by,
        rebuilt=Rebuilt(r.rebuilt) if r.rebuilt else None,
        rebuilt_source=r.rebuilt_source,
        replacement_id=r.replacement_id,
        rebuilt_at=r.rebuilt_at,
        rebuilt_by=r.rebuilt_by,
        compensation_fen=r.compensation_fen,
        compensation_note=r.compensation_note,
        compensated_at=r.compensated_at,
        compensated_by=r.compensated_by,
        note=r.note,
        closed_at=r.closed_at,
        closed_by=r.closed_by,
    )


def remedies_of(session: Session, loan_id: int) -> list[RemedyRow]:
    """In the order of the items; whoever asks has been let in by ``loan``."""
    query = (
        select(Remedy).where(Remedy.loan_id == loan_id).order_by(Remedy.loan_item_id, Remedy.id).limit(200)
    )
    return [remedy_row(r) for r in session.scalars(query)]


def open_remedies(session: Session, *, offset: int = 0, limit: int = 50) -> list[RemedyRow]:
    """Suspected and open, the oldest first; for who hands out loans."""
    query = select(Remedy).where(UNSETTLED).order_by(Remedy.id).offset(offset).limit(limit)
    return [remedy_row(r) for r in session.scalars(query)]


@dataclass(frozen=True, slots=True)
class FateRow:
    """What the inventory says of a paper or file: lost on slip ``number``, or that it is a replacement (补制件), and
    from where."""

    lost: bool
    replacement: bool
    source: str
    note: str
    number: str


def fates(
    session: Session, *, documents: Collection[uuid.UUID] = (), case_files: Collection[int] = ()
) -> dict[uuid.UUID | int, FateRow]:
    """By document or case file id; those of which there is something to say. Two statements."""
    found: dict[uuid.UUID | int, FateRow] = {}
    replaced = (
        select(Remedy, Loan.number)
        .join(Loan, Loan.id == Remedy.loan_id)
        .where(Remedy.replacement_id.in_(documents))
    )
    for remedy, number in session.execute(replaced):
        if remedy.replacement_id is not None:
            found[remedy.replacement_id] = FateRow(False, True, remedy.rebuilt_source, remedy.note, number)
    lost = (
        select(LoanItem, Loan.number, Remedy.note)
        .join(Loan, Loan.id == LoanItem.loan_id)
        .outerjoin(
            Remedy, (Remedy.loan_item_id == LoanItem.id) & (Remedy.state != RemedyState.DISMISSED.value)
        )
        .where(LOST_HERE, or_(LoanItem.document_id.in_(documents), LoanItem.case_file_id.in_(case_files)))
    )
    for item, number, note in session.execute(lost):
        key = item.document_id if item.document_id is not None else item.case_file_id
        if key is not None:
            found[key] = FateRow(True, False, "", note or "", number)
    return found
