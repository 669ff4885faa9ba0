"""Requests and chains."""

from collections.abc import Callable

from flask import Response
from pydantic import BaseModel

from archive_service.api import Reply, doors, once
from archive_service.approvals.api.answers import (
    ApprovalList,
    ApprovalsQuery,
    ApprovalTold,
    ApprovalWithComments,
    ChainList,
    DecisionAsked,
    NewApprovalComment,
    Shown,
    WithdrawalAsked,
    approval_told,
    chain_told,
    with_comments,
)
from archive_service.approvals.queries import chains as chain_queries
from archive_service.approvals.queries import requests as queries
from archive_service.approvals.queries.requests import RequestRow
from archive_service.approvals.service import deciding, ending
from archive_service.approvals.web import kinds
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.ids import ApprovalId
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("approvals_api", __name__, "approvals")
ONE = "/approvals/<int(max=2147483647):request_id>"


@blueprint.get("/approvals")
@blueprint.input(ApprovalsQuery, location="query", arg_name="asked")
@blueprint.output(ApprovalList)
@blueprint.doc(summary=N_("Requests for approval, the latest first"))
def listing(asked: ApprovalsQuery) -> ApprovalList:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_APPROVALS)
    now, before, limit = archive.clock.now(), asked.before, asked.size
    with archive.reading() as session:
        if asked.show is Shown.WAITING:
            rows = queries.waiting_for(session, actor, now, before=before, limit=limit)
        elif asked.show is Shown.MINE:
            rows = queries.asked_by(session, actor, before=before, limit=limit)
        elif asked.show is Shown.DECIDED:
            rows = queries.decided_by(session, actor, before=before, limit=limit)
        else:
            rows = queries.all_requests(session, actor, now, before=before, limit=limit)
    return ApprovalList(approvals=[approval_told(row) for row in rows])


@blueprint.get(ONE)
@blueprint.output(ApprovalWithComments)
@blueprint.doc(summary=N_("One request with its chain, the words on it and comments"))
def show(request_id: int) -> ApprovalWithComments:
    actor, archive = current_actor(), current_archive()
    with archive.reading() as session:
        row = queries.request(session, actor, archive.clock.now(), ApprovalId(request_id))
        return with_comments(row, queries.comments(session, row.id))


def _once(asked: BaseModel, effect: Callable[[UnitOfWork], RequestRow]) -> Response:
    def reply(work: UnitOfWork) -> Reply:
        return Reply(200, approval_told(effect(work)).model_dump(mode="json"), {})

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, reply))


@blueprint.post(f"{ONE}/comments")
@blueprint.input(NewApprovalComment, arg_name="asked")
@blueprint.output(ApprovalTold)
@blueprint.doc(summary=N_("Write a comment beside a request that waits"))
def comment(request_id: int, asked: NewApprovalComment) -> Response:
    current_actor().must(Permission.ASK_APPROVALS)
    return _once(asked, lambda work: deciding.comment(work, ApprovalId(request_id), asked.body))


@blueprint.post(f"{ONE}/withdrawal")
@blueprint.input(WithdrawalAsked, arg_name="asked")
@blueprint.output(ApprovalTold)
@blueprint.doc(summary=N_("Withdraw what you asked for"))
def withdraw(request_id: int, asked: WithdrawalAsked) -> Response:
    current_actor().must(Permission.ASK_APPROVALS)
    known, seen = kinds(), asked.revision
    return _once(asked, lambda work: ending.withdraw(work, known, ApprovalId(request_id), seen=seen))


@blueprint.post(f"{ONE}/decision")
@blueprint.input(DecisionAsked, arg_name="asked")
@blueprint.output(ApprovalTold)
@blueprint.doc(
    summary=N_("Approve or refuse, signed in as a person in a browser; a token is refused"),
    responses={
        403: "By a token, one's own request, or another role's turn",
        409: "Ended, or changed since it was read",
    },
)
def decide(request_id: int, asked: DecisionAsked) -> Response:
    current_actor().must(Permission.DECIDE_APPROVALS)
    known = kinds()

    def effect(work: UnitOfWork) -> RequestRow:
        return deciding.decide(
            work,
            known,
            ApprovalId(request_id),
            approve=asked.approve,
            comment=asked.comment,
            seen=asked.revision,
        )

    return _once(asked, effect)


@blueprint.get("/approval-chains")
@blueprint.output(ChainList)
@blueprint.doc(summary=N_("Who approves what"))
def chains() -> ChainList:
    current_actor().must(Permission.SEE_APPROVALS)
    with current_archive().reading() as session:
        return ChainList(chains=[chain_told(row) for row in chain_queries.chains(session)])
