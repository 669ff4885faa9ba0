"""The daily round at half past eight: reminders, what was not fetched, views and offers that are over. And chasing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden
from archive_service.loans.models import (
    IS_OUT,
    OFFERED,
    TO_FETCH,
    Loan,
    LoanChase,
    LoanReminder,
    Remedy,
    Reservation,
)
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.slips import loan as loan_row_of
from archive_service.loans.rules import OUT, LoanState, Outcome, Step, UseMode
from archive_service.loans.rules.refusals import ChasedToday, NotDueYet, OwnLoan
from archive_service.loans.rules.remedies import RemedyState
from archive_service.loans.rules.waiting import (
    REMINDER_STAGES,
    SUSPECTS_LOSS,
    TELLS_LEADER,
    TELLS_MANAGER,
    is_overdue,
    stage_due,
)
from archive_service.loans.service.queueing import lapse_offer, let_go
from archive_service.loans.service.steps import items, locked, take_step
from archive_service.loans.service.telling import tell, tell_roles
from archive_service.people import Role
from archive_service.unit_of_work import UnitOfWork

BATCH: Final = 200
_EARLIEST: Final = timedelta(days=-REMINDER_STAGES[0])
KEEPERS: Final = frozenset({Role.ARCHIVIST, Role.ARCHIVE_HEAD})

Told = Callable[[int, int | None], None]


def daily_round(archive: Archive, progress: Told = lambda _done, _total: None) -> dict[str, int]:
    """Everything that time does to slips, each in a transaction of its own; a run that was broken off goes on where it
    stopped, and a second one finds nothing to do. How many of each."""
    counts = {"reminded": 0, "suspected": 0, "expired": 0, "views_ended": 0, "offers_lapsed": 0}
    for loan_id in _ids(archive, _to_fetch):
        with archive.unit_of_work(service_actor()) as work:
            counts["expired"] += _expire(work, loan_id)
    for done, loan_id in enumerate(_ids(archive, _out), 1):
        with archive.unit_of_work(service_actor()) as work:
            reminded, suspected, ended = _look_at(work, loan_id)
        counts["reminded"] += reminded
        counts["suspected"] += suspected
        counts["views_ended"] += ended
        progress(done, None)
    for reservation_id in _ids(archive, _offers):
        with archive.unit_of_work(service_actor()) as work:
            counts["offers_lapsed"] += lapse_offer(work, reservation_id)
    return counts


def _ids(archive: Archive, ask: Callable[[Archive, int], list[int]]) -> Iterator[int]:
    after = 0
    while found := ask(archive, after):
        yield from found
        after = found[-1]


def _to_fetch(archive: Archive, after: int) -> list[int]:
    today = business_day(archive.clock.now())
    query = select(Loan.id).where(TO_FETCH, Loan.fetch_by < today, Loan.id > after).order_by(Loan.id)
    with archive.reading() as session:
        return list(session.scalars(query.limit(BATCH)))


def _out(archive: Archive, after: int) -> list[int]:
    soon = business_day(archive.clock.now()) + _EARLIEST
    query = select(Loan.id).where(IS_OUT, Loan.due_on <= soon, Loan.id > after).order_by(Loan.id)
    with archive.reading() as session:
        return list(session.scalars(query.limit(BATCH)))


def _offers(archive: Archive, after: int) -> list[int]:
    today = business_day(archive.clock.now())
    query = select(Reservation.id).where(OFFERED, Reservation.offer_until < today, Reservation.id > after)
    with archive.reading() as session:
        return list(session.scalars(query.order_by(Reservation.id).limit(BATCH)))


def _expire(work: UnitOfWork, loan_id: int) -> bool:
    loan = locked(work, loan_id)
    today = business_day(work.now)
    if loan.state != LoanState.APPROVED.value or loan.fetch_by is None or loan.fetch_by >= today:
        return False
    take_step(work, loan, Step.EXPIRE)
    let_go(work, [line for line in items(work, loan.id) if line.held])
    tell(work, loan.requested_by, "loan.expired", loan, f"expired:{loan.fetch_by}")
    return True


def _look_at(work: UnitOfWork, loan_id: int) -> tuple[bool, bool, bool]:
    """Whether it was reminded of, suspected lost, ended as a view."""
    loan = locked(work, loan_id)
    today = business_day(work.now)
    if LoanState(loan.state) not in OUT or loan.due_on is None:
        return False, False, False
    if loan.use_mode == UseMode.ELECTRONIC.value:
        if loan.due_on >= today or loan.state == LoanState.RENEWAL_REQUESTED.value:
            return False, False, False
        take_step(work, loan, Step.END_VIEW)
        return False, False, True
    told = select(LoanReminder.stage).where(
        LoanReminder.loan_id == loan.id, LoanReminder.due_on == loan.due_on
    )
    stage = stage_due(loan.due_on, today, frozenset(work.session.scalars(told)))
    if stage is None:
        return False, False, False
    _remind(work, loan, stage)
    return True, stage >= SUSPECTS_LOSS and _suspect(work, loan), False


def _remind(work: UnitOfWork, loan: Loan, stage: int) -> None:
    assert loan.due_on is not None
    work.session.add(LoanReminder(loan_id=loan.id, due_on=loan.due_on, stage=stage, told_at=work.now))
    late = max(0, (business_day(work.now) - loan.due_on).days)
    kind = "loan.overdue" if late else "loan.due"
    key = f"due:{loan.due_on}:{stage}"
    tell(work, loan.requested_by, kind, loan, key, due=loan.due_on, days=late)
    roles: frozenset[Role] = frozenset()
    if stage in TELLS_MANAGER:
        roles |= {Role.SC_MANAGER}
    if stage in TELLS_LEADER:
        roles |= {Role.COMPANY_LEADER}
    if roles:
        tell_roles(work, roles, "loan.overdue-here", loan, f"{key}:heads", due=loan.due_on, days=late)
    work.audit("loan.reminded", f"loan:{loan.id}", stage=stage)


def _suspect(work: UnitOfWork, loan: Loan) -> bool:
    """Treated as lost until a person says so, or it comes back."""
    known = set(work.session.scalars(select(Remedy.loan_item_id).where(Remedy.loan_id == loan.id)))
    away = [line for line in items(work, loan.id) if line.back_at is None and line.id not in known]
    for line in away:
        work.session.add(
            Remedy(
                loan_id=loan.id,
                loan_item_id=line.id,
                outcome=Outcome.LOST.value,
                state=RemedyState.SUSPECTED.value,
                opened_at=work.now,
                opened_by=None,
            )
        )
    work.session.flush()
    if away:
        tell_roles(work, KEEPERS, "loan.suspected-lost", loan, f"suspected:{loan.due_on}")
        work.audit("loan.suspected-lost", f"loan:{loan.id}", items=len(away))
    return bool(away)


def chase(work: UnitOfWork, loan_id: int) -> LoanRow:
    """催还: ask the borrower for it now, at most once a day. Raises NotFound, Forbidden, OwnLoan, NotDueYet,
    ChasedToday."""
    work.actor.must(Permission.HAND_OUT_LOANS)
    if work.actor.user_id is None:
        raise Forbidden()
    loan = locked(work, loan_id)
    today = business_day(work.now)
    if loan.borrower_id == work.actor.user_id:
        raise OwnLoan()
    if not is_overdue(loan.due_on, today, out=LoanState(loan.state) in OUT):
        raise NotDueYet()
    if work.session.get(LoanChase, (loan.id, today)) is not None:
        raise ChasedToday()
    work.session.add(LoanChase(loan_id=loan.id, day=today, by=work.actor.user_id, at=work.now))
    work.session.flush()
    assert loan.due_on is not None
    late = (today - loan.due_on).days
    tell(work, loan.requested_by, "loan.chased", loan, f"chased:{today}", due=loan.due_on, days=late)
    work.audit("loan.chased", f"loan:{loan.id}", day=today.isoformat())
    return loan_row_of(work.session, work.actor, loan.id)
