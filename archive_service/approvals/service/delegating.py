"""委托代批: for some days somebody else decides for one."""

from datetime import date

from sqlalchemy import select, update

from archive_service.approvals.models import ApprovalDelegation
from archive_service.approvals.queries.hats import at_work
from archive_service.approvals.rules import (
    LONGEST_REASON,
    AlreadyDelegated,
    CannotDeputise,
    DelegationNeedsReason,
    DelegationOver,
    NeedsPerson,
    WrongDelegation,
    checked_days,
    said,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DelegationId, UserId
from archive_service.unit_of_work import UnitOfWork


def delegate(work: UnitOfWork, to: UserId, first_day: date, last_day: date, reason: str) -> DelegationId:
    """Let ``to`` decide for the actor, from one business day to another, both included. It counts on days on which the
    actor holds the role asked for, and never makes two words of one person's.

    Raises Forbidden, NeedsPerson, WrongDelegation, DelegationNeedsReason, CommentTooLong, CannotDeputise,
    AlreadyDelegated.
    """
    work.actor.must(Permission.DECIDE_APPROVALS)
    me = work.actor.user_id
    if me is None:
        raise NeedsPerson()
    if to == me:
        raise WrongDelegation(field="to")
    checked_days(first_day, last_day, business_day(work.now))
    reason = " ".join(said(reason, LONGEST_REASON, "reason").split())
    if not reason:
        raise DelegationNeedsReason(field="reason")
    if to not in at_work(work.session, work.now).roles:
        raise CannotDeputise(field="to")
    overlapping = select(ApprovalDelegation.id).where(
        ApprovalDelegation.from_id == me,
        ApprovalDelegation.to_id == to,
        ApprovalDelegation.ended_at.is_(None),
        ApprovalDelegation.first_day <= last_day,
        ApprovalDelegation.last_day >= first_day,
    )
    if work.session.scalars(overlapping).first() is not None:
        raise AlreadyDelegated()
    row = ApprovalDelegation(
        from_id=me, to_id=to, first_day=first_day, last_day=last_day, reason=reason, made_at=work.now
    )
    work.session.add(row)
    work.session.flush()
    work.audit(
        "delegation.made",
        f"user:{me}",
        delegation=row.id,
        to=to,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
    )
    return DelegationId(row.id)


def end_delegation(work: UnitOfWork, delegation_id: DelegationId) -> None:
    """From now on it counts no more; by who delegated, or by who was to decide for them.

    Raises Forbidden, NeedsPerson, NotFound, DelegationOver.
    """
    work.actor.must(Permission.DECIDE_APPROVALS)
    me = work.actor.user_id
    if me is None:
        raise NeedsPerson()
    row = work.session.get(ApprovalDelegation, delegation_id)
    if row is None or me not in (row.from_id, row.to_id):
        raise NotFound()
    ended = work.session.execute(
        update(ApprovalDelegation)
        .where(
            ApprovalDelegation.id == delegation_id,
            ApprovalDelegation.ended_at.is_(None),
            ApprovalDelegation.last_day >= business_day(work.now),
        )
        .values(ended_at=work.now, ended_by=me)
        .execution_options(synchronize_session=False)
        .returning(ApprovalDelegation.id)
    ).all()
    if not ended:
        raise DelegationOver()
    work.session.expire(row)
    work.audit("delegation.ended", f"user:{row.from_id}", delegation=delegation_id, to=row.to_id)
