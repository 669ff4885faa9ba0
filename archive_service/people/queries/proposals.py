"""Roles that wait for somebody's approval, and who could give it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import audit
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import UserId
from archive_service.people.models import RoleGrant, User
from archive_service.people.queries.coming_in import everybody_at_work, standing
from archive_service.people.rules.proposals import (
    APPROVING_ROLES,
    IN_HAND,
    RESTS_FOR,
    HasRole,
    PersonClosed,
    ProposalOver,
    ProposerGone,
    RoleChanged,
    ends_before,
)
from archive_service.people.rules.roles import ROLE_PERMISSIONS, Grant, Role, roles_on

_TRAIL_AT_ONCE: Final = 100


def waiting() -> ColumnElement[bool]:
    """Role grants that nobody has decided yet."""
    return and_(
        RoleGrant.approved_at.is_(None), RoleGrant.refused_at.is_(None), RoleGrant.withdrawn_at.is_(None)
    )


def two_decide(session: Session) -> bool:
    """Whether a role needs a second person's word: from the first role on that approves, and for good. Taking roles
    back or closing accounts changes nothing about it, since no grant is ever deleted."""
    was_granted = exists().where(RoleGrant.role.in_(APPROVING_ROLES), RoleGrant.approved_at.is_not(None))
    return bool(session.scalar(select(was_granted)))


def can_decide(session: Session, now: datetime, but: Collection[int | None]) -> bool:
    """Whether anybody may approve roles today, ``but`` certain people."""
    return any(
        one.may(Permission.APPROVE_ROLES)
        and one.user_id not in but
        and not (one.user_id and in_other_hands(session, now, one.user_id))
        for one in everybody_at_work(session, now)
    )


def in_other_hands(session: Session, now: datetime, user_id: UserId) -> bool:
    """Whether an administrator could lately sign in to the account: what it decides would be no second person's word.

    What was done before anybody could approve doesn't count, else the first manager could not begin; nor what whoever
    runs the server does there by command.
    """
    approves = (RoleGrant.role.in_(APPROVING_ROLES), RoleGrant.approved_at.is_not(None))
    first = session.scalar(select(func.min(RoleGrant.approved_at)).where(*approves))
    since = now - RESTS_FOR if first is None else max(first, now - RESTS_FOR)
    before: int | None = None
    while rows := audit.trail(
        session, subject=f"user:{user_id}", before=before, without=("user.signed-in",), limit=_TRAIL_AT_ONCE
    ):
        for row in rows:
            if row.at <= since:
                return False
            if row.action in IN_HAND and row.actor.partition("/")[0] not in ("service", f"user:{user_id}"):
                return True
        before = rows[-1].seq
    return False


@dataclass(frozen=True, slots=True)
class Terms:
    """From when to when a role holds, and the classes of its own."""

    valid_from: date
    valid_to: date | None
    classes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A role that waits. ``held``: roles that the person has today. ``before``: what they have of this role already,
    which ends with the approval. ``objection``: why it can't be approved any more, None if it can."""

    id: int
    user_id: UserId
    name: str
    display_name: str
    role: Role
    terms: Terms
    before: Terms | None
    held: tuple[Role, ...]
    proposer: int | None
    proposed_by: str | None  # display name, None: the service
    proposed_at: datetime
    objection: ArchiveError | None


def waiting_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(RoleGrant).where(waiting())) or 0


def to_decide_count(session: Session, actor: Actor) -> int:
    """How many wait for the actor, who decides neither on what they proposed nor on their own roles."""
    query = select(func.count()).select_from(RoleGrant)
    others = or_(RoleGrant.granted_by.is_(None), RoleGrant.granted_by != actor.user_id)
    return session.scalar(query.where(waiting(), others, RoleGrant.user_id != actor.user_id)) or 0


def proposals(session: Session, now: datetime, *, offset: int = 0, limit: int = 50) -> list[ProposalRow]:
    """What waits, oldest first, in two statements."""
    return _rows(session, now, None, offset, limit)


def proposal(session: Session, now: datetime, grant_id: int) -> ProposalRow | None:
    """The one with this id as long as it waits."""
    return next(iter(_rows(session, now, grant_id, 0, 1)), None)


def _rows(
    session: Session, now: datetime, grant_id: int | None, offset: int, limit: int
) -> list[ProposalRow]:
    proposer = aliased(User)
    query = (
        select(RoleGrant, User, proposer)
        .join(User, User.id == RoleGrant.user_id)
        .outerjoin(proposer, proposer.id == RoleGrant.granted_by)
        .where(waiting())
        .order_by(RoleGrant.id)
        .offset(offset)
        .limit(limit)
    )
    if grant_id is not None:
        query = query.where(RoleGrant.id == grant_id)
    found = session.execute(query).all()
    concerned = {grant.user_id for grant, _, _ in found} | {grant.granted_by for grant, _, _ in found}
    theirs: dict[int, list[RoleGrant]] = {}
    for one in session.scalars(
        select(RoleGrant).where(RoleGrant.user_id.in_(concerned - {None}), standing())
    ):
        theirs.setdefault(one.user_id, []).append(one)
    today = business_day(now)
    rows = []
    for grant, user, by in found:
        may_propose = by is None or (by.active and _may_propose(theirs.get(by.id, []), today))
        held = theirs.get(user.id, [])
        same = next((one for one in held if one.role == grant.role), None)
        rows.append(
            ProposalRow(
                grant.id,
                UserId(user.id),
                user.name,
                user.display_name,
                Role(grant.role),
                _terms(grant),
                _terms(same) if same is not None and same.id == grant.replaces else None,
                _roles(held, today),
                grant.granted_by,
                None if by is None else by.display_name,
                grant.granted_at,
                _objection(grant, same, today, is_open=user.active, may_propose=may_propose),
            )
        )
    return rows


def _terms(grant: RoleGrant) -> Terms:
    classes = None if grant.classes is None else tuple(grant.classes)
    return Terms(grant.valid_from, grant.valid_to, classes)


def _roles(grants: Collection[RoleGrant], today: date) -> tuple[Role, ...]:
    return roles_on(today, [Grant(Role(one.role), one.valid_from, one.valid_to) for one in grants])


def _may_propose(grants: Collection[RoleGrant], today: date) -> bool:
    return any(Permission.MANAGE_PEOPLE in ROLE_PERMISSIONS[role] for role in _roles(grants, today))


def _objection(
    grant: RoleGrant, same: RoleGrant | None, today: date, *, is_open: bool, may_propose: bool
) -> ArchiveError | None:
    if not is_open:
        return PersonClosed()
    if not may_propose:
        return ProposerGone()
    if ends_before(grant.valid_to, today):
        return ProposalOver()
    if grant.replaces is not None and (same is None or same.id != grant.replaces):
        return RoleChanged()
    if grant.replaces is None and same is not None and not ends_before(same.valid_to, today):
        return HasRole()
    return None
