"""What the archive and other capabilities know of things that are to be lent, and of who wants them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from archive_service import holds, people, records
from archive_service.holds import HoldKind, keeps_from_lending
from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import UserId
from archive_service.loans.models import IS_OUT, Loan, LoanItem, Remedy
from archive_service.loans.rules import BorrowerKind, ItemForm, Outcome, UseMode
from archive_service.loans.rules.cases import ItemFacts
from archive_service.loans.rules.refusals import (
    BorrowerLeft,
    BorrowerOverdue,
    BorrowerOwesLost,
    HeldAtTheArchive,
    ItemLost,
    KeptFromLending,
    MarkedSecret,
    NotFiled,
    NotOnPaper,
)
from archive_service.records import Lendable
from archive_service.unit_of_work import UnitOfWork


def things_of(session: Session, items: Collection[LoanItem]) -> dict[int, Lendable]:
    """What the archive knows of each item, by its id; what is no longer filed is left out."""
    papers = records.lendable_papers(session, [i.document_id for i in items if i.document_id is not None])
    files = records.lendable_files(session, [i.case_file_id for i in items if i.case_file_id is not None])
    found: dict[int, Lendable] = {}
    for one in items:
        thing = (
            papers.get(one.document_id) if one.document_id is not None else files.get(one.case_file_id or 0)
        )
        if thing is not None:
            found[one.id] = thing
    return found


def facts_of(thing: Lendable, form: ItemForm) -> ItemFacts:
    return ItemFacts(thing.class_code, thing.level, form, thing.dept, thing.on_paper)


def must_be_lendable(
    session: Session,
    items: Sequence[LoanItem],
    things: Mapping[int, Lendable],
    use: UseMode,
) -> None:
    """Raises NotFiled, MarkedSecret, ItemLost, NotOnPaper, HeldAtTheArchive, KeptFromLending."""
    on_paper = use in (UseMode.ON_SITE, UseMode.TAKE_OUT)
    for item in items:
        thing = things.get(item.id)
        if thing is None:
            raise NotFiled(field="items")
        if thing.marked:
            raise MarkedSecret(number=thing.archival_no)
        if on_paper and not thing.on_paper:
            raise NotOnPaper(field="use", number=thing.archival_no)
        if on_paper and _is_lost(session, item):
            raise ItemLost(number=thing.archival_no)
    for number, over in holds_against(session, things.values(), use).items():
        refusal = KeptFromLending if over[0].kind is HoldKind.NO_ACCESS else HeldAtTheArchive
        raise refusal(number=number, hold=over[0].number)


def holds_against(
    session: Session, things: Iterable[Lendable], use: UseMode
) -> Mapping[str, Sequence[holds.HoldRow]]:
    """By archival number, the holds that keep it from being lent in this way, the strictest first; two statements."""
    leaves, copied = use is UseMode.TAKE_OUT, use is UseMode.COPY
    found: dict[str, Sequence[holds.HoldRow]] = {}
    for number, over in holds.against(session, list(things)).items():
        kept = [h for h in over if keeps_from_lending(h.kind, original_leaves=leaves, copy_leaves=copied)]
        if kept:
            found[number] = sorted(kept, key=lambda h: (h.kind is not HoldKind.NO_ACCESS, h.id))
    return found


def _is_lost(session: Session, item: LoanItem) -> bool:
    same: ColumnElement[bool] = (
        LoanItem.document_id == item.document_id
        if item.document_id is not None
        else LoanItem.case_file_id == item.case_file_id
    )
    query = select(LoanItem.id).where(same, LoanItem.outcome == Outcome.LOST.value, LoanItem.id != item.id)
    return session.scalar(query.limit(1)) is not None


def must_be_trusted(work: UnitOfWork, loan: Loan) -> None:
    """Raises BorrowerLeft, BorrowerOverdue, BorrowerOwesLost."""
    session = work.session
    if loan.borrower_id is not None:
        person = people.person(session, work.now, UserId(loan.borrower_id))
        if person is None or not person.active:
            raise BorrowerLeft()
    same = _same_borrower(loan)
    late = select(Loan.number).where(same, IS_OUT, Loan.due_on < business_day(work.now), Loan.id != loan.id)
    if (slip := session.scalar(late.limit(1))) is not None:
        raise BorrowerOverdue(slip=slip)
    owed = (
        select(Loan.number)
        .join(Remedy, Remedy.loan_id == Loan.id)
        .where(same, Remedy.state.in_(_UNSETTLED), Remedy.outcome == Outcome.LOST.value, Loan.id != loan.id)
    )
    if (slip := session.scalar(owed.limit(1))) is not None:
        raise BorrowerOwesLost(slip=slip)


_UNSETTLED: Final = ("suspected", "open")


def _same_borrower(loan: Loan) -> ColumnElement[bool]:
    kind = BorrowerKind(loan.borrower_kind)
    if kind is BorrowerKind.USER:
        return Loan.borrower_id == loan.borrower_id
    return (
        Loan.party_id == loan.party_id
        if kind is BorrowerKind.OWNER
        else Loan.organisation == loan.organisation
    )
