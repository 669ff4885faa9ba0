"""How a role comes to a person: proposed, or at once while nobody has ever been able to approve."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import UserId
from archive_service.people.models import RoleGrant
from archive_service.people.queries import Terms, standing
from archive_service.people.rules.proposals import HasRole, ProposalWaits
from archive_service.people.rules.roles import Role
from archive_service.people.service.sessions import end_sessions
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Proposed:
    """``waits``: for somebody's approval; else the role holds. ``is_less``: of a role that the person had."""

    grant_id: int
    waits: bool
    is_less: bool = False


def standing_grant(work: UnitOfWork, user_id: UserId, role: Role) -> RoleGrant | None:
    """The grant by which the person has the role, also one that ran out or has not begun; locked."""
    return work.session.scalar(
        select(RoleGrant)
        .where(RoleGrant.user_id == user_id, RoleGrant.role == role.value, standing())
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def end_grant(work: UnitOfWork, grant: RoleGrant, *, ran_out: bool) -> None:
    """One grant of a role stands at a time. ``ran_out``: it ended by itself, so nobody took it back."""
    grant.revoked_at, grant.revoked_by = work.now, None if ran_out else work.actor.user_id
    work.session.flush()


def put_forward(
    work: UnitOfWork,
    user_id: UserId,
    role: Role,
    terms: Terms,
    *,
    waits: bool,
    replaces: RoleGrant | None = None,
) -> Proposed:
    """``waits``: what ``two_decide`` said before the use case granted anything. Whoever calls has asked who may.

    Raises HasRole, ProposalWaits.
    """
    grant = RoleGrant(
        user_id=user_id,
        role=role.value,
        classes=None if terms.classes is None else list(terms.classes),
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        granted_by=work.actor.user_id,
        granted_at=work.now,
        replaces=None if replaces is None else replaces.id,
        approved_at=None if waits else work.now,
    )
    if replaces is not None and not waits:
        end_grant(work, replaces, ran_out=False)
    try:
        with work.session.begin_nested():
            work.session.add(grant)
    except IntegrityError as error:
        raise _told(error, waits=waits) from error
    if not waits:
        end_sessions(work.session, user_id)
    work.audit(
        "role.proposed" if waits else "role.granted-at-once",
        f"user:{user_id}",
        role=role.value,
        grant=grant.id,
        valid_from=terms.valid_from.isoformat(),
        valid_to=None if terms.valid_to is None else terms.valid_to.isoformat(),
        classes=grant.classes,
    )
    return Proposed(grant.id, waits)


def _told(error: IntegrityError, *, waits: bool) -> Exception:
    """What the database refused, in words: the one of a role that waits, or that stands. Anything else is no answer
    to a person."""
    text = str(error.orig)
    if "uq_role_grant" in text or "UNIQUE" in text:
        return ProposalWaits() if waits else HasRole()
    return error


def from_today(work: UnitOfWork) -> Terms:
    """Until it is taken back, in the role's usual classes."""
    today: date = business_day(work.now)
    return Terms(today, None, None)
