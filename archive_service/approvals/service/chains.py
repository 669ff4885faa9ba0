"""The table of who approves what: what comes with the service, and what somebody changed of it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.approvals.models import ApprovalRule
from archive_service.approvals.queries import chains
from archive_service.approvals.rules import (
    LONGEST_REASON,
    ChainMoved,
    ChainNeedsReason,
    ChainStep,
    ChainUnchanged,
    NeedsPerson,
    checked_chain,
    said,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import UserId
from archive_service.unit_of_work import UnitOfWork


def change_chain(
    work: UnitOfWork,
    kind: str,
    case: str,
    steps: Sequence[ChainStep],
    *,
    reason: str,
    seen: int | None = None,
) -> int:
    """A new revision of who approves a case, for requests from now on; its number. ``seen``: the revision looked at.

    Raises Forbidden, NeedsPerson, UnknownCase, WrongChain, ChainNeedsReason, CommentTooLong, ChainMoved,
    ChainUnchanged.
    """
    work.actor.must(Permission.MANAGE_CHAINS)
    if work.actor.user_id is None:
        raise NeedsPerson()
    new = checked_chain(steps)
    reason = " ".join(said(reason, LONGEST_REASON, "reason").split())
    if not reason:
        raise ChainNeedsReason(field="reason")
    before = chains.chain(work.session, kind, case)
    # Who changes it at the same time waits here, and then finds that this is no longer the last one.
    lock = select(ApprovalRule.id).where(ApprovalRule.id == before.id).with_for_update()
    work.session.execute(lock)
    last = select(func.max(ApprovalRule.revision)).where(
        ApprovalRule.kind == kind, ApprovalRule.case_code == case
    )
    if work.session.scalar(last) != before.revision or (seen is not None and seen != before.revision):
        raise ChainMoved()
    if new == before.steps:
        raise ChainUnchanged()
    _add(work, kind, case, before.revision + 1, new, by=work.actor.user_id, reason=reason)
    work.audit(
        "approval-chain.changed",
        f"approval-chain:{kind}.{case}",
        revision=before.revision + 1,
        before=_told(before.steps),
        after=_told(new),
    )
    return before.revision + 1


def load_chains(work: UnitOfWork, kind: str, shipped: Mapping[str, Sequence[ChainStep]]) -> int:
    """Bring what comes with the service into the table, by cases; answers how many revisions came. What a person
    changed stays; what nobody did follows a newer version of the service."""
    lacking = _lacking(work.session, kind, shipped)
    for case, revision in lacking.items():
        _add(work, kind, case, revision + 1, checked_chain(shipped[case]))
    if lacking:
        work.audit("approval-chains.loaded", f"approval-chains:{kind}", cases=list(lacking))
    return len(lacking)


def are_loaded(session: Session, kind: str, shipped: Mapping[str, Sequence[ChainStep]]) -> bool:
    """Whether ``load_chains`` has nothing to do."""
    return not _lacking(session, kind, shipped)


def _lacking(session: Session, kind: str, shipped: Mapping[str, Sequence[ChainStep]]) -> dict[str, int]:
    """Cases whose shipped chain isn't there yet, each with its last revision."""
    standing = {one.case: one for one in chains.chains(session) if one.kind == kind}
    lacking = {}
    for case, steps in shipped.items():
        one = standing.get(case)
        if one is None:
            lacking[case] = 0
        elif one.changed_by is None and one.steps != tuple(steps):
            lacking[case] = one.revision
    return lacking


def _add(
    work: UnitOfWork,
    kind: str,
    case: str,
    revision: int,
    steps: Sequence[ChainStep],
    *,
    by: UserId | None = None,
    reason: str = "",
) -> None:
    work.session.add(
        ApprovalRule(
            kind=kind,
            case_code=case,
            revision=revision,
            steps=[{"role": one.role.value, "deciders": one.deciders} for one in steps],
            changed_by=by,
            changed_at=work.now,
            reason=reason,
        )
    )
    work.session.flush()


def _told(steps: Sequence[ChainStep]) -> list[str]:
    return [f"{one.role.value}:{one.deciders}" for one in steps]
