"""What calls about lending take and give."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from archive_service.api.schemas import Asked, Line, Passage, Told
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.loans.queries.remedies import RemedyRow
from archive_service.loans.queries.rows import LoanItemRow, LoanRow
from archive_service.loans.queries.rulebook import RuleRow
from archive_service.loans.rules import (
    MOST_COPIES,
    MOST_ITEMS,
    BorrowerKind,
    Condition,
    ItemForm,
    LoanState,
    Outcome,
    Purpose,
    UseMode,
)
from archive_service.loans.rules.cases import LoanCase
from archive_service.loans.rules.remedies import Rebuilt, RemedyState, RemedyStep
from archive_service.premises import IdType

Id = Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
QueryId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Pages = Annotated[StrictInt, Field(ge=0, le=99_999)]
Revision = Annotated[StrictInt, Field(ge=1)]
MOST_FEN = 10**11


class SlipsQuery(Asked):
    state: LoanState | None = None
    number: Annotated[str, Field(max_length=16)] = Field("", description="how the number begins")
    borrower: QueryId | None = Field(None, description="the id of a colleague")
    first: date | None = Field(None, description="written on this day or later")
    last: date | None = None
    overdue: bool = False
    queued: bool = Field(False, description="those that wait for what others have")
    mine: bool = False
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
    size: Annotated[int, Field(ge=1, le=100)] = 50


class SlipLineTold(Told):
    id: int
    number: str
    state: LoanState
    revision: int
    borrower_kind: BorrowerKind
    borrower_id: int | None
    borrower: str = Field(description="of people and organisations from outside, covered")
    use: UseMode
    items: int
    created_at: datetime
    issued_at: datetime | None
    due_on: date | None
    days_overdue: int
    queued: bool
    ended_at: datetime | None


class SlipList(Told):
    loans: list[SlipLineTold]
    total: int


class LoanItemTold(Told):
    id: int
    document: UUID | None = Field(description="null where you may not see it")
    case_file: int | None
    archival_no: str
    title: str
    form: ItemForm
    level: Level
    pages: int
    pages_out: int | None
    condition_out: Condition | None
    pages_back: int | None
    condition_back: Condition | None
    outcome: Outcome | None
    copies: int
    stamp_no: str
    back_at: datetime | None
    place_in_queue: int | None
    offered_until: date | None


class LoanRemedyTold(Told):
    id: int
    item: int
    outcome: Outcome
    state: RemedyState
    next: RemedyStep | None
    statement: str
    rebuilt: Rebuilt | None
    replacement: UUID | None
    compensation_fen: int | None
    note: str


class SlipTold(SlipLineTold):
    case: LoanCase | None = Field(description="of the table; null before it was handed in")
    purpose: Purpose
    purpose_text: str
    days: int
    fetch_by: date | None
    renewals_used: int
    renewals: int
    lent: list[LoanItemTold]
    remedies: list[LoanRemedyTold]


class OutsiderAsked(Asked):
    person: Line
    id_type: IdType = IdType.ID_CARD
    id_no: Line
    contact: Line
    id_checked: StrictBool = Field(description="you looked at the identity card")
    organisation: Line = ""
    letter_no: Line = ""
    legal_basis: Line = ""


class FormAsked(Asked):
    items: Annotated[list[Line], Field(min_length=1, max_length=MOST_ITEMS)] = Field(
        description="archival numbers of papers or case files"
    )
    form: ItemForm = ItemForm.ORIGINAL
    purpose: Purpose
    purpose_text: Line = ""
    use: UseMode
    days: Annotated[StrictInt, Field(ge=1, le=3650)] = 1
    borrower: BorrowerKind = BorrowerKind.USER
    owner: Id | None = Field(None, description="the id of the party, for an owner")
    outsider: OutsiderAsked | None = None
    unmasked: StrictBool = False
    unmask_reason: Line = ""
    remarks: Line = ""


class NewSlip(FormAsked):
    undertaking: Annotated[str, Field(max_length=16)] | None = Field(
        None, description="the version that was accepted; without it the slip stays a draft"
    )


class DraftChange(FormAsked):
    revision: Revision


class Handing(Asked):
    undertaking: Annotated[str, Field(max_length=16)]
    revision: Revision | None = None


class LoanComment(Asked):
    comment: Line = ""
    revision: Revision | None = None


class HandedAsked(Asked):
    item: Id
    pages: Pages = Field(description="as counted")
    condition: Condition = Condition.GOOD
    note: Line = ""
    copies: Annotated[StrictInt, Field(ge=0, le=MOST_COPIES)] = 0


class LoanIssueAsked(Asked):
    items: Annotated[list[HandedAsked], Field(max_length=MOST_ITEMS)] = Field(
        description="every item once; none for a view on screen"
    )
    revision: Revision | None = None


class LoanReturnAsked(Asked):
    items: Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
    comment: Line = ""
    revision: Revision | None = None


class LoanFindingAsked(Asked):
    item: Id
    outcome: Outcome
    pages: Pages
    condition: Condition = Condition.GOOD
    note: Line = ""


class LoanCheckAsked(Asked):
    items: Annotated[list[LoanFindingAsked], Field(min_length=1, max_length=MOST_ITEMS)]
    revision: Revision | None = None


class LoanRenewalAsked(Asked):
    reason: Line
    revision: Revision | None = None


class LoanRemedyAsked(Asked):
    step: RemedyStep
    text: Passage = Field("", description="what is said, where it comes from, what was decided")
    how: Rebuilt | None = Field(None, description="of rebuilding")
    replacement: Line = Field("", description="archival number of the paper that takes its place")
    amount_fen: Annotated[StrictInt, Field(ge=0, le=MOST_FEN)] | None = None


class NothingMore(Asked):
    pass


class LoanRuleTold(Told):
    case: LoanCase
    revision: int
    days: int
    renewals: int
    renewal_days: int
    uses: list[UseMode]
    masked: bool
    watermark: bool
    stamped: bool
    legal_basis: bool
    asks_reason: bool
    own_department_free: bool
    original_stays: bool
    changed_at: datetime
    reason: str


class LoanRuleList(Told):
    rules: list[LoanRuleTold]


class LoanRuleChange(Asked):
    days: Annotated[StrictInt, Field(ge=1, le=365)] | None = None
    renewals: Annotated[StrictInt, Field(ge=0, le=12)] | None = None
    renewal_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = None
    uses: Annotated[list[UseMode], Field(min_length=1, max_length=4)] | None = None
    masked: StrictBool | None = None
    watermark: StrictBool | None = None
    stamped: StrictBool | None = None
    legal_basis: StrictBool | None = None
    asks_reason: StrictBool | None = None
    own_department_free: StrictBool | None = None
    original_stays: StrictBool | None = None
    reason: Line
    revision: Revision


def line_told(row: LoanRow, borrower: str, today: date) -> SlipLineTold:
    return SlipLineTold(**_line(row, borrower, today))


def _line(row: LoanRow, borrower: str, today: date) -> dict[str, object]:
    late = (today - row.due_on).days if row.due_on is not None and row.is_overdue(today) else 0
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "revision": row.revision,
        "borrower_kind": row.borrower_kind,
        "borrower_id": row.borrower_id,
        "borrower": borrower,
        "use": row.use,
        "items": row.items,
        "created_at": row.created_at,
        "issued_at": row.issued_at,
        "due_on": row.due_on,
        "days_overdue": late,
        "queued": row.queued,
        "ended_at": row.ended_at,
    }


def slip_told(
    row: LoanRow, borrower: str, items: Sequence[LoanItemRow], remedies: Sequence[RemedyRow], today: date
) -> SlipTold:
    return SlipTold(
        **_line(row, borrower, today),
        case=row.case,
        purpose=row.purpose,
        purpose_text=mask(row.purpose_text),
        days=row.days,
        fetch_by=row.fetch_by,
        renewals_used=row.renewals_used,
        renewals=row.renewals,
        lent=[_item(one) for one in items],
        remedies=[_remedy(one) for one in remedies],
    )


def _item(one: LoanItemRow) -> LoanItemTold:
    return LoanItemTold(
        id=one.id,
        document=one.document_id,
        case_file=one.case_file_id,
        archival_no=one.archival_no,
        title=mask(one.title),
        form=one.form,
        level=one.level,
        pages=one.pages,
        pages_out=one.pages_out,
        condition_out=one.condition_out,
        pages_back=one.pages_back,
        condition_back=one.condition_back,
        outcome=one.outcome,
        copies=one.copies,
        stamp_no=one.stamp_no,
        back_at=one.back_at,
        place_in_queue=one.place_in_line,
        offered_until=one.offered_until,
    )


def _remedy(one: RemedyRow) -> LoanRemedyTold:
    return LoanRemedyTold(
        id=one.id,
        item=one.item_id,
        outcome=one.outcome,
        state=one.state,
        next=one.next,
        statement=mask(one.statement),
        rebuilt=one.rebuilt,
        replacement=one.replacement_id,
        compensation_fen=one.compensation_fen,
        note=mask(one.note),
    )


def rule_told(row: RuleRow) -> LoanRuleTold:
    rule = row.rule
    return LoanRuleTold(
        case=rule.case,
        revision=row.revision,
        days=rule.days,
        renewals=rule.renewals,
        renewal_days=rule.renewal_days,
        uses=sorted(rule.uses),
        masked=rule.masked,
        watermark=rule.watermark,
        stamped=rule.stamped,
        legal_basis=rule.legal_basis,
        asks_reason=rule.reason,
        own_department_free=rule.own_department_free,
        original_stays=rule.original_stays,
        changed_at=row.changed_at,
        reason=mask(row.why),
    )
