"""Roles are proposed, decided by somebody else, withdrawn and taken back."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select, update

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Forbidden, NotFound
from archive_service.kernel.ids import UserId
from archive_service.people.models import RoleGrant
from archive_service.people.queries import (
    ProposalRow,
    Terms,
    actor_of,
    can_decide,
    in_other_hands,
    proposal,
    two_decide,
    waiting,
)
from archive_service.people.rules.proposals import (
    HasRole,
    InOtherHands,
    OwnProposal,
    OwnRole,
    ProposalDecided,
    RefusalNeedsReason,
    RoleOver,
    RoleStands,
    WrongDates,
    ends_before,
    first_day,
    is_covered,
    is_within,
    said,
)
from archive_service.people.rules.roles import Grant, Role, own_classes
from archive_service.people.service.accounts import NotOnYourself, must_not_be_last_administrator, user_row
from archive_service.people.service.granting import Proposed, end_grant, put_forward, standing_grant
from archive_service.people.service.sessions import end_sessions
from archive_service.unit_of_work import UnitOfWork


class NeedsSomebody(Forbidden):
    code = "people.needs-somebody"
    message = N_("There is somebody who can decide this: say who decides.")


def propose_role(
    work: UnitOfWork,
    user_id: UserId,
    role: Role,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    classes: Collection[str] = (),
) -> Proposed:
    """Propose a role from one business day (None: its approval) to another, both included; or more of one that the
    person has. While nobody has ever been able to approve, it holds at once, and less of one that the person has
    always does. ``classes``: those it works in instead of its usual ones.

    Raises NotOnYourself, HasRole, ProposalWaits, WrongDates, ChangesAtOnce, WrongClasses, LastAdministrator.
    """
    _manages(work, user_id)
    user_row(work, user_id)
    own, today = own_classes(role, classes), business_day(work.now)
    has = standing_grant(work, user_id, role)
    if has is not None and ends_before(has.valid_to, today):
        end_grant(work, has, ran_out=True)
        has = None
    held = None if has is None else Grant(role, has.valid_from, has.valid_to)
    start = first_day(valid_from, today, held)
    if valid_to is not None and valid_to < max(start, today):
        raise WrongDates(field="valid_to")
    if (
        has is not None
        and held is not None
        and is_covered(Grant(role, start, valid_to), own, held, _classes(has))
    ):
        if valid_to == has.valid_to and is_within(role, _classes(has), own):
            raise HasRole()
        return _lessen(work, has, valid_to, own)
    return put_forward(
        work, user_id, role, Terms(start, valid_to, own), waits=two_decide(work.session), replaces=has
    )


def _manages(work: UnitOfWork, user_id: UserId) -> None:
    work.actor.must(Permission.MANAGE_PEOPLE)
    if work.actor.user_id == user_id:
        raise NotOnYourself()


def _classes(grant: RoleGrant) -> tuple[str, ...] | None:
    return None if grant.classes is None else tuple(grant.classes)


def change_classes(
    work: UnitOfWork, user_id: UserId, grant_id: int, classes: Collection[str]
) -> Proposed | None:
    """Let a role work in other classes; none: its usual ones. Fewer of them count from now on, and the grant before
    stays as history; others are proposed. None: they were these already.

    Raises NotOnYourself, NotFound, RoleOver, ProposalWaits, WrongClasses.
    """
    _manages(work, user_id)
    user_row(work, user_id)
    grant = _standing(work, user_id, grant_id)
    if ends_before(grant.valid_to, business_day(work.now)):
        raise RoleOver()
    role, own, before = Role(grant.role), own_classes(Role(grant.role), classes), _classes(grant)
    if before == own:
        return None
    if not is_within(role, own, before):
        start = max(grant.valid_from, business_day(work.now))
        return put_forward(
            work,
            user_id,
            role,
            Terms(start, grant.valid_to, own),
            waits=two_decide(work.session),
            replaces=grant,
        )
    return _lessen(work, grant, grant.valid_to, own)


def _lessen(
    work: UnitOfWork, grant: RoleGrant, valid_to: date | None, classes: tuple[str, ...] | None
) -> Proposed:
    """Fewer days or classes count at once; the grant before stays as history, and what waited to change it goes.

    Raises LastAdministrator.
    """
    user_id, until, before = UserId(grant.user_id), grant.valid_to, _classes(grant)
    if grant.role == Role.IT_ADMIN.value and valid_to != until:
        must_not_be_last_administrator(work, user_id)
    end_grant(work, grant, ran_out=False)
    _withdraw_changes_of(work, grant)
    narrowed = RoleGrant(
        user_id=user_id,
        role=grant.role,
        classes=None if classes is None else list(classes),
        valid_from=grant.valid_from,
        valid_to=valid_to,
        # Nothing was given that had not been: it goes on by the word of those two.
        granted_by=grant.granted_by,
        granted_at=grant.granted_at,
        approved_by=grant.approved_by,
        approved_at=grant.approved_at,
    )
    work.session.add(narrowed)
    work.session.flush()
    end_sessions(work.session, user_id)
    if valid_to is not None and valid_to != until:
        work.audit(
            "role.ends-earlier",
            f"user:{user_id}",
            role=grant.role,
            before=None if until is None else until.isoformat(),
            after=valid_to.isoformat(),
        )
    if classes != before:
        work.audit(
            "role.classes-changed",
            f"user:{user_id}",
            role=grant.role,
            before=" ".join(before or ()),
            after=" ".join(classes or ()),
        )
    return Proposed(narrowed.id, waits=False, is_less=True)


def _standing(work: UnitOfWork, user_id: UserId, grant_id: int) -> RoleGrant:
    grant = work.session.get(RoleGrant, grant_id, with_for_update=True, populate_existing=True)
    if grant is None or grant.user_id != user_id or grant.approved_at is None or grant.revoked_at is not None:
        raise NotFound()
    return grant


def revoke_role(work: UnitOfWork, user_id: UserId, grant_id: int) -> None:
    """Take a role back at once, and what was proposed to change of it; the person's sessions end.

    Raises NotOnYourself, NotFound, LastAdministrator, RoleStands: another grant gives the role by now.
    """
    _manages(work, user_id)
    user_row(work, user_id)  # who approves a change of it at the same time waits here, or is waited for
    grant = work.session.get(RoleGrant, grant_id, with_for_update=True, populate_existing=True)
    if grant is None or grant.user_id != user_id or grant.approved_at is None:
        raise NotFound()
    if grant.revoked_at is not None:
        stands = standing_grant(work, user_id, Role(grant.role))
        if stands is not None and not ends_before(stands.valid_to, business_day(work.now)):
            raise RoleStands()
        return
    if grant.role == Role.IT_ADMIN.value:
        must_not_be_last_administrator(work, user_id)
    grant.revoked_at, grant.revoked_by = work.now, work.actor.user_id
    work.session.flush()
    end_sessions(work.session, user_id)
    work.audit("role.revoked", f"user:{user_id}", role=grant.role)
    _withdraw_changes_of(work, grant)


def _withdraw_changes_of(work: UnitOfWork, grant: RoleGrant) -> None:
    changes = select(RoleGrant.id).where(RoleGrant.replaces == grant.id, waiting())
    for one in work.session.scalars(changes).all():
        _settle(work, one, withdrawn_by=work.actor.user_id, withdrawn_at=work.now)
        work.audit("role.withdrawn", f"user:{grant.user_id}", role=grant.role, grant=one)


def approve_role(work: UnitOfWork, grant_id: int) -> ProposalRow:
    """Let a proposed role count from today on, or from its first day; the person's sessions end.

    Raises Forbidden, NotFound, OwnProposal, OwnRole, InOtherHands, NeedsSomebody, ProposalDecided, PersonClosed,
    ProposerGone, RoleChanged, HasRole, ProposalOver.
    """
    seen = _to_decide(work, grant_id)
    if seen.objection is not None:
        raise seen.objection
    today = business_day(work.now)
    has = standing_grant(work, seen.user_id, seen.role)
    if has is not None:
        end_grant(work, has, ran_out=ends_before(has.valid_to, today))
    _settle(
        work,
        grant_id,
        approved_by=work.actor.user_id,
        approved_at=work.now,
        valid_from=max(seen.terms.valid_from, today),
    )
    end_sessions(work.session, seen.user_id)
    work.audit("role.approved", f"user:{seen.user_id}", role=seen.role.value, grant=grant_id)
    return seen


def refuse_role(work: UnitOfWork, grant_id: int, reason: str) -> ProposalRow:
    """Say no, and why. Raises Forbidden, NotFound, OwnProposal, OwnRole, InOtherHands, NeedsSomebody,
    ProposalDecided, RefusalNeedsReason, ReasonTooLong."""
    seen = _to_decide(work, grant_id)
    reason = said(reason)
    if not reason:
        raise RefusalNeedsReason(field="comment")
    _settle(work, grant_id, refused_by=work.actor.user_id, refused_at=work.now, refuse_reason=reason)
    work.audit("role.refused", f"user:{seen.user_id}", role=seen.role.value, grant=grant_id)
    return seen


def withdraw_role(work: UnitOfWork, grant_id: int) -> UserId:
    """Whoever proposed it, or somebody else who manages people, no longer wants it; whose it was to be.

    Raises Forbidden, NotFound, NotOnYourself, ProposalDecided.
    """
    work.actor.must(Permission.MANAGE_PEOPLE)
    found = work.session.execute(
        select(RoleGrant.user_id, RoleGrant.role).where(RoleGrant.id == grant_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    user_id = UserId(found.user_id)
    _manages(work, user_id)
    _settle(work, grant_id, withdrawn_by=work.actor.user_id, withdrawn_at=work.now)
    work.audit("role.withdrawn", f"user:{user_id}", role=found.role, grant=grant_id)
    return user_id


def _to_decide(work: UnitOfWork, grant_id: int) -> ProposalRow:
    """What is to be decided, with the person's account locked: who decides at the same time waits here."""
    work.actor.must(Permission.APPROVE_ROLES)
    found = work.session.execute(
        select(RoleGrant.user_id, RoleGrant.granted_by).where(RoleGrant.id == grant_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    user_row(work, UserId(found.user_id))
    me = work.actor.user_id
    if me is None:
        # The service has a say only where nobody has: else a centre whose last manager left would be locked out.
        if can_decide(work.session, work.now, but=(found.user_id, found.granted_by)):
            raise NeedsSomebody()
    elif me == found.user_id:
        raise OwnRole()
    elif me == found.granted_by:
        raise OwnProposal()
    else:
        today = actor_of(work.session, me, work.now, work.actor.via)
        if today is None or not today.may(Permission.APPROVE_ROLES):
            raise Forbidden()
        if in_other_hands(work.session, work.now, me):
            raise InOtherHands()
    seen = proposal(work.session, work.now, grant_id)
    if seen is None:
        raise ProposalDecided()
    return seen


def _settle(work: UnitOfWork, grant_id: int, **done: object) -> None:
    """Only one of two who decide at once does."""
    settled = work.session.execute(
        update(RoleGrant)
        .where(RoleGrant.id == grant_id, waiting())
        .values(**done)
        .execution_options(synchronize_session=False)
        .returning(RoleGrant.id)
    ).all()
    if not settled:
        raise ProposalDecided()
    work.session.expire_all()
