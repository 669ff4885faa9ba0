"""Slips and what stands on them, as frozen rows."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level
from archive_service.loans.models import Loan, LoanItem
from archive_service.loans.rules import (
    OUT,
    BorrowerKind,
    Condition,
    ItemForm,
    LoanId,
    LoanItemId,
    LoanState,
    Outcome,
    Purpose,
    UseMode,
)
from archive_service.loans.rules.cases import LoanCase
from archive_service.loans.rules.waiting import is_overdue


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A slip. Of people from outside only what may be shown: covered. ``days``: as asked for. ``case``: None before it
    was handed in. ``masked``: third parties and numbers stay covered. ``queued``: waits for items that others have."""

    id: LoanId
    number: str
    state: LoanState
    revision: int
    created_at: datetime
    requested_by: UserId
    borrower_kind: BorrowerKind
    borrower_id: UserId | None
    party_id: int | None
    organisation: str
    person: str
    id_type: str
    id_no: str
    contact: str
    letter_no: str
    id_checked_by: UserId | None
    id_checked_at: datetime | None
    legal_basis: str
    purpose: Purpose
    purpose_text: str
    use: UseMode
    unmasked: bool
    unmask_reason: str
    days: int
    undertaking: str
    undertaken_at: datetime | None
    case: LoanCase | None
    cases: tuple[LoanCase, ...]
    renewals: int
    renewal_days: int
    renewals_used: int
    masked: bool
    watermark: bool
    stamped: bool
    submitted_at: datetime | None
    approved_at: datetime | None
    fetch_by: date | None
    issued_at: datetime | None
    issued_by: UserId | None
    due_on: date | None
    taken_back_at: datetime | None
    taken_back_by: UserId | None
    checked_at: datetime | None
    checked_by: UserId | None
    ended_at: datetime | None
    remarks: str
    items: int = 0
    queued: bool = False

    @property
    def subject(self) -> str:
        """As the trail names it."""
        return f"loan:{self.id}"

    @property
    def is_out(self) -> bool:
        return self.state in OUT

    def is_overdue(self, today: date) -> bool:
        return is_overdue(self.due_on, today, out=self.is_out)


@dataclass(frozen=True, slots=True)
class LoanItemRow:
    """``title`` and ``archival_no``: "" where who asks may not know the paper (``hidden``). ``queue``: how many wait for
    it on other slips."""

    id: LoanItemId
    loan_id: LoanId
    position: int
    document_id: uuid.UUID | None
    case_file_id: int | None
    within_file_id: int | None
    form: ItemForm
    archival_no: str
    title: str
    hidden: bool
    class_code: str
    level: Level
    pages: int
    exclusive: bool
    held: bool
    pages_out: int | None
    condition_out: Condition | None
    note_out: str
    copies: int
    stamp_no: str
    pages_back: int | None
    condition_back: Condition | None
    note_back: str
    back_at: datetime | None
    outcome: Outcome | None
    place_in_line: int | None = None  # of this slip: 1 is next; None: it does not wait for it
    offered_until: date | None = None


def loan_row(loan: Loan, *, items: int = 0, queued: bool = False) -> LoanRow:
    return LoanRow(
        id=LoanId(loan.id),
        number=loan.number,
        state=LoanState(loan.state),
        revision=loan.revision,
        created_at=loan.created_at,
        requested_by=UserId(loan.requested_by),
        borrower_kind=BorrowerKind(loan.borrower_kind),
        borrower_id=_user(loan.borrower_id),
        party_id=loan.party_id,
        organisation=loan.organisation,
        person=loan.person_masked,
        id_type=loan.id_type,
        id_no=loan.id_masked,
        contact=loan.contact_masked,
        letter_no=loan.letter_no,
        id_checked_by=_user(loan.id_checked_by),
        id_checked_at=loan.id_checked_at,
        legal_basis=loan.legal_basis,
        purpose=Purpose(loan.purpose),
        purpose_text=loan.purpose_text,
        use=UseMode(loan.use_mode),
        unmasked=loan.unmasked,
        unmask_reason=loan.unmask_reason,
        days=loan.days,
        undertaking=loan.undertaking,
        undertaken_at=loan.undertaken_at,
        case=LoanCase(loan.loan_case) if loan.loan_case else None,
        cases=tuple(LoanCase(one) for one in loan.cases),
        renewals=loan.renewals,
        renewal_days=loan.renewal_days,
        renewals_used=loan.renewals_used,
        masked=loan.masked,
        watermark=loan.watermark,
        stamped=loan.stamped,
        submitted_at=loan.submitted_at,
        approved_at=loan.approved_at,
        fetch_by=loan.fetch_by,
        issued_at=loan.issued_at,
        issued_by=_user(loan.issued_by),
        due_on=loan.due_on,
        taken_back_at=loan.taken_back_at,
        taken_back_by=_user(loan.taken_back_by),
        checked_at=loan.checked_at,
        checked_by=_user(loan.checked_by),
        ended_at=loan.ended_at,
        remarks=loan.remarks,
        items=items,
        queued=queued,
    )


def _user(user_id: int | None) -> UserId | None:
    return None if user_id is None else UserId(user_id)


def item_row(
    i: LoanItem, *, title: str, hidden: bool, place: int | None = None, offered: date | None = None
) -> LoanItemRow:
    return LoanItemRow(
        id=LoanItemId(i.id),
        loan_id=LoanId(i.loan_id),
        position=i.position,
        document_id=None if hidden else i.document_id,
        case_file_id=None if hidden else i.case_file_id,
        within_file_id=None if hidden else i.within_file_id,
        form=ItemForm(i.form),
        archival_no="" if hidden else i.archival_no,
        title=title,
        hidden=hidden,
        class_code="" if hidden else i.class_code,
        level=Level(i.level),
        pages=i.pages,
        exclusive=i.exclusive,
        held=i.held,
        pages_out=i.pages_out,
        condition_out=Condition(i.condition_out) if i.condition_out else None,
        note_out="" if hidden else i.note_out,
        copies=i.copies,
        stamp_no=i.stamp_no,
        pages_back=i.pages_back,
        condition_back=Condition(i.condition_back) if i.condition_back else None,
        note_back="" if hidden else i.note_back,
        back_at=i.back_at,
        outcome=Outcome(i.outcome) if i.outcome else None,
        place_in_line=place,
        offered_until=offered,
    )
