"""What stands on many slips at once, for lists that are printed: items, sums of a period, people from outside."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import UserId
from archive_service.loans.models import Loan, LoanItem, Remedy
from archive_service.loans.queries.remedies import RemedyRow, remedy_row
from archive_service.loans.queries.rows import LoanItemRow, LoanRow, item_row, loan_row
from archive_service.loans.rules import IN_REMEDY, OUT, LoanId, LoanState, UseMode

HELD_STATES = (LoanState.RETURN_PENDING_CHECK, *sorted(OUT), *sorted(IN_REMEDY))


def lines_of(session: Session, actor: Actor, loan_ids: Collection[int]) -> dict[LoanId, list[LoanItemRow]]:
    """What stands on each of these slips, in its order; whoever asks has been let in to each. Titles and numbers only of
    what the actor may see by the rules of papers. Three statements, however many slips."""
    if not loan_ids:
        return {}
    found = session.scalars(
        select(LoanItem).where(LoanItem.loan_id.in_(loan_ids)).order_by(LoanItem.loan_id, LoanItem.position)
    ).all()
    papers = {i.document_id for i in found if i.document_id is not None}
    files = {i.case_file_id for i in found if i.case_file_id is not None}
    titles: dict[uuid.UUID | int, str] = {
        key: row.title for key, row in records.documents_by_id(session, actor, papers).items()
    }
    titles |= {key: row.title for key, row in records.case_files_by_id(session, actor, files).items()}
    lines: dict[LoanId, list[LoanItemRow]] = {}
    for one in found:
        title = titles.get(one.document_id or one.case_file_id or 0)
        lines.setdefault(LoanId(one.loan_id), []).append(
            item_row(one, title=title or "", hidden=title is None)
        )
    return lines


def statement(
    session: Session, *, borrower: UserId | None = None, organisation: str = "", limit: int = 200
) -> list[LoanRow]:
    """Slips whose papers a borrower has, brought back and not checked yet, or owes; first what is due first. Whoever
    calls says who may see them."""
    states = [state.value for state in HELD_STATES]
    whose = Loan.borrower_id == borrower if borrower is not None else Loan.organisation == organisation
    query = select(Loan).where(whose, Loan.state.in_(states)).order_by(Loan.due_on, Loan.id).limit(limit)
    return [loan_row(one) for one in session.scalars(query)]


def register_part(session: Session, first: date, last: date, *, offset: int, limit: int) -> list[LoanRow]:
    """Slips written in a period, in the order of their numbers. Whoever calls says who may see them."""
    within = (Loan.created_on >= first, Loan.created_on <= last)
    query = select(Loan).where(*within).order_by(Loan.created_on, Loan.id).offset(offset).limit(limit)
    return [loan_row(one) for one in session.scalars(query)]


def remedies_of_slips(session: Session, loan_ids: Collection[int]) -> dict[LoanId, list[RemedyRow]]:
    """In one statement; whoever asks has been let in to each."""
    query = select(Remedy).where(Remedy.loan_id.in_(loan_ids)).order_by(Remedy.loan_id, Remedy.id)
    found: dict[LoanId, list[RemedyRow]] = {}
    for row in session.scalars(query):
        found.setdefault(LoanId(row.loan_id), []).append(remedy_row(row))
    return found


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    """Of all slips written in a period. ``copied_pages``: copies times pages. ``overdue``: out past their day."""

    slips: int
    by_state: dict[LoanState, int]
    by_use: dict[UseMode, int]
    items: int
    copies: int
    copied_pages: int
    overdue: int
    remedies: int

    @property
    def out(self) -> int:
        return sum(self.by_state.get(state, 0) for state in OUT)

    @property
    def returned(self) -> int:
        ended = (LoanState.CLOSED, LoanState.CLOSED_WITH_REMEDY)
        return sum(self.by_state.get(state, 0) for state in ended)


def register_totals(session: Session, first: date, last: date, today: date) -> RegisterTotals:
    """Whoever calls says who may see them. Three statements."""
    within = (Loan.created_on >= first, Loan.created_on <= last)
    late = func.sum(case((Loan.state.in_(sorted(OUT)) & (Loan.due_on < today), 1), else_=0))
    by_state: dict[LoanState, int] = {}
    by_use: dict[UseMode, int] = {}
    overdue = 0
    sums = (
        select(Loan.state, Loan.use_mode, func.count(), late)
        .where(*within)
        .group_by(Loan.state, Loan.use_mode)
    )
    for state, use, count, lates in session.execute(sums):
        by_state[LoanState(state)] = by_state.get(LoanState(state), 0) + count
        by_use[UseMode(use)] = by_use.get(UseMode(use), 0) + count
        overdue += lates or 0
    items, copies, pages = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(LoanItem.copies), 0),
            func.coalesce(func.sum(LoanItem.copies * func.coalesce(LoanItem.pages_out, 0)), 0),
        )
        .join(Loan, Loan.id == LoanItem.loan_id)
        .where(*within)
    ).one()
    remedies = session.scalar(
        select(func.count()).select_from(Remedy).join(Loan, Loan.id == Remedy.loan_id).where(*within)
    )
    slips = sum(by_state.values())
    return RegisterTotals(slips, by_state, by_use, items, copies, pages, overdue, remedies or 0)
