"""Who has a thing, who gets it next. A paper and the case file that holds it are one thing here: each keeps the other."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from archive_service import records, working_days
from archive_service.kernel.clock import business_day
from archive_service.loans.models import HELD, IN_LINE, OFFERED, Loan, LoanItem, Reservation
from archive_service.loans.queries.slips import same_thing
from archive_service.loans.rules import IN_REMEDY, OFFER_LASTS_WORKING_DAYS, LoanState
from archive_service.loans.rules.refusals import UnderRepair
from archive_service.loans.rules.waiting import ReservationState
from archive_service.loans.service.telling import tell
from archive_service.unit_of_work import UnitOfWork

MOST_LOOKED_AT = 100


def hold_things(work: UnitOfWork, things: Collection[LoanItem] | Collection[Reservation]) -> None:
    """Nobody else takes these, the files that hold them or papers in them before this transaction ends."""
    files = {one.case_file_id for one in things} | {one.within_file_id for one in things}
    records.hold_case_files(work.session, {one for one in files if one is not None})


def _keeps(model: type[LoanItem] | type[Reservation], one: LoanItem | Reservation) -> ColumnElement[bool]:
    """On ``model``: whatever excludes ``one``."""
    if one.document_id is not None:
        parts: list[ColumnElement[bool]] = [model.document_id == one.document_id]
        if one.within_file_id is not None:
            parts.append(model.case_file_id == one.within_file_id)
        return or_(*parts)
    return or_(model.case_file_id == one.case_file_id, model.within_file_id == one.case_file_id)


def is_taken(session: Session, one: LoanItem | Reservation) -> bool:
    """Whether another slip has it, or it is kept for somebody else. Raises UnderRepair where that will not do."""
    held = (
        select(Loan.state)
        .join(LoanItem, LoanItem.loan_id == Loan.id)
        .where(_keeps(LoanItem, one), HELD, Loan.id != one.loan_id)
    )
    states = [LoanState(state) for state in session.scalars(held)]
    if any(state in IN_REMEDY for state in states) and isinstance(one, LoanItem):
        raise UnderRepair(number=one.archival_no)
    if states:
        return True
    offered = select(Reservation.id).where(
        _keeps(Reservation, one), OFFERED, Reservation.loan_id != one.loan_id
    )
    return session.scalar(offered.limit(1)) is not None


def queue_up(work: UnitOfWork, loan: Loan, items: Sequence[LoanItem]) -> None:
    """A place in the line for each, behind everybody who is in it; who has one keeps it."""
    here = set(
        work.session.scalars(select(Reservation.loan_item_id).where(Reservation.loan_id == loan.id, IN_LINE))
    )
    for item in items:
        if item.id not in here:
            work.session.add(
                Reservation(
                    loan_id=loan.id,
                    loan_item_id=item.id,
                    document_id=item.document_id,
                    case_file_id=item.case_file_id,
                    within_file_id=item.within_file_id,
                    state=ReservationState.WAITING.value,
                    queued_at=work.now,
                )
            )
    work.session.flush()
    work.audit("loan.queued", f"loan:{loan.id}", items=[item.position for item in items])


def leave_line(work: UnitOfWork, loan_id: int, end: ReservationState) -> list[Reservation]:
    """End the slip's places; the ones that were offered, which go to the next."""
    query = select(Reservation).where(Reservation.loan_id == loan_id, IN_LINE).order_by(Reservation.id)
    rows = list(work.session.scalars(query.with_for_update()))
    freed = [row for row in rows if row.state == ReservationState.OFFERED.value]
    for row in rows:
        row.state, row.ended_at = end.value, work.now
    work.session.flush()
    return freed


def let_go(work: UnitOfWork, items: Sequence[LoanItem]) -> None:
    """The slip keeps these no longer; whoever waits is offered them."""
    for item in items:
        item.held = False
    work.session.flush()
    offer_next(work, items)


def offer_next(work: UnitOfWork, freed: Sequence[LoanItem] | Sequence[Reservation]) -> int:
    """Offer each thing to whoever waits longest and can have it now; how many were."""
    hold_things(work, freed)
    offered = 0
    for thing in freed:
        waiting = (
            select(Reservation)
            .where(same_thing(thing), IN_LINE, Reservation.state == ReservationState.WAITING.value)
            .order_by(Reservation.id)
            .limit(MOST_LOOKED_AT)
        )
        for row in work.session.scalars(waiting).all():
            if not is_taken(work.session, row):
                _offer(work, row)
                offered += 1
    return offered


def _offer(work: UnitOfWork, row: Reservation) -> None:
    until = working_days.add_working_days(work.session, business_day(work.now), OFFER_LASTS_WORKING_DAYS)
    row.state, row.offered_at, row.offer_until = ReservationState.OFFERED.value, work.now, until
    work.session.flush()
    loan = work.session.get(Loan, row.loan_id)
    assert loan is not None
    tell(work, loan.requested_by, "loan.offered", loan, f"offered:{row.id}", until=until)
    work.audit("loan.offered", f"loan:{loan.id}", until=until.isoformat())


def lapse_offer(work: UnitOfWork, reservation_id: int) -> bool:
    """An offer that nobody took goes to the next; False if it was taken meanwhile."""
    row = work.session.get(Reservation, reservation_id, with_for_update=True)
    if row is None or row.state != ReservationState.OFFERED.value or row.offer_until is None:
        return False
    if row.offer_until >= business_day(work.now):
        return False
    row.state, row.ended_at = ReservationState.LAPSED.value, work.now
    work.session.flush()
    work.audit("loan.offer-lapsed", f"loan:{row.loan_id}")
    offer_next(work, [row])
    return True
