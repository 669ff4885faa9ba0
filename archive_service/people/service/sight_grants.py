"""Sight of a document, a case file or a class, granted to one person by name. What may be granted, ``records`` knows:
it hands over what it has looked at."""

from datetime import date
from typing import Final

from sqlalchemy import update

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.people.models import SightGrant, User
from archive_service.people.queries import held_by
from archive_service.people.rules.proposals import WrongDates
from archive_service.people.rules.roles import MOST_GRANT_DAYS, Role, SightTarget
from archive_service.people.service.accounts import NotOnYourself
from archive_service.unit_of_work import UnitOfWork

LONGEST_REASON: Final = 255


class NotForThisPerson(Invalid):
    code = "sight.not-for-this-person"
    message = N_(
        "Administrators see no documents, and auditors look at them only; nothing else can be granted."
    )


class GrantTooLong(Invalid):
    code = "sight.too-long"
    message = N_("Sight of a paper is granted for 90 days at most.")


class GrantNeedsReason(Invalid):
    code = "sight.needs-reason"
    message = N_("Please say in a few words why.")


class GrantOver(Conflict):
    code = "sight.over"
    message = N_("This grant was taken back already.")


def keep_sight_grant(  # noqa: PLR0917  (who, what, how much, from when to when, why)
    work: UnitOfWork,
    user_id: UserId,
    target: SightTarget,
    up_to: Level,
    sight: Sight,
    valid_from: date | None,
    valid_to: date,
    reason: str,
) -> int:
    """Grant it from one business day (None: today) to another, both included. Whoever calls has seen to it that the
    granter sees as much themselves.

    Raises Forbidden, NotOnYourself, NotFound, NotForThisPerson, WrongDates, GrantTooLong, GrantNeedsReason.
    """
    work.actor.must(Permission.GRANT_SIGHT)
    granter = work.actor.user_id
    if granter is None:  # a grant is one person's word, who answers for it
        raise Forbidden()
    if granter == user_id:
        raise NotOnYourself()
    user = work.session.get(User, user_id)
    if user is None or not user.active:
        raise NotFound()
    roles, _ = held_by(work.session, work.now, user_id)
    if not roles or Role.IT_ADMIN in roles or (Role.AUDITOR in roles and sight > Sight.VIEW):
        raise NotForThisPerson(field="user")
    today = business_day(work.now)
    start = valid_from or today
    if valid_to < max(start, today) or start < today:
        raise WrongDates(field="valid_to")
    if (valid_to - start).days >= MOST_GRANT_DAYS:
        raise GrantTooLong(field="valid_to")
    if not reason or len(reason) > LONGEST_REASON:
        raise GrantNeedsReason(field="reason")
    grant = SightGrant(
        user_id=user_id,
        document_id=target.document_id,
        case_file_id=target.case_file_id,
        class_code=target.class_code,
        up_to=up_to.value,
        sight=sight.name.lower(),
        valid_from=start,
        valid_to=valid_to,
        reason=reason,
        granted_by=granter,
        granted_at=work.now,
    )
    work.session.add(grant)
    work.session.flush()
    told = {"grant": grant.id, "until": valid_to.isoformat(), "sees": grant.sight, "up_to": grant.up_to}
    work.audit("sight.granted", f"user:{user_id}", **told)
    work.audit("sight.granted", target.subject, user=user_id, **told)
    return grant.id


def lend_sight(
    work: UnitOfWork,
    user_id: UserId,
    target: SightTarget,
    up_to: Level,
    sight: Sight,
    *,
    valid_from: date,
    valid_to: date,
    slip: str,
) -> int:
    """Sight that a loan gives, until its last day: its approvals are the word that it stands on, so nothing more is asked
    of whoever hands it out than that they are somebody else. ``slip``: its number, which stands on what is shown.

    Raises Forbidden, NotOnYourself.
    """
    granter = work.actor.user_id
    if granter is None:
        raise Forbidden()
    if granter == user_id:
        raise NotOnYourself()
    grant = SightGrant(
        user_id=user_id,
        document_id=target.document_id,
        case_file_id=target.case_file_id,
        class_code=target.class_code,
        up_to=up_to.value,
        sight=sight.name.lower(),
        valid_from=valid_from,
        valid_to=valid_to,
        reason=slip,
        slip=slip,
        granted_by=granter,
        granted_at=work.now,
    )
    work.session.add(grant)
    work.session.flush()
    told = {"grant": grant.id, "until": valid_to.isoformat(), "sees": grant.sight, "up_to": grant.up_to}
    work.audit("sight.granted", f"user:{user_id}", slip=slip, **told)
    work.audit("sight.granted", target.subject, user=user_id, slip=slip, **told)
    return grant.id


def revoke_sight(work: UnitOfWork, grant_id: int, reason: str) -> SightTarget:
    """Take it back at once; what it was of. Raises Forbidden, NotFound, NotOnYourself, GrantOver, GrantNeedsReason."""
    work.actor.must(Permission.GRANT_SIGHT)
    grant = work.session.get(SightGrant, grant_id)
    if grant is None:
        raise NotFound()
    if grant.user_id == work.actor.user_id:
        raise NotOnYourself()
    if not reason or len(reason) > LONGEST_REASON:
        raise GrantNeedsReason(field="reason")
    done = work.session.execute(
        update(SightGrant)
        .where(SightGrant.id == grant_id, SightGrant.revoked_at.is_(None))
        .values(revoked_at=work.now, revoked_by=work.actor.user_id, revoke_reason=reason)
        .execution_options(synchronize_session=False)
        .returning(SightGrant.id)
    ).all()
    if not done:
        raise GrantOver()
    target = SightTarget(grant.document_id, grant.case_file_id, grant.class_code)
    work.audit("sight.revoked", f"user:{grant.user_id}", grant=grant_id)
    work.audit("sight.revoked", target.subject, grant=grant_id, user=grant.user_id)
    return target
