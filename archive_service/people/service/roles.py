from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.kernel.ids import UserId
from archive_service.people.models import RoleGrant
from archive_service.people.rules.roles import Role, own_classes
from archive_service.people.service.accounts import NotOnYourself, must_not_be_last_administrator, user_row
from archive_service.people.service.sessions import end_sessions
from archive_service.unit_of_work import UnitOfWork


class HasRole(Conflict):
    code = "people.has-role"
    message = N_("This person has the role already.")


class WrongDates(Invalid):
    code = "people.wrong-dates"
    message = N_("The last day lies before the first one or in the past.")


def grant_role(
    work: UnitOfWork,
    user_id: UserId,
    role: Role,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    classes: Collection[str] = (),
) -> None:
    """Give a role from one business day (None: today) to another, both included; the person's sessions end.
    ``classes``: those it works in instead of its usual ones.

    Raises NotOnYourself, HasRole, WrongDates, WrongClasses.
    """
    work.actor.must(Permission.MANAGE_PEOPLE)
    if work.actor.user_id == user_id:
        raise NotOnYourself()
    user_row(work, user_id)
    own = own_classes(role, classes)
    today = business_day(work.now)
    start = valid_from or today
    if valid_to is not None and valid_to < max(start, today):
        raise WrongDates()
    standing = work.session.scalar(
        select(RoleGrant).where(
            RoleGrant.user_id == user_id, RoleGrant.role == role.value, RoleGrant.revoked_at.is_(None)
        )
    )
    if standing is not None:
        if standing.valid_to is None or standing.valid_to >= today:
            raise HasRole()
        # It ran out by itself: close it, since one grant of a role stands at a time.
        standing.revoked_at = work.now
        work.session.flush()
    grant = RoleGrant(
        user_id=user_id,
        role=role.value,
        classes=None if own is None else list(own),
        valid_from=start,
        valid_to=valid_to,
        granted_by=work.actor.user_id,
        granted_at=work.now,
    )
    try:
        with work.session.begin_nested():
            work.session.add(grant)
    except IntegrityError as error:
        raise HasRole() from error
    end_sessions(work.session, user_id)
    work.audit(
        "role.granted",
        f"user:{user_id}",
        role=role.value,
        valid_from=start.isoformat(),
        valid_to=valid_to.isoformat() if valid_to else None,
        classes=None if own is None else list(own),
    )


def change_classes(work: UnitOfWork, user_id: UserId, grant_id: int, classes: Collection[str]) -> None:
    """Let a role work in other classes from now on; none: its usual ones. The grant before it stays as history.

    Raises NotOnYourself, NotFound, WrongClasses.
    """
    work.actor.must(Permission.MANAGE_PEOPLE)
    if work.actor.user_id == user_id:
        raise NotOnYourself()
    grant = work.session.get(RoleGrant, grant_id, with_for_update=True)
    if grant is None or grant.user_id != user_id or grant.revoked_at is not None:
        raise NotFound()
    own = own_classes(Role(grant.role), classes)
    before = grant.classes
    if before == (None if own is None else list(own)):
        return
    grant.revoked_at, grant.revoked_by = work.now, work.actor.user_id
    work.session.flush()
    work.session.add(
        RoleGrant(
            user_id=user_id,
            role=grant.role,
            classes=None if own is None else list(own),
            valid_from=grant.valid_from,
            valid_to=grant.valid_to,
            granted_by=work.actor.user_id,
            granted_at=work.now,
        )
    )
    work.session.flush()
    end_sessions(work.session, user_id)
    work.audit(
        "role.classes-changed",
        f"user:{user_id}",
        role=grant.role,
        before=" ".join(before or ()),
        after=" ".join(own or ()),
    )


def revoke_role(work: UnitOfWork, user_id: UserId, grant_id: int) -> None:
    """Take a role back at once; the person's sessions end. Raises NotOnYourself, LastAdministrator."""
    work.actor.must(Permission.MANAGE_PEOPLE)
    if work.actor.user_id == user_id:
        raise NotOnYourself()
    grant = work.session.get(RoleGrant, grant_id, with_for_update=True)
    if grant is None or grant.user_id != user_id:
        raise NotFound()
    if grant.revoked_at is not None:
        return
    if grant.role == Role.IT_ADMIN.value:
        must_not_be_last_administrator(work, user_id)
    grant.revoked_at, grant.revoked_by = work.now, work.actor.user_id
    end_sessions(work.session, user_id)
    work.audit("role.revoked", f"user:{user_id}", role=grant.role)
