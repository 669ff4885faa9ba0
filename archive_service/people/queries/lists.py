"""What the pages about people list."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.people.models import RoleGrant, SightGrant, User
from archive_service.people.queries.coming_in import standing
from archive_service.people.queries.proposals import waiting
from archive_service.people.rules.proposals import GrantState, ends_before
from archive_service.people.rules.roles import Grant, Role, SightTarget, roles_on


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list of people; ``roles`` of today, ``waiting``: those that somebody must approve first."""

    user_id: UserId
    name: str
    display_name: str
    active: bool
    has_password: bool
    second_factor: bool
    last_signed_in_at: datetime | None
    created_at: datetime
    roles: tuple[Role, ...]
    waiting: tuple[Role, ...]


SORTS: Final = {"name": User.name, "display_name": User.display_name, "seen": User.last_signed_in_at}


def display_names(session: Session, user_ids: Collection[int] | None = None) -> dict[int, str]:
    """How people are called, by id; everybody without ``user_ids``. Always one statement."""
    query = select(User.id, User.display_name)
    if user_ids is not None:
        query = query.where(User.id.in_(user_ids))
    return {user_id: name for user_id, name in session.execute(query)}  # noqa: C416  (rows are no pairs to mypy)


def mail_address(session: Session, user_id: UserId) -> tuple[str, str] | None:
    """E-mail address and language of somebody whose account is open; None without an address."""
    told = session.execute(
        select(User.email, User.language).where(User.id == user_id, User.active)
    ).one_or_none()
    return (told.email, told.language or "") if told is not None and told.email else None


def person_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def people(
    session: Session, now: datetime, *, sort: str = "name", offset: int = 0, limit: int | None = None
) -> list[PersonRow]:
    """A page of the list. ``sort``: a key of SORTS, with ``-`` before it for descending."""
    column = SORTS[sort.removeprefix("-")]
    order = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_first()
    users = session.scalars(select(User).order_by(order, User.id).offset(offset).limit(limit)).all()
    return _person_rows(session, now, users)


def person(session: Session, now: datetime, user_id: UserId) -> PersonRow | None:
    user = session.get(User, user_id)
    return None if user is None else _person_rows(session, now, [user])[0]


def _person_rows(session: Session, now: datetime, users: Sequence[User]) -> list[PersonRow]:
    grants: dict[int, list[Grant]] = {}
    proposed: dict[int, set[Role]] = {}
    found = session.execute(
        select(
            RoleGrant.user_id,
            RoleGrant.role,
            RoleGrant.valid_from,
            RoleGrant.valid_to,
            RoleGrant.approved_at.is_not(None),
        ).where(RoleGrant.user_id.in_([user.id for user in users]), or_(standing(), waiting()))
    )
    for user_id, role, start, end, is_approved in found:
        if is_approved:
            grants.setdefault(user_id, []).append(Grant(Role(role), start, end))
        else:
            proposed.setdefault(user_id, set()).add(Role(role))
    today = business_day(now)
    return [
        PersonRow(
            UserId(user.id),
            user.name,
            user.display_name,
            user.active,
            user.password is not None,
            user.tf_primary_method is not None,
            user.last_signed_in_at,
            user.created_at,
            roles_on(today, grants.get(user.id, ())),
            tuple(role for role in Role if role in proposed.get(user.id, ())),
        )
        for user in users
    ]


@dataclass(frozen=True, slots=True)
class GrantRow:
    """``by``: display names, None for the service or for nobody yet. ``decided_at``: when it was approved, refused or
    withdrawn. ``reason``: of a refusal. ``proposer``: the person's id."""

    id: int
    role: Role
    state: GrantState
    valid_from: date
    valid_to: date | None
    granted_by: str | None
    granted_at: datetime
    proposer: int | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    revoked_at: datetime | None
    holds: bool  # today
    classes: tuple[str, ...] | None  # own instead of the role's usual ones
    is_over: bool  # its last day is


def _state(grant: RoleGrant) -> GrantState:
    if grant.refused_at is not None:
        return GrantState.REFUSED
    if grant.withdrawn_at is not None:
        return GrantState.WITHDRAWN
    if grant.approved_at is None:
        return GrantState.WAITING
    return GrantState.APPROVED if grant.revoked_at is None else GrantState.REVOKED


def grants_of(session: Session, now: datetime, user_id: UserId) -> list[GrantRow]:
    """Every grant that a person ever had or was to have, the latest first."""
    decider = aliased(User)
    decided_by = func.coalesce(RoleGrant.approved_by, RoleGrant.refused_by, RoleGrant.withdrawn_by)
    rows = session.execute(
        select(RoleGrant, User.display_name, decider.display_name)
        .outerjoin(User, User.id == RoleGrant.granted_by)
        .outerjoin(decider, decider.id == decided_by)
        .where(RoleGrant.user_id == user_id)
        .order_by(RoleGrant.id.desc())
    )
    today = business_day(now)
    return [
        GrantRow(
            grant.id,
            Role(grant.role),
            _state(grant),
            grant.valid_from,
            grant.valid_to,
            by,
            grant.granted_at,
            grant.granted_by,
            decided,
            grant.approved_at or grant.refused_at or grant.withdrawn_at,
            grant.refuse_reason,
            grant.revoked_at,
            _state(grant) is GrantState.APPROVED
            and Grant(Role(grant.role), grant.valid_from, grant.valid_to).holds_on(today),
            None if grant.classes is None else tuple(grant.classes),
            ends_before(grant.valid_to, today),
        )
        for grant, by, decided in rows
    ]


@dataclass(frozen=True, slots=True)
class SightGrantRow:
    """Sight granted by name; of one of document, case file, class. ``holds``: today."""

    id: int
    user_id: UserId
    person: str
    document_id: uuid.UUID | None
    case_file_id: int | None
    class_code: str | None
    up_to: Level
    sight: Sight
    valid_from: date
    valid_to: date
    reason: str
    granted_by: str
    granted_at: datetime
    revoked_at: datetime | None
    revoke_reason: str
    holds: bool


def sight_grants(
    session: Session,
    now: datetime,
    *,
    user_id: UserId | None = None,
    target: SightTarget | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[SightGrantRow]:
    """What was granted to one person, or of one thing, the latest first; ``before``: the id to go on from."""
    who, granter = aliased(User), aliased(User)
    query = (
        select(SightGrant, who.display_name, granter.display_name)
        .join(who, who.id == SightGrant.user_id)
        .join(granter, granter.id == SightGrant.granted_by)
        .order_by(SightGrant.id.desc())
        .limit(limit)
    )
    if user_id is not None:
        query = query.where(SightGrant.user_id == user_id)
    if target is not None:
        query = query.where(
            SightGrant.document_id == target.document_id,
            SightGrant.case_file_id == target.case_file_id,
            SightGrant.class_code == target.class_code,
        )
    if before is not None:
        query = query.where(SightGrant.id < before)
    today = business_day(now)
    return [
        SightGrantRow(
            g.id,
            UserId(g.user_id),
            person,
            g.document_id,
            g.case_file_id,
            g.class_code,
            Level(g.up_to),
            Sight[g.sight.upper()],
            g.valid_from,
            g.valid_to,
            g.reason,
            by,
            g.granted_at,
            g.revoked_at,
            g.revoke_reason,
            g.revoked_at is None and g.valid_from <= today <= g.valid_to,
        )
        for g, person, by in session.execute(query)
    ]


def people_at_work(session: Session) -> list[tuple[UserId, str, str]]:
    """(id, sign-in name, full name) of everybody who can sign in, by name."""
    query = select(User.id, User.name, User.display_name).where(User.active).order_by(User.name)
    return [(UserId(user_id), name, shown) for user_id, name, shown in session.execute(query)]
