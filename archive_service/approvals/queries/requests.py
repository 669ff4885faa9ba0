"""Requests for approval, as frozen rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.approvals.models import (
    ApprovalComment,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
)
from archive_service.approvals.queries.hats import able, at_work, hats_of
from archive_service.approvals.rules import ChainStep, Decided, NoRequest, RequestState, changed_facts
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.ids import ApprovalId, UserId
from archive_service.people import Role


@dataclass(frozen=True, slots=True)
class Signature:
    """One word on a request, as it is printed. ``on_behalf_of``: name of who delegated, None for their own word."""

    step: int
    role: Role
    decided_by: UserId
    name: str
    hat: UserId
    on_behalf_of: str | None
    approves: bool
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestRow:
    """``step``, ``role``: the level (from 1) and the role it waits for, None once ended. ``ended_by``: name, None for
    the rule itself or the job. ``facts_found``: what made it void. ``revision``: what a form gives back as ``seen``."""

    id: ApprovalId
    kind: str
    case: str
    subject: str
    title: str
    requester_id: UserId
    requester: str
    asked_at: datetime
    lapses_at: datetime | None
    facts: Mapping[str, str]
    facts_found: Mapping[str, str] | None
    state: RequestState
    chain: tuple[ChainStep, ...]
    step: int | None
    role: Role | None
    signatures: tuple[Signature, ...]
    revision: int
    ended_at: datetime | None
    ended_by: str | None

    @property
    def waits(self) -> bool:
        return self.state is RequestState.WAITING

    @property
    def by_rule(self) -> bool:
        """Approved because its case asks nobody."""
        return self.state is RequestState.APPROVED and not self.chain

    @property
    def decided(self) -> tuple[Decided, ...]:
        return tuple(Decided(one.step, one.decided_by, one.hat) for one in self.signatures)

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the facts that made it void."""
        return () if self.facts_found is None else changed_facts(self.facts, self.facts_found)

    @property
    def lacking(self) -> int:
        """How many more people the present level needs."""
        if self.step is None:
            return 0
        return self.chain[self.step - 1].deciders - sum(one.step == self.step for one in self.signatures)


@dataclass(frozen=True, slots=True)
class CommentRow:
    by: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class CouldDecide:
    """``on_behalf_of``: name of who delegated to them, None for their own word."""

    user_id: UserId
    name: str
    on_behalf_of: str | None


def rows(session: Session, found: Sequence[ApprovalRequest]) -> list[RequestRow]:
    """With their chains and signatures, in three statements."""
    if not found:
        return []
    ids = [one.id for one in found]
    chains: dict[int, list[ChainStep]] = {}
    for step in session.scalars(
        select(ApprovalStep)
        .where(ApprovalStep.request_id.in_(ids))
        .order_by(ApprovalStep.request_id, ApprovalStep.number)
    ):
        chains.setdefault(step.request_id, []).append(ChainStep(Role(step.role), step.deciders))
    decisions = session.scalars(
        select(ApprovalDecision).where(ApprovalDecision.request_id.in_(ids)).order_by(ApprovalDecision.id)
    ).all()
    concerned = {one.requester_id for one in found} | {one.ended_by for one in found if one.ended_by}
    concerned |= {one.decided_by for one in decisions} | {one.hat_id for one in decisions}
    names = people.display_names(session, concerned)
    signed: dict[int, list[Signature]] = {}
    for one in decisions:
        signed.setdefault(one.request_id, []).append(
            Signature(
                one.step,
                chains[one.request_id][one.step - 1].role,
                UserId(one.decided_by),
                names[one.decided_by],
                UserId(one.hat_id),
                None if one.delegation_id is None else names[one.hat_id],
                one.approves,
                one.comment,
                one.at,
            )
        )
    return [
        RequestRow(
            ApprovalId(one.id),
            one.kind,
            one.case_code,
            one.subject,
            one.title,
            UserId(one.requester_id),
            names[one.requester_id],
            one.asked_at,
            one.lapses_at,
            one.facts,
            one.facts_found,
            RequestState(one.state),
            tuple(chains.get(one.id, ())),
            one.step,
            None if one.role is None else Role(one.role),
            tuple(signed.get(one.id, ())),
            one.revision,
            one.ended_at,
            None if one.ended_by is None else names[one.ended_by],
        )
        for one in found
    ]


def _concerns(session: Session, actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Requests that the actor may see: their own, those they had or may have a say in, all for who reads the trail."""
    if actor.user_id is None or actor.may(Permission.READ_AUDIT):
        return true()
    me = actor.user_id
    roles = {role for hat in hats_of(at_work(session, now), me) for role in hat.roles}
    return or_(
        ApprovalRequest.requester_id == me,
        exists().where(
            ApprovalDecision.request_id == ApprovalRequest.id,
            or_(ApprovalDecision.decided_by == me, ApprovalDecision.hat_id == me),
        ),
        exists().where(ApprovalStep.request_id == ApprovalRequest.id, ApprovalStep.role.in_(roles))
        if roles
        else false(),
    )


def request(session: Session, actor: Actor, now: datetime, request_id: ApprovalId) -> RequestRow:
    """Raises NoRequest, also for who may not see it."""
    actor.must(Permission.SEE_APPROVALS)
    query = select(ApprovalRequest).where(ApprovalRequest.id == request_id, _concerns(session, actor, now))
    found = session.scalars(query).all()
    if not found:
        raise NoRequest()
    return rows(session, found)[0]


def of_subject(session: Session, subject: str) -> list[RequestRow]:
    """All that was ever asked about ``subject``, the latest first. Whoever calls says who may see it."""
    query = (
        select(ApprovalRequest).where(ApprovalRequest.subject == subject).order_by(ApprovalRequest.id.desc())
    )
    return rows(session, session.scalars(query).all())


def of_subjects(session: Session, subjects: Sequence[str], *, kind: str = "") -> dict[str, RequestRow]:
    """The latest request about each, of one kind or of any, for lists: four statements for all of them."""
    latest = (
        select(func.max(ApprovalRequest.id))
        .where(ApprovalRequest.subject.in_(subjects), *([ApprovalRequest.kind == kind] if kind else []))
        .group_by(ApprovalRequest.subject)
    )
    found = session.scalars(select(ApprovalRequest).where(ApprovalRequest.id.in_(latest))).all()
    return {row.subject: row for row in rows(session, found)}


def signatures(session: Session, request_id: ApprovalId) -> tuple[Signature, ...]:
    """The words on a request in their order, for printing. Whoever calls says who may see them."""
    found = session.scalars(select(ApprovalRequest).where(ApprovalRequest.id == request_id)).all()
    return rows(session, found)[0].signatures if found else ()


def comments(session: Session, request_id: ApprovalId) -> list[CommentRow]:
    found = session.scalars(
        select(ApprovalComment)
        .where(ApprovalComment.request_id == request_id)
        .order_by(ApprovalComment.id)
        .limit(200)
    ).all()
    names = people.display_names(session, {one.by for one in found})
    return [CommentRow(names[one.by], one.at, one.body) for one in found]


def could_decide(session: Session, now: datetime, row: RequestRow) -> list[CouldDecide]:
    """Who could give the next word on a request that waits; fewer than ``row.lacking``: too few people, so it goes on
    waiting."""
    if row.role is None:
        return []
    found = able(at_work(session, now), row.role, row.requester_id, row.decided)
    names = people.display_names(session, {one.user_id for one in found} | {one.owner for one in found})
    told = [
        CouldDecide(one.user_id, names[one.user_id], None if one.owner == one.user_id else names[one.owner])
        for one in found
    ]
    return sorted(told, key=lambda one: one.name)


def _waits_for(session: Session, actor: Actor, now: datetime) -> ColumnElement[bool]:
    """On requests: those on which the actor could give the next word."""
    me = actor.user_id
    if me is None or not actor.may(Permission.DECIDE_APPROVALS):
        return false()

    def worn(owner: UserId) -> ColumnElement[bool]:
        return exists().where(
            ApprovalDecision.request_id == ApprovalRequest.id, ApprovalDecision.hat_id == owner
        )

    by_hat = [
        and_(
            ApprovalRequest.role.in_(hat.roles),
            ApprovalRequest.requester_id != hat.owner,
            ~worn(hat.owner),
        )
        for hat in hats_of(at_work(session, now), me)
    ]
    spoke = exists().where(
        ApprovalDecision.request_id == ApprovalRequest.id, ApprovalDecision.decided_by == me
    )
    return and_(
        ApprovalRequest.state == RequestState.WAITING.value,
        ApprovalRequest.requester_id != me,
        ~spoke,
        or_(false(), *by_hat),
    )


def waiting_count(session: Session, actor: Actor, now: datetime) -> int:
    """How many requests wait for the actor's word."""
    where = _waits_for(session, actor, now)
    return session.scalar(select(func.count()).select_from(ApprovalRequest).where(where)) or 0


def waiting_for(
    session: Session, actor: Actor, now: datetime, *, before: int | None = None, limit: int = 50
) -> list[RequestRow]:
    """Requests on which the actor could give the next word, the latest first; ``before``: the id to go on from."""
    query = select(ApprovalRequest).where(_waits_for(session, actor, now))
    return _page(session, query, before, limit)


def asked_by(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = 50
) -> list[RequestRow]:
    """What the actor asked for, the latest first."""
    query = select(ApprovalRequest).where(ApprovalRequest.requester_id == actor.user_id)
    return _page(session, query, before, limit)


def decided_by(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = 50
) -> list[RequestRow]:
    """What the actor said a word on, or a deputy did for them, the latest request first."""
    mine = select(ApprovalDecision.request_id).where(
        or_(ApprovalDecision.decided_by == actor.user_id, ApprovalDecision.hat_id == actor.user_id)
    )
    return _page(session, select(ApprovalRequest).where(ApprovalRequest.id.in_(mine)), before, limit)


def all_requests(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    waiting: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[RequestRow]:
    """Every request that the actor may see, the latest first; ``waiting``: only those that nobody ended yet."""
    actor.must(Permission.SEE_APPROVALS)
    query = select(ApprovalRequest).where(_concerns(session, actor, now))
    if waiting:
        query = query.where(ApprovalRequest.state == RequestState.WAITING.value)
    return _page(session, query, before, limit)


def _page(
    session: Session, query: Select[ApprovalRequest], before: int | None, limit: int
) -> list[RequestRow]:
    if before is not None:
        query = query.where(ApprovalRequest.id < before)
    query = query.order_by(ApprovalRequest.id.desc()).limit(limit)
    return rows(session, session.scalars(query).all())
