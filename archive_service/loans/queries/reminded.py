"""How often a slip was reminded of, by the days and by somebody's own hand (催还)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import UserId
from archive_service.loans.models import LoanChase, LoanReminder

MOST = 100


@dataclass(frozen=True, slots=True)
class RemindedRow:
    """``stage``: days after the due day, negative before it, None where somebody (``by``) asked for it back."""

    at: datetime
    stage: int | None
    by: UserId | None


def reminded(session: Session, loan_id: int) -> list[RemindedRow]:
    """The newest first."""
    r, c = LoanReminder, LoanChase
    told = session.execute(
        select(r.told_at, r.stage).where(r.loan_id == loan_id).order_by(r.told_at.desc()).limit(MOST)
    )
    chased = session.execute(
        select(c.at, c.by).where(c.loan_id == loan_id).order_by(c.day.desc()).limit(MOST)
    )
    rows = [RemindedRow(at, stage, None) for at, stage in told]
    rows += [RemindedRow(at, None, UserId(by)) for at, by in chased]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def chased_on(rows: Iterable[RemindedRow], day: date) -> bool:
    return any(row.by is not None and business_day(row.at) == day for row in rows)
