"""Who may decide for whom today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.approvals.models import ApprovalDelegation
from archive_service.approvals.rules import Decided, Hat
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import DelegationId, UserId
from archive_service.people import Role


@dataclass(frozen=True, slots=True)
class AtWork:
    """Everybody who has a role today, and the delegations of today; asked for once a page."""

    roles: dict[UserId, tuple[Role, ...]]  # of those who decide at all
    delegations: tuple[tuple[DelegationId, UserId, UserId], ...]  # id, from, to


def at_work(session: Session, now: datetime) -> AtWork:
    """In two statements."""
    roles = {
        one.user_id: tuple(Role(role) for role in one.roles)
        for one in people.everybody_at_work(session, now)
        if one.user_id is not None and one.may(Permission.DECIDE_APPROVALS)
    }
    today = business_day(now)
    found = session.execute(
        select(ApprovalDelegation.id, ApprovalDelegation.from_id, ApprovalDelegation.to_id)
        .where(
            ApprovalDelegation.ended_at.is_(None),
            ApprovalDelegation.first_day <= today,
            ApprovalDelegation.last_day >= today,
        )
        .order_by(ApprovalDelegation.id)
    )
    return AtWork(roles, tuple((DelegationId(d), UserId(a), UserId(b)) for d, a, b in found))


def hats_of(there: AtWork, user_id: UserId) -> tuple[Hat, ...]:
    """Their own hat, then those that others lent them; none for who holds no role that decides. Who delegated must
    hold the role themselves today: what is lent can't be lent on."""
    own = there.roles.get(user_id)
    if own is None:
        return ()
    lent = (
        Hat(owner, there.roles[owner], delegation)
        for delegation, owner, to in there.delegations
        if to == user_id and owner in there.roles
    )
    return (Hat(user_id, own), *lent)


@dataclass(frozen=True, slots=True)
class Able:
    """Somebody who could decide now: ``owner`` is whom they would decide for, themselves or who delegated."""

    user_id: UserId
    owner: UserId


def able(there: AtWork, role: Role, requester: UserId, decided: Sequence[Decided]) -> tuple[Able, ...]:
    """Who could give the next word on a request, each person once."""
    worn, spoke = {one.hat for one in decided}, {one.by for one in decided}
    found = []
    for user_id in there.roles:
        if user_id == requester or user_id in spoke:
            continue
        hats = [
            hat
            for hat in hats_of(there, user_id)
            if role in hat.roles and hat.owner != requester and hat.owner not in worn
        ]
        if hats:
            found.append(Able(user_id, hats[0].owner))
    return tuple(found)
