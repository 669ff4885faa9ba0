"""What waits at the lending counter, in numbers."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, TextClause, false, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, Permission
from archive_service.loans.models import IS_OUT, TO_FETCH, Loan
from archive_service.loans.rules import LoanState


@dataclass(frozen=True, slots=True)
class Waiting:
    """Slips to hand out, to check and overdue, of everybody; and ``mine``: what the actor has, ``mine_late`` of it
    overdue. 0 where it is not for the actor to know."""

    to_fetch: int
    to_check: int
    overdue: int
    mine: int
    mine_late: int


def waiting(session: Session, actor: Actor, today: date) -> Waiting:
    """In one statement, each number by an index."""
    keeps = actor.may(Permission.HAND_OUT_LOANS)
    checked = Loan.state == LoanState.RETURN_PENDING_CHECK.value
    late = Loan.due_on < today
    mine = Loan.borrower_id == actor.user_id if actor.user_id is not None else false()
    counted = [
        _count(TO_FETCH) if keeps else None,
        _count(checked) if keeps else None,
        _count(IS_OUT, late) if keeps else None,
        _count(mine, IS_OUT),
        _count(mine, IS_OUT, late),
    ]
    row = session.execute(select(*[one for one in counted if one is not None])).one()
    found = iter(row)
    return Waiting(*(0 if one is None else int(next(found)) for one in counted))


def _count(*conditions: ColumnElement[bool] | TextClause) -> ScalarSelect[int]:
    return select(func.count()).select_from(Loan).where(*conditions).scalar_subquery()
