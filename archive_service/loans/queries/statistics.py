"""What lending looked like over a period: sums in the database, by the days on which slips were written, as in the
register. What was never handed in is not counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.db import DaysBetween
from archive_service.kernel.ids import UserId
from archive_service.loans.models import Loan, LoanItem
from archive_service.loans.rules import BorrowerKind, Purpose, UseMode

MOST_NAMED = 100
"""Borrowers and classes that are named; the rest is one line."""


@dataclass(frozen=True, slots=True)
class Sum:
    """``slips`` handed in; of them ``lent``: handed out and to be brought back; of these ``late``: brought back after
    the due day, or due before today and still out."""

    slips: int = 0
    lent: int = 0
    late: int = 0

    @property
    def late_share(self) -> float | None:
        """From 0 to 1; None where nothing had to come back."""
        return self.late / self.lent if self.lent else None


@dataclass(frozen=True, slots=True)
class Borrower:
    """A colleague by ``user_id``, an organisation by its name, all owners as one."""

    kind: BorrowerKind
    user_id: UserId | None
    organisation: str
    sums: Sum


@dataclass(frozen=True, slots=True)
class OfClass:
    """``items`` on slips, ``copies`` made of them."""

    code: str
    items: int
    copies: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """``days_out``: (whole days from hand-out to return, how many slips), of those that came back, by days."""

    sums: Sum
    by_month: tuple[tuple[date, Sum], ...]
    by_use: tuple[tuple[UseMode, Sum], ...]
    by_purpose: tuple[tuple[Purpose, Sum], ...]
    by_borrower: tuple[Borrower, ...]
    by_class: tuple[OfClass, ...]
    days_out: tuple[tuple[int, int], ...]

    @property
    def returned(self) -> int:
        return sum(count for _, count in self.days_out)

    @property
    def median_days(self) -> int | None:
        """The lower of the two in the middle; None while nothing came back."""
        middle, passed = (self.returned + 1) // 2, 0
        for days, count in self.days_out:
            passed += count
            if passed >= middle > 0:
                return days
        return None

    @property
    def longest_days(self) -> int | None:
        return self.days_out[-1][0] if self.days_out else None


def statistics(session: Session, first: date, last: date, today: date) -> Statistics:
    """Of slips written from ``first`` to ``last``, both included. Whoever calls says who may see them. Six statements,
    whatever the period; what they bring is bounded by codes, months, days and MOST_NAMED.
    """
    within = and_(Loan.created_on >= first, Loan.created_on <= last, Loan.submitted_at.is_not(None))
    to_come_back = and_(
        Loan.issued_at.is_not(None),
        Loan.due_on.is_not(None),
        Loan.use_mode != UseMode.ELECTRONIC.value,  # ends by itself
    )
    back_late = DaysBetween(Loan.due_on, Loan.taken_back_at) > 0
    late = and_(to_come_back, or_(back_late, and_(Loan.taken_back_at.is_(None), Loan.due_on < today)))
    sums = (func.count(), _counted(to_come_back), _counted(late))

    def by(*keys: SQLColumnExpression[Any]) -> Sequence[Any]:
        query = select(*keys, *sums).where(within).group_by(*keys).order_by(func.count().desc(), *keys)
        return session.execute(query).all()

    year, month = func.extract("year", Loan.created_on), func.extract("month", Loan.created_on)
    months = sorted((date(int(row[0]), int(row[1]), 1), _sum(row[2:])) for row in by(year, month))
    whose = select(Loan.borrower_kind, Loan.borrower_id, Loan.organisation, *sums).where(within)
    keys = (Loan.borrower_kind, Loan.borrower_id, Loan.organisation)
    borrowers = session.execute(
        whose.group_by(*keys).order_by(func.count().desc(), *keys).limit(MOST_NAMED)
    ).all()
    classes = session.execute(
        select(LoanItem.class_code, func.count(), func.coalesce(func.sum(LoanItem.copies), 0))
        .join(Loan, Loan.id == LoanItem.loan_id)
        .where(within)
        .group_by(LoanItem.class_code)
        .order_by(func.count().desc(), LoanItem.class_code)
        .limit(MOST_NAMED)
    ).all()
    days = DaysBetween(Loan.issued_at, Loan.taken_back_at)
    out = session.execute(
        select(days, func.count())
        .where(within, to_come_back, Loan.taken_back_at.is_not(None))
        .group_by(days)
        .order_by(days)
    ).all()
    return Statistics(
        sums=_total([one for _, one in months]),
        by_month=tuple(months),
        by_use=tuple((UseMode(row[0]), _sum(row[1:])) for row in by(Loan.use_mode)),
        by_purpose=tuple((Purpose(row[0]), _sum(row[1:])) for row in by(Loan.purpose)),
        by_borrower=tuple(
            Borrower(BorrowerKind(row[0]), None if row[1] is None else UserId(row[1]), row[2], _sum(row[3:]))
            for row in borrowers
        ),
        by_class=tuple(OfClass(*row) for row in classes),
        days_out=tuple((int(row[0]), int(row[1])) for row in out),
    )


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _sum(row: Sequence[Any]) -> Sum:
    slips, lent, late = row
    return Sum(int(slips), int(lent), int(late))


def _total(sums: Sequence[Sum]) -> Sum:
    return Sum(sum(s.slips for s in sums), sum(s.lent for s in sums), sum(s.late for s in sums))
