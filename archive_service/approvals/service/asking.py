"""Ask for approval."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.approvals.models import ApprovalRequest, ApprovalStep
from archive_service.approvals.queries import chains
from archive_service.approvals.queries.requests import RequestRow, rows
from archive_service.approvals.rules import (
    AlreadyAsked,
    ChainStep,
    NeedsPerson,
    RequestState,
    checked_chain,
)
from archive_service.approvals.service.kinds import Kinds
from archive_service.kernel.actor import Permission
from archive_service.unit_of_work import UnitOfWork


def ask(
    work: UnitOfWork,
    kinds: Kinds,
    *,
    kind: str,
    case: str,
    subject: str,
    title: str,
    lapses_at: datetime | None = None,
    chain: Sequence[ChainStep] | None = None,
) -> RequestRow:
    """Ask on behalf of the actor. The chain of the case counts as it is now, or ``chain`` instead of it; an empty one
    approves at once, and ``Kind.settled`` is called before this returns.

    ``subject``: as the trail names it, "loan:12"; one request of a kind waits for it at a time. ``title``: a line for
    everybody who may have a say, so no titles of papers and no names of owners in it.

    Raises Forbidden, NeedsPerson, UnknownCase, WrongChain, AlreadyAsked.
    """
    work.actor.must(Permission.ASK_APPROVALS)
    requester = work.actor.user_id
    if requester is None:
        raise NeedsPerson()
    rule_id: int | None = None
    if chain is None:
        rule = chains.chain(work.session, kind, case)
        rule_id, steps = rule.id, rule.steps
    else:
        steps = checked_chain(chain)
    request = ApprovalRequest(
        kind=kind,
        case_code=case,
        subject=subject,
        title=" ".join(title.split())[:200],
        requester_id=requester,
        asked_at=work.now,
        facts=dict(kinds[kind].facts(work.session, subject)),
        rule_id=rule_id,
        lapses_at=lapses_at,
        state=(RequestState.WAITING if steps else RequestState.APPROVED).value,
        step=1 if steps else None,
        role=steps[0].role.value if steps else None,
        revision=1,
        ended_at=None if steps else work.now,
    )
    try:
        with work.session.begin_nested():
            work.session.add(request)
    except IntegrityError as error:
        waits = select(ApprovalRequest.id).where(
            ApprovalRequest.kind == kind,
            ApprovalRequest.subject == subject,
            ApprovalRequest.state == RequestState.WAITING.value,
        )
        if work.session.scalar(waits) is None:
            raise
        raise AlreadyAsked() from error
    for number, step in enumerate(steps, 1):
        work.session.add(
            ApprovalStep(request_id=request.id, number=number, role=step.role.value, deciders=step.deciders)
        )
    work.session.flush()
    work.audit(
        "approval.asked",
        f"approval:{request.id}",
        kind=kind,
        case=case,
        about=subject,
        levels=len(steps),
    )
    [row] = rows(work.session, [request])
    if not row.waits:
        kinds[kind].settled(work, row)
    return row
