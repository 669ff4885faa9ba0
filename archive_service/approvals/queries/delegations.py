"""Who decides for whom, and for how long."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.approvals.models import ApprovalDelegation
from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import DelegationId, UserId


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """``holds``: today. ``ahead``: it may still come to that."""

    id: DelegationId
    from_id: UserId
    from_name: str
    to_id: UserId
    to_name: str
    first_day: date
    last_day: date
    reason: str
    made_at: datetime
    ended_at: datetime | None
    holds: bool
    ahead: bool


def delegations(
    session: Session, now: datetime, concerned: UserId | None, *, before: int | None = None, limit: int = 50
) -> list[DelegationRow]:
    """Those from and to one person, or all of them (None), the latest first."""
    query = select(ApprovalDelegation).order_by(ApprovalDelegation.id.desc()).limit(limit)
    if concerned is not None:
        query = query.where(
            or_(ApprovalDelegation.from_id == concerned, ApprovalDelegation.to_id == concerned)
        )
    if before is not None:
        query = query.where(ApprovalDelegation.id < before)
    found = session.scalars(query).all()
    names = people.display_names(session, {one.from_id for one in found} | {one.to_id for one in found})
    today = business_day(now)
    return [
        DelegationRow(
            DelegationId(one.id),
            UserId(one.from_id),
            names[one.from_id],
            UserId(one.to_id),
            names[one.to_id],
            one.first_day,
            one.last_day,
            one.reason,
            one.made_at,
            one.ended_at,
            one.ended_at is None and one.first_day <= today <= one.last_day,
            one.ended_at is None and today <= one.last_day,
        )
        for one in found
    ]
