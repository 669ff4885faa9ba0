"""What calls about approvals take and give."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from archive_service.api.schemas import Asked, Line, Told
from archive_service.approvals.queries.chains import ChainRow
from archive_service.approvals.queries.requests import CommentRow, RequestRow
from archive_service.approvals.rules import ChainStep
from archive_service.kernel.masking import mask
from archive_service.people import Role

QueryId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Shown(StrEnum):
    WAITING = "waiting"
    MINE = "mine"
    DECIDED = "decided"
    ALL = "all"


class ApprovalsQuery(Asked):
    show: Shown = Field(
        Shown.ALL,
        description="waiting for your word, asked for by you, decided by you, or all that you may see",
    )
    before: QueryId | None = Field(None, description="the last id of the page before")
    size: Annotated[int, Field(ge=1, le=100)] = 50


class ChainStepTold(Told):
    role: Role
    deciders: int = Field(description="how many different people")


class SignatureTold(Told):
    step: int
    role: Role
    name: str
    on_behalf_of: str | None = Field(description="who delegated, if it is not their own word")
    approves: bool
    comment: str
    at: datetime


class ApprovalTold(Told):
    id: int
    kind: str
    case: str
    subject: str
    title: str
    requested_by: str
    asked_at: datetime
    lapses_at: datetime | None
    state: str = Field(description="waiting, approved, refused, withdrawn, lapsed or void")
    chain: list[ChainStepTold]
    step: int | None = Field(description="the level it waits at, from 1")
    waits_for: Role | None
    signatures: list[SignatureTold]
    changed_facts: list[str] = Field(description="what made it void")
    ended_at: datetime | None
    ended_by: str | None
    revision: int


class ApprovalList(Told):
    approvals: list[ApprovalTold]


class ApprovalCommentTold(Told):
    by: str
    at: datetime
    body: str


class ApprovalWithComments(ApprovalTold):
    comments: list[ApprovalCommentTold]


class NewApprovalComment(Asked):
    body: Line


class WithdrawalAsked(Asked):
    revision: Annotated[StrictInt, Field(ge=1)] | None = Field(None, description="as it was read")


class DecisionAsked(Asked):
    approve: StrictBool
    comment: Line = Field("", description="needed to refuse")
    revision: Annotated[StrictInt, Field(ge=1)] = Field(description="as it was read")


class ChainTold(Told):
    kind: str
    case: str
    revision: int
    steps: list[ChainStepTold]
    changed_by: str | None = Field(description="null: it came with the service")
    changed_at: datetime
    reason: str


class ChainList(Told):
    chains: list[ChainTold]


def _steps(steps: tuple[ChainStep, ...]) -> list[ChainStepTold]:
    return [ChainStepTold(role=one.role, deciders=one.deciders) for one in steps]


def approval_told(row: RequestRow) -> ApprovalTold:
    return ApprovalTold(
        id=row.id,
        kind=row.kind,
        case=row.case,
        subject=row.subject,
        title=mask(row.title),
        requested_by=row.requester,
        asked_at=row.asked_at,
        lapses_at=row.lapses_at,
        state=row.state.value,
        chain=_steps(row.chain),
        step=row.step,
        waits_for=row.role,
        signatures=[
            SignatureTold(
                step=one.step,
                role=one.role,
                name=one.name,
                on_behalf_of=one.on_behalf_of,
                approves=one.approves,
                comment=mask(one.comment),
                at=one.at,
            )
            for one in row.signatures
        ],
        changed_facts=list(row.changed),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        revision=row.revision,
    )


def with_comments(row: RequestRow, comments: list[CommentRow]) -> ApprovalWithComments:
    told = [ApprovalCommentTold(by=one.by, at=one.at, body=mask(one.body)) for one in comments]
    return ApprovalWithComments(**dict(approval_told(row)), comments=told)


def chain_told(row: ChainRow) -> ChainTold:
    return ChainTold(
        kind=row.kind,
        case=row.case,
        revision=row.revision,
        steps=_steps(row.steps),
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        reason=mask(row.reason),
    )
