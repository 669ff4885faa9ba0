"""Write a slip, change it, hand it in; or stand in the line for what others have."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from archive_service import approvals, premises, records
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.loans.models import Loan, LoanItem, Reservation
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.rulebook import KIND, table
from archive_service.loans.queries.slips import loan as loan_row_of
from archive_service.loans.rules import (
    UNDERTAKING_VERSION,
    BorrowerKind,
    ItemForm,
    LoanState,
    Step,
    UseMode,
)
from archive_service.loans.rules.asking import Asked, Outsider, checked, clean, days_of
from archive_service.loans.rules.cases import (
    Terms,
    cases_of,
    is_exclusive,
    is_own_department,
    merged,
    terms_of,
)
from archive_service.loans.rules.refusals import (
    ItemTwice,
    NeedsLegalBasis,
    NeedsUndertaking,
    NeedsUnmaskReason,
    NotFiled,
    NotOwnPapers,
    OriginalStays,
    TooManyDays,
    UseNotAllowed,
    WrongStep,
)
from archive_service.loans.rules.waiting import ReservationState
from archive_service.loans.service.approving import KINDS
from archive_service.loans.service.queueing import hold_things, is_taken, leave_line, offer_next, queue_up
from archive_service.loans.service.standing import (
    facts_of,
    must_be_lendable,
    must_be_trusted,
    things_of,
)
from archive_service.loans.service.steps import count_up, items, locked, must, take_step
from archive_service.loans.service.telling import ask_deciders
from archive_service.people import Role
from archive_service.premises import IdType, PartyKind, Seal
from archive_service.premises.rules.parties import id_number, masked_id, masked_name, masked_phone, phone
from archive_service.records import Lendable
from archive_service.unit_of_work import UnitOfWork

DECIDED_WITHIN: Final = timedelta(days=30)
"""A slip on which nobody says a word for so long lapses."""


def draft(work: UnitOfWork, seal: Seal, asked: Asked) -> LoanRow:
    """Write a slip; its number is taken now, and every number has its slip.

    Raises Forbidden, NotFound, NotFiled, NotOwnPapers and what ``rules.asking.checked`` raises.
    """
    work.actor.must(Permission.REQUEST_LOAN)
    if work.actor.user_id is None:
        raise Forbidden()
    today = business_day(work.now)
    asked = checked(asked, today)
    series = f"JY-{today.year}"
    loan = Loan(
        number=f"{series}-{records.next_number(work.session, series):04}",
        state=LoanState.DRAFT.value,
        revision=1,
        created_at=work.now,
        created_on=today,
        requested_by=work.actor.user_id,
        cases=[],
    )
    _write(work, seal, loan, asked)
    work.session.add(loan)
    work.session.flush()
    _write_items(work, loan, asked)
    work.audit("loan.drafted", f"loan:{loan.id}", number=loan.number, items=len(asked.items))
    return loan_row_of(work.session, work.actor, loan.id)


def change_draft(work: UnitOfWork, seal: Seal, loan_id: int, asked: Asked, *, seen: int) -> LoanRow:
    """Write it anew before it is handed in. Places in lines are left. Raises as ``draft``, NotYours, WrongStep,
    LoanMoved."""
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.SUBMIT)
    asked = checked(asked, business_day(work.now))
    freed = leave_line(work, loan.id, ReservationState.WITHDRAWN)
    _write(work, seal, loan, asked)
    _replace_items(work, loan, asked)
    count_up(work, loan)
    offer_next(work, freed)
    work.audit("loan.changed", f"loan:{loan.id}", items=len(asked.items))
    return loan_row_of(work.session, work.actor, loan.id)


def _write(work: UnitOfWork, seal: Seal, loan: Loan, asked: Asked) -> None:
    loan.borrower_kind = asked.borrower.value
    loan.borrower_id = work.actor.user_id if asked.borrower is BorrowerKind.USER else None
    loan.party_id = asked.party_id
    loan.purpose, loan.purpose_text = asked.purpose.value, clean(asked.purpose_text, "purpose_text")
    loan.use_mode, loan.days = asked.use.value, days_of(asked, business_day(work.now))
    loan.unmasked, loan.unmask_reason = asked.unmasked, clean(asked.unmask_reason, "unmask_reason", 255)
    loan.remarks = clean(asked.remarks, "remarks")
    _write_outsider(work, seal, loan, asked.outsider)


def _write_outsider(work: UnitOfWork, seal: Seal, loan: Loan, one: Outsider | None) -> None:
    loan.organisation = clean(one.organisation, "organisation", 120) if one else ""
    loan.letter_no = clean(one.letter_no, "letter_no", 64) if one else ""
    loan.legal_basis = clean(one.legal_basis, "legal_basis", 255) if one else ""
    loan.id_checked_by = work.actor.user_id if one else None
    loan.id_checked_at = work.now if one else None
    if one is None:
        loan.person_sealed = loan.id_sealed = loan.contact_sealed = None
        loan.person_masked = loan.id_type = loan.id_masked = loan.contact_masked = ""
        return
    id_type, number, contact = IdType(one.id_type), id_number(one.id_no), phone(one.contact)
    loan.person_sealed = seal.close(clean(one.person, "person", 80), "loan.person")
    loan.person_masked = masked_name(PartyKind.PERSON, clean(one.person, "person", 80))
    loan.id_type = id_type.value
    loan.id_sealed, loan.id_masked = seal.close(number, "loan.id_no"), masked_id(id_type, number)
    loan.contact_sealed, loan.contact_masked = seal.close(contact, "loan.contact"), masked_phone(contact)


def _replace_items(work: UnitOfWork, loan: Loan, asked: Asked) -> None:
    """Of a draft that was never handed in nothing hangs on its lines; of one that came back they are rewritten."""
    work.session.flush()
    known = {(i.document_id, i.case_file_id): i for i in items(work, loan.id)}
    wanted = {(i.document_id, i.case_file_id) for i in asked.items}
    gone = [one.id for key, one in known.items() if key not in wanted]
    # Only a draft loses lines, and with them the places in line that they once had.
    work.session.execute(delete(Reservation).where(Reservation.loan_item_id.in_(gone)))
    work.session.execute(delete(LoanItem).where(LoanItem.id.in_(gone)))
    for at, one in enumerate(known.values()):
        one.position = 1000 + at  # out of the way of the new order
    work.session.flush()
    _write_items(work, loan, asked)


def _write_items(work: UnitOfWork, loan: Loan, asked: Asked) -> None:
    session, actor = work.session, work.actor
    known = {(i.document_id, i.case_file_id): i for i in items(work, loan.id)}
    papers = [i.document_id for i in asked.items if i.document_id is not None]
    files = [i.case_file_id for i in asked.items if i.case_file_id is not None]
    # What the person may not see does not exist for them.
    if len(records.documents_by_id(session, actor, papers)) < len(papers) or len(
        records.case_files_by_id(session, actor, files)
    ) < len(files):
        raise NotFound()
    of_papers, of_files = records.lendable_papers(session, papers), records.lendable_files(session, files)
    if {thing.within_file_id for thing in of_papers.values()} & set(files):
        raise ItemTwice(field="items")
    for position, one in enumerate(asked.items, 1):
        thing = (
            of_papers.get(one.document_id)
            if one.document_id is not None
            else of_files.get(one.case_file_id or 0)
        )
        if thing is None:
            raise NotFiled(field="items")
        row = known.get((one.document_id, one.case_file_id))
        if row is None:
            row = LoanItem(
                loan_id=loan.id, document_id=one.document_id, case_file_id=one.case_file_id, held=False
            )
            session.add(row)
        row.position, row.form = position, one.form.value
        _describe(row, thing, UseMode(loan.use_mode))
    session.flush()


def _describe(row: LoanItem, thing: Lendable, use: UseMode) -> None:
    row.within_file_id = thing.within_file_id
    row.archival_no, row.class_code = thing.archival_no, thing.class_code
    row.level, row.pages = thing.level.value, thing.pages
    row.exclusive = is_exclusive(use, ItemForm(row.form), on_paper=thing.on_paper)


def submit(
    work: UnitOfWork,
    seal: Seal,
    loan_id: int,
    *,
    undertaking: str,
    seen: int | None = None,
) -> LoanRow:
    """Hand it in. Where something on it is lent or kept for others it stays a draft and stands in the line for that:
    the row then says ``queued``. ``undertaking``: the version that was shown and accepted.

    Raises NotFound, Forbidden, NotYours, WrongStep, LoanMoved, NeedsUndertaking, NeedsLegalBasis, NeedsUnmaskReason,
    UseNotAllowed, OriginalStays, TooManyDays, NotOwnPapers, UnderRepair, and as ``standing`` does.
    """
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.SUBMIT)
    if undertaking != UNDERTAKING_VERSION:
        raise NeedsUndertaking(field="undertaking")
    use, lines = UseMode(loan.use_mode), items(work, loan.id)
    things = things_of(work.session, lines)
    must_be_lendable(work.session, lines, things, use)
    must_be_trusted(work, loan)
    for line in lines:
        _describe(line, things[line.id], use)
    terms = _terms(work, loan, lines, things)
    _must_suit(loan, lines, things, terms)
    if loan.borrower_kind == BorrowerKind.OWNER.value:
        _must_be_their_own(work, seal, loan, list(things.values()))
    loan.undertaking, loan.undertaken_at = undertaking, work.now
    work.session.flush()
    taken = _take(work, [line for line in lines if line.exclusive])
    if taken:
        queue_up(work, loan, taken)
        count_up(work, loan)
        return loan_row_of(work.session, work.actor, loan.id)
    leave_line(work, loan.id, ReservationState.TAKEN)
    _keep_terms(work, loan, terms)
    take_step(work, loan, Step.SUBMIT, case=terms.case.value)
    chain = _chain(work, terms)
    asked = approvals.ask(
        work,
        KINDS,
        kind=KIND,
        case=terms.case.value,
        subject=f"loan:{loan.id}",
        title=loan.number,
        lapses_at=work.now + DECIDED_WITHIN,
        chain=chain,
    )
    ask_deciders(work, loan, asked)
    return loan_row_of(work.session, work.actor, loan.id)


def _terms(work: UnitOfWork, loan: Loan, lines: Sequence[LoanItem], things: dict[int, Lendable]) -> Terms:
    facts = [facts_of(things[line.id], ItemForm(line.form)) for line in lines]
    cases = cases_of(facts, BorrowerKind(loan.borrower_kind), UseMode(loan.use_mode), unmasked=loan.unmasked)
    return terms_of(cases, table(work.session), own_department=is_own_department(work.actor.roles, facts))


def _must_suit(loan: Loan, lines: Sequence[LoanItem], things: dict[int, Lendable], terms: Terms) -> None:
    use, first = UseMode(loan.use_mode), lines[0].archival_no
    if use not in terms.uses:
        raise UseNotAllowed(field="use", number=first)
    if terms.original_stays and use is UseMode.TAKE_OUT:
        for line in lines:
            thing = things[line.id]
            # A blueprint or other copy that was filed as such may go; what was filed as the original never does.
            is_copy = thing.form is records.Form.COPY or line.form == ItemForm.COPY.value
            if not is_copy:
                raise OriginalStays(field="use", number=line.archival_no)
    if loan.days > terms.days and use is not UseMode.COPY:
        raise TooManyDays(field="days", most=terms.days)
    if terms.legal_basis and not loan.legal_basis:
        raise NeedsLegalBasis(field="legal_basis")
    if terms.reason and not loan.unmask_reason:
        raise NeedsUnmaskReason(field="unmask_reason")


def _must_be_their_own(work: UnitOfWork, seal: Seal, loan: Loan, things: Sequence[Lendable]) -> None:
    """Papers of units that they own today, which name them, or none and were made since they own it. Raises
    NotOwnPapers."""
    assert loan.party_id is not None
    today = business_day(work.now)
    holdings = premises.occupancies_of_party(work.session, seal, loan.party_id)
    since = {one.unit_id: one.valid_from.isoformat() for one in holdings if one.owns and one.holds_on(today)}
    name = premises.party(work.session, seal, loan.party_id, in_clear=True).name
    for thing in things:
        begun = None if thing.unit_id is None else since.get(premises.UnitId(thing.unit_id))
        theirs = thing.owner == name or (not thing.owner and thing.day and begun and thing.day >= begun)
        if begun is None or not theirs:
            raise NotOwnPapers()


def _take(work: UnitOfWork, wanted: Sequence[LoanItem]) -> list[LoanItem]:
    """Keep all of them for this slip, or none: those that others have."""
    if not wanted:
        return []
    hold_things(work, wanted)
    taken = [line for line in wanted if is_taken(work.session, line)]
    if taken:
        return taken
    try:
        with work.session.begin_nested():
            for line in wanted:
                line.held = True
            work.session.flush()
    except IntegrityError:
        # Papers that stand by themselves have no file to be locked by: the key decides between two at once.
        for line in wanted:
            work.session.refresh(line)
        return [line for line in wanted if is_taken(work.session, line)] or list(wanted)
    return []


def _keep_terms(work: UnitOfWork, loan: Loan, terms: Terms) -> None:
    loan.loan_case, loan.cases = terms.case.value, [case.value for case in terms.cases]
    loan.renewals, loan.renewal_days = terms.renewals, terms.renewal_days
    loan.masked, loan.watermark, loan.stamped = terms.masked, terms.watermark, terms.stamped
    loan.submitted_at = work.now
    work.session.flush()


def _chain(work: UnitOfWork, terms: Terms) -> tuple[approvals.ChainStep, ...] | None:
    """None: that of the case. Nobody's word is needed within one's own department; of several cases all are asked."""
    if terms.free:
        return ()
    if len(terms.cases) == 1:
        return None
    chains = [approvals.chain(work.session, KIND, case.value).steps for case in terms.cases]
    deciders: dict[Role, int] = {}
    for step in (step for chain in chains for step in chain):
        deciders[step.role] = max(step.deciders, deciders.get(step.role, 1))
    order = merged([[step.role for step in chain] for chain in chains])
    return tuple(approvals.ChainStep(role, deciders[role]) for role in order)


def request(work: UnitOfWork, seal: Seal, asked: Asked, *, undertaking: str) -> LoanRow:
    """Write it and hand it in at once. Raises as both."""
    row = draft(work, seal, asked)
    return submit(work, seal, row.id, undertaking=undertaking)


def cancel(work: UnitOfWork, loan_id: int, *, comment: str = "", seen: int | None = None) -> LoanRow:
    """Whoever asked no longer wants it: a draft, what waits for a word, or what was approved and not fetched.

    Raises NotFound, NotYours, WrongStep, LoanMoved.
    """
    # What decides and what takes back lock the request first, then the slip.
    waiting = next((one for one in approvals.of_subject(work.session, f"loan:{loan_id}") if one.waits), None)
    if waiting is not None:
        approvals.hold(work, waiting.id)
    loan = locked(work, loan_id, seen=seen)
    must(work, loan, Step.CANCEL)
    said = clean(comment, "comment")
    if waiting is not None:
        approvals.withdraw(work, KINDS, waiting.id)
        return loan_row_of(work.session, work.actor, loan.id)
    if LoanState(loan.state) not in (LoanState.DRAFT, LoanState.APPROVED):
        raise WrongStep()
    freed = leave_line(work, loan.id, ReservationState.WITHDRAWN)
    held = [line for line in items(work, loan.id) if line.held]
    for line in held:
        line.held = False
    take_step(work, loan, Step.CANCEL, said)
    offer_next(work, held)
    offer_next(work, freed)
    return loan_row_of(work.session, work.actor, loan.id)
