"""What lies before who hands out and takes back: items that wait to be fetched, and items that are out."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import UserId
from archive_service.loans.models import IS_OUT, Loan, LoanItem
from archive_service.loans.queries.rows import LoanItemRow, LoanRow, item_row, loan_row
from archive_service.loans.queries.slips import seen, titles_of
from archive_service.loans.rules import LoanState, UseMode

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One item with its slip. ``goes_out``: approved and to be fetched; otherwise it is out and not yet brought back."""

    loan: LoanRow
    item: LoanItemRow

    @property
    def goes_out(self) -> bool:
        return self.loan.state is LoanState.APPROVED


_AT_THE_DESK = and_(
    Loan.use_mode != UseMode.ELECTRONIC.value,
    or_(
        Loan.state == LoanState.APPROVED.value,
        and_(IS_OUT, LoanItem.back_at.is_(None), LoanItem.outcome.is_(None)),
    ),
)


def lines(session: Session, actor: Actor, item_ids: Collection[int]) -> list[DeskLine]:
    """Those of the given items that still can be handed out or taken back. Three statements."""
    return _found(session, actor, LoanItem.id.in_(item_ids))


def lines_of_person(session: Session, actor: Actor, user_id: UserId) -> list[DeskLine]:
    return _found(session, actor, Loan.borrower_id == user_id)


def lines_of_slip(session: Session, actor: Actor, number: str) -> list[DeskLine]:
    return _found(session, actor, Loan.number == number)


def lines_of_thing(
    session: Session, actor: Actor, *, document_id: uuid.UUID | None = None, case_file_id: int | None = None
) -> list[DeskLine]:
    """A paper alone, or a case file as a whole."""
    if document_id is not None:
        return _found(session, actor, LoanItem.document_id == document_id)
    return _found(session, actor, and_(LoanItem.case_file_id == case_file_id, LoanItem.document_id.is_(None)))


def _found(session: Session, actor: Actor, which: ColumnElement[bool]) -> list[DeskLine]:
    query = (
        select(Loan, LoanItem)
        .join(LoanItem, LoanItem.loan_id == Loan.id)
        .where(which, _AT_THE_DESK, seen(actor))
        .order_by(Loan.id, LoanItem.position)
        .limit(MOST_LINES)
    )
    found = session.execute(query).all()
    titles = titles_of(session, actor, [item for _, item in found])
    rows = []
    for loan, item in found:
        title = titles.get(item.id)
        rows.append(DeskLine(loan_row(loan), item_row(item, title=title or "", hidden=title is None)))
    return rows
