"""Approve, refuse, and say something beside it."""

from archive_service.approvals.models import ApprovalComment, ApprovalDecision
from archive_service.approvals.queries.hats import at_work, hats_of
from archive_service.approvals.queries.requests import RequestRow
from archive_service.approvals.rules import (
    LONGEST_COMMENT,
    Decided,
    EmptyComment,
    Hat,
    NeedsPerson,
    RefusalNeedsReason,
    RequestState,
    changed_facts,
    hat_for,
    said,
    standing_step,
)
from archive_service.approvals.service.holding import end, move, waiting_one
from archive_service.approvals.service.kinds import Follows, Kinds
from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import ApprovalId
from archive_service.unit_of_work import UnitOfWork


def decide(
    work: UnitOfWork,
    kinds: Kinds,
    request_id: ApprovalId,
    *,
    approve: bool,
    comment: str = "",
    seen: int | None = None,
) -> RequestRow:
    """The actor's word on a request, under their own hat or one that was delegated to them. One yes more than the last
    that was needed approves it, one no refuses it. Where the facts are no longer those of the asking, no word counts:
    the request is void, and the answer says so by its state.

    ``seen``: the revision that the person looked at. Raises Forbidden, NeedsPerson, NoRequest, RequestEnded,
    RequestMoved, OwnRequest, AlreadyDecided, NotYourTurn, RefusalNeedsReason, CommentTooLong.
    """
    work.actor.must(Permission.DECIDE_APPROVALS)
    me = work.actor.user_id
    if me is None:
        raise NeedsPerson()
    row = waiting_one(work, request_id, seen)
    assert row.role is not None and row.step is not None  # it waits
    # The roles of this moment: those the actor came with may be a page's age old.
    hats = hats_of(at_work(work.session, work.now), me)
    hat = hat_for(hats, row.role, me, row.requester_id, row.decided)
    comment = said(comment, LONGEST_COMMENT)
    if not approve and not comment:
        raise RefusalNeedsReason(field="comment")
    found = kinds[row.kind].facts(work.session, row.subject)
    if changed := changed_facts(row.facts, found):
        return end(work, kinds, row, RequestState.VOID, by=None, found=found, told={"changed": list(changed)})
    _sign(work, row, hat, approve=approve, comment=comment)
    told: dict[str, object] = {"step": row.step}
    if hat.delegation is not None:
        told |= {"on_behalf_of": hat.owner, "delegation": hat.delegation}
    if not approve:
        return end(work, kinds, row, RequestState.REFUSED, by=me, told=told)
    standing = standing_step(row.chain, (*row.decided, Decided(row.step, me, hat.owner)))
    if standing is None:
        return end(work, kinds, row, RequestState.APPROVED, by=me, told=told)
    moved = move(work, row, step=standing, role=row.chain[standing - 1].role.value)
    facts = {"kind": row.kind, "case": row.case, "about": row.subject, **told}
    work.audit("approval.agreed", f"approval:{row.id}", **facts)
    kind = kinds[row.kind]
    if isinstance(kind, Follows):
        kind.went_on(work, moved)
    return moved


def _sign(work: UnitOfWork, row: RequestRow, hat: Hat, *, approve: bool, comment: str) -> None:
    work.session.add(
        ApprovalDecision(
            request_id=row.id,
            requester_id=row.requester_id,
            step=row.step,
            decided_by=work.actor.user_id,
            hat_id=hat.owner,
            delegation_id=hat.delegation,
            approves=approve,
            comment=comment,
            at=work.now,
        )
    )
    work.session.flush()


def comment(work: UnitOfWork, request_id: ApprovalId, body: str, *, seen: int | None = None) -> RequestRow:
    """Write something beside a request that waits; who decides must have seen it.

    Raises Forbidden, NeedsPerson, NoRequest, RequestEnded, RequestMoved, EmptyComment, CommentTooLong.
    """
    work.actor.must(Permission.ASK_APPROVALS)
    me = work.actor.user_id
    if me is None:
        raise NeedsPerson()
    row = waiting_one(work, request_id, seen)
    body = said(body, LONGEST_COMMENT, "body")
    if not body:
        raise EmptyComment(field="body")
    work.session.add(ApprovalComment(request_id=row.id, by=me, at=work.now, body=body))
    work.session.flush()
    work.audit("approval.commented", f"approval:{row.id}", kind=row.kind, about=row.subject)
    return move(work, row)
