"""Hand out: pages counted, condition told, places kept; copies numbered and given away; views opened."""

from collections.abc import Mapping, Sequence

from archive_service import locations, records, working_days
from archive_service.kernel.clock import business_day
from archive_service.loans.models import Loan, LoanItem
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.slips import loan as loan_row_of
from archive_service.loans.rules import MOST_COPIES, Step, UseMode
from archive_service.loans.rules.asking import Handed, clean
from archive_service.loans.rules.refusals import ForeignItem, ItemsLeft, NeedsCopies, PageCountDiffers
from archive_service.loans.rules.waiting import last_day
from archive_service.loans.service.standing import must_be_lendable, must_be_trusted, things_of
from archive_service.loans.service.steps import items, locked, must, take_step
from archive_service.loans.service.viewing import issue_views
from archive_service.locations import ItemRef
from archive_service.unit_of_work import UnitOfWork


def ref_of(line: LoanItem) -> ItemRef:
    return ItemRef(document_id=line.document_id, case_file_id=line.case_file_id, in_file=line.within_file_id)


def issue(
    work: UnitOfWork,
    loan_id: int,
    handed: Sequence[Handed] = (),
    *,
    seen: int | None = None,
) -> LoanRow:
    """Give an approved slip's items to the borrower. Every item is told once; of a view on screen none. Copies end the
    slip: they are kept.

    Raises NotFound, Forbidden, OwnLoan, WrongStep, LoanMoved, ItemsLeft, ForeignItem, PageCountDiffers, NeedsCopies,
    AlreadyOut (of places), BorrowerLeft and the like, what ``standing`` raises.
    """
    loan = locked(work, loan_id, seen=seen)
    use = UseMode(loan.use_mode)
    must(work, loan, Step.HAND_OVER if use is UseMode.COPY else Step.ISSUE)
    lines = items(work, loan.id)
    must_be_trusted(work, loan)
    must_be_lendable(work.session, lines, things_of(work.session, lines), use)
    if use is UseMode.ELECTRONIC:
        issue_views(work, loan)
        return loan_row_of(work.session, work.actor, loan.id)
    told = _told(lines, handed)
    for line in lines:
        _note(line, told[line.id])
    if use is UseMode.COPY:
        _hand_over(work, loan, lines, told)
    else:
        _hand_out(work, loan, lines, use)
    return loan_row_of(work.session, work.actor, loan.id)


def _told(lines: Sequence[LoanItem], handed: Sequence[Handed]) -> Mapping[int, Handed]:
    told = {one.item_id: one for one in handed}
    known = {line.id for line in lines}
    if set(told) - known:
        raise ForeignItem(field="items")
    if left := known - set(told):
        raise ItemsLeft(field="items", left=len(left))
    return {int(item_id): one for item_id, one in told.items()}


def _note(line: LoanItem, one: Handed) -> None:
    note = clean(one.note, "note", 255)
    if one.pages < 0 or (one.pages != line.pages and not note):
        raise PageCountDiffers(field="pages", number=line.archival_no, expected=line.pages, counted=one.pages)
    line.pages_out, line.condition_out, line.note_out = one.pages, one.condition.value, note


def _hand_out(work: UnitOfWork, loan: Loan, lines: Sequence[LoanItem], use: UseMode) -> None:
    due = last_day(business_day(work.now), loan.days, use)
    loan.issued_at, loan.issued_by = work.now, work.actor.user_id
    loan.due_on = working_days.next_working_day(work.session, due)
    take_step(work, loan, Step.ISSUE, due=loan.due_on.isoformat())
    for line in lines:
        if line.exclusive:
            locations.take_out(work, ref_of(line), f"loan:{loan.id}")


def _hand_over(work: UnitOfWork, loan: Loan, lines: Sequence[LoanItem], told: Mapping[int, Handed]) -> None:
    series = f"FY-{business_day(work.now).year}"
    for line in lines:
        copies = told[line.id].copies
        if not 1 <= copies <= MOST_COPIES:
            raise NeedsCopies(field="copies", most=MOST_COPIES)
        stamp_no = f"{series}-{records.next_number(work.session, series):04}"
        line.copies, line.stamp_no = copies, stamp_no
    loan.issued_at, loan.issued_by = work.now, work.actor.user_id
    pages = sum(line.copies * (line.pages_out or 0) for line in lines)
    take_step(work, loan, Step.HAND_OVER, copies=sum(line.copies for line in lines), pages=pages)
