"""Take back, count, compare; what came back whole goes to its place, what did not is made good."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update

from archive_service import locations
from archive_service.loans.models import Loan, LoanItem, Remedy
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.slips import loan as loan_row_of
from archive_service.loans.rules import (
    FOUND,
    Condition,
    LoanItemId,
    LoanState,
    Outcome,
    Step,
    UseMode,
    count_fits,
    worst,
)
from archive_service.loans.rules.asking import Finding, clean
from archive_service.loans.rules.refusals import (
    ForeignItem,
    ItemsLeft,
    ItemTwice,
    PageCountDiffers,
    WrongStep,
)
from archive_service.loans.rules.remedies import RemedyState
from archive_service.loans.service.issuing import ref_of
from archive_service.loans.service.queueing import hold_things, let_go
from archive_service.loans.service.steps import count_up, items, locked, must, take_step
from archive_service.locations import NotOut
from archive_service.unit_of_work import UnitOfWork


def take_back(
    work: UnitOfWork,
    loan_id: int,
    brought: Collection[LoanItemId],
    *,
    comment: str = "",
    seen: int | None = None,
) -> LoanRow:
    """Note what was brought back; once everything was, the slip waits for its check. A renewal that waits is void by
    that. Raises NotFound, Forbidden, OwnLoan, WrongStep, LoanMoved, ForeignItem, ItemsLeft."""
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.TAKE_BACK)
    if loan.use_mode == UseMode.ELECTRONIC.value:
        raise WrongStep()
    lines = {line.id: line for line in items(work, loan.id)}
    if set(brought) - set(lines):
        raise ForeignItem(field="items")
    if not brought:
        raise ItemsLeft(field="items", left=sum(line.back_at is None for line in lines.values()))
    for item_id in brought:
        line = lines[item_id]
        line.back_at = line.back_at or work.now
    said = clean(comment, "comment")
    if any(line.back_at is None and line.outcome is None for line in lines.values()):
        count_up(work, loan)
        work.audit("loan.partly-back", f"loan:{loan.id}", items=len(brought))
        return loan_row_of(work.session, work.actor, loan.id)
    loan.taken_back_at, loan.taken_back_by = work.now, work.actor.user_id
    work.session.execute(
        update(Remedy)
        .where(Remedy.loan_id == loan.id, Remedy.state == RemedyState.SUSPECTED.value)
        .values(state=RemedyState.DISMISSED.value, closed_at=work.now, closed_by=work.actor.user_id)
    )
    take_step(work, loan, Step.TAKE_BACK, said)
    return loan_row_of(work.session, work.actor, loan.id)


def check(work: UnitOfWork, loan_id: int, findings: Sequence[Finding], *, seen: int | None = None) -> LoanRow:
    """What the count and the look came to, of every item that was brought back. The whole ones go back to their places
    and to whoever waits; of the others a remedy begins.

    Raises NotFound, Forbidden, OwnLoan, WrongStep, LoanMoved, ForeignItem, ItemTwice, ItemsLeft, PageCountDiffers.
    """
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.FIND_WHOLE)
    lines = items(work, loan.id)
    told = {one.item_id: one for one in findings}
    open_lines = {line.id for line in lines if line.outcome is None}
    if set(told) - open_lines:
        raise ForeignItem(field="items")
    if len(told) < len(findings):
        raise ItemTwice(field="items")
    if left := open_lines - set(told):
        raise ItemsLeft(field="items", left=len(left))
    hold_things(work, lines)
    for line in lines:
        if line.id in open_lines:
            _note(line, told[LoanItemId(line.id)])
    loan.checked_at, loan.checked_by = work.now, work.actor.user_id
    outcome = worst([Outcome(line.outcome) for line in lines if line.outcome])
    take_step(work, loan, FOUND[outcome])
    _settle(work, loan, lines, outcome)
    return loan_row_of(work.session, work.actor, loan.id)


def _note(line: LoanItem, one: Finding) -> None:
    whole = one.outcome is Outcome.WHOLE
    if not count_fits(one.outcome, went_out=line.pages_out or 0, came_back=one.pages):
        raise PageCountDiffers(
            field="pages", number=line.archival_no, expected=line.pages_out or 0, counted=one.pages
        )
    damaged = one.condition is Condition.DAMAGED and line.condition_out != Condition.DAMAGED.value
    outcome = Outcome.DAMAGED if whole and damaged else one.outcome
    line.pages_back, line.condition_back = one.pages, one.condition.value
    line.note_back, line.outcome = clean(one.note, "note", 255), outcome.value


def _settle(work: UnitOfWork, loan: Loan, lines: Sequence[LoanItem], outcome: Outcome) -> None:
    whole = [line for line in lines if line.outcome == Outcome.WHOLE.value]
    put_in_place(work, whole)
    if outcome is not Outcome.WHOLE:
        open_remedies(work, loan, [line for line in lines if line.outcome != Outcome.WHOLE.value])
    let_go(work, [line for line in whole if line.held])


def put_in_place(work: UnitOfWork, lines: Sequence[LoanItem]) -> None:
    """Back where their places were kept; somebody may have put one there before."""
    for line in lines:
        if line.exclusive:
            try:
                locations.put_back(work, ref_of(line), why=f"loan:{line.loan_id}")
            except NotOut:
                continue


def open_remedies(work: UnitOfWork, loan: Loan, lines: Sequence[LoanItem]) -> None:
    suspected = {
        row.loan_item_id: row
        for row in work.session.scalars(
            select(Remedy).where(Remedy.loan_id == loan.id, Remedy.state == RemedyState.SUSPECTED.value)
        )
    }
    for line in lines:
        row = suspected.get(line.id)
        if row is None:
            row = Remedy(
                loan_id=loan.id, loan_item_id=line.id, opened_at=work.now, opened_by=work.actor.user_id
            )
            work.session.add(row)
        row.outcome, row.state = line.outcome or Outcome.LOST.value, RemedyState.OPEN.value
    work.session.flush()
    take_step(work, loan, Step.OPEN_REMEDY)


def report_lost(work: UnitOfWork, loan_id: int, *, comment: str, seen: int | None = None) -> LoanRow:
    """What is still out, or was not found among what came back, is lost; a remedy begins. Also the answer to a loss that
    was suspected. Raises NotFound, Forbidden, OwnLoan, WrongStep, LoanMoved."""
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.REPORT_LOST)
    if loan.use_mode == UseMode.ELECTRONIC.value:
        raise WrongStep()
    said, lines = clean(comment, "comment"), items(work, loan.id)
    hold_things(work, lines)
    away = [line for line in lines if line.back_at is None and line.outcome is None]
    if loan.state == LoanState.RETURN_PENDING_CHECK.value or not away:
        raise WrongStep()  # what came back is checked, and found lost there
    for line in away:
        line.outcome = Outcome.LOST.value
    if len(away) < len(lines):
        # The rest was brought back: it is checked, and the slip then goes the way of its worst.
        loan.taken_back_at, loan.taken_back_by = work.now, work.actor.user_id
        take_step(work, loan, Step.TAKE_BACK, said)
        work.audit("loan.partly-lost", f"loan:{loan.id}", items=[line.position for line in away])
        return loan_row_of(work.session, work.actor, loan.id)
    loan.checked_at, loan.checked_by = work.now, work.actor.user_id
    take_step(work, loan, Step.REPORT_LOST, said)
    open_remedies(work, loan, away)
    return loan_row_of(work.session, work.actor, loan.id)
