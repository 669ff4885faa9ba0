"""Slips: one, lists, what stands on them. Who may see a slip: whoever asked for it, who sees loans, who has a say."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from archive_service import approvals, records
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.loans.models import (
    IN_LINE_HERE,
    IS_OUT,
    Loan,
    LoanChange,
    LoanItem,
    LoanPhoto,
    Renewal,
    Reservation,
)
from archive_service.loans.queries.rows import LoanItemRow, LoanRow, item_row, loan_row
from archive_service.loans.rules import OUT, LoanId, LoanState
from archive_service.loans.rules.waiting import ReservationState

MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class LoanFilter:
    """``text``: the beginning of a slip's number. ``first``, ``last``: days on which slips were written (register by
    period). ``mine``: asked for by the actor. ``overdue_on``: out and due before that day. ``borrower``: that
    colleague. ``queued``: drafts that wait for items others have."""

    states: tuple[LoanState, ...] = ()
    mine: bool = False
    borrower: UserId | None = None
    text: str = ""
    first: date | None = None
    last: date | None = None
    overdue_on: date | None = None
    queued: bool = False


def seen(actor: Actor) -> ColumnElement[bool]:
    if actor.may(Permission.SEE_LOANS):
        return true()
    return Loan.requested_by == actor.user_id if actor.user_id is not None else false()


def _conditions(actor: Actor, wanted: LoanFilter) -> list[ColumnElement[bool]]:
    conditions = [seen(actor)]
    if wanted.states:
        conditions.append(Loan.state.in_([state.value for state in wanted.states]))
    if wanted.mine:
        conditions.append(Loan.requested_by == actor.user_id)
    if wanted.borrower is not None:
        conditions.append(Loan.borrower_id == wanted.borrower)
    if wanted.text:
        begins = wanted.text.strip().upper()[:16]
        conditions += [Loan.number >= begins, Loan.number < begins + "\x7f"]
    if wanted.first is not None:
        conditions.append(Loan.created_on >= wanted.first)
    if wanted.last is not None:
        conditions.append(Loan.created_on <= wanted.last)
    if wanted.overdue_on is not None:
        conditions.append(and_(IS_OUT, Loan.due_on < wanted.overdue_on))
    if wanted.queued:
        conditions += [Loan.state == LoanState.DRAFT.value, _waits()]
    return conditions


def _waits() -> ColumnElement[bool]:
    return exists().where(Reservation.loan_id == Loan.id, IN_LINE_HERE)


def _counted(session: Session, found: Sequence[Loan]) -> list[LoanRow]:
    ids = [loan.id for loan in found]
    counted = (
        select(LoanItem.loan_id, func.count()).where(LoanItem.loan_id.in_(ids)).group_by(LoanItem.loan_id)
    )
    items = {row[0]: row[1] for row in session.execute(counted)}
    waiting = set(
        session.scalars(select(Reservation.loan_id).where(Reservation.loan_id.in_(ids), IN_LINE_HERE))
    )
    return [loan_row(loan, items=items.get(loan.id, 0), queued=loan.id in waiting) for loan in found]


def loans(
    session: Session, actor: Actor, wanted: LoanFilter = LoanFilter(), *, offset: int = 0, limit: int = 50
) -> list[LoanRow]:
    """Newest first; what is overdue, longest overdue first. Three statements."""
    order = (Loan.due_on, Loan.id) if wanted.overdue_on is not None else (Loan.id.desc(),)
    query = select(Loan).where(*_conditions(actor, wanted)).order_by(*order).offset(offset).limit(limit)
    return _counted(session, session.scalars(query).all())


def loan_count(session: Session, actor: Actor, wanted: LoanFilter = LoanFilter()) -> int:
    query = select(func.count()).select_from(Loan).where(*_conditions(actor, wanted))
    return session.scalar(query) or 0


def held_by(session: Session, user_id: UserId) -> list[LoanRow]:
    """What a colleague has or is about to have, first what is due first: open slips that are none of drafts."""
    open_states = [s.value for s in (LoanState.APPROVED, LoanState.RETURN_PENDING_CHECK, *OUT)]
    query = (
        select(Loan)
        .where(Loan.borrower_id == user_id, Loan.state.in_(open_states))
        .order_by(Loan.due_on, Loan.id)
        .limit(200)
    )
    return _counted(session, session.scalars(query).all())


def register(
    session: Session, actor: Actor, first: date, last: date, *, after: int = 0, limit: int = 500
) -> list[LoanRow]:
    """Slips written in a period, in the order of their numbers; ``after``: the id of the last one before."""
    conditions = [seen(actor), Loan.created_on >= first, Loan.created_on <= last, Loan.id > after]
    query = select(Loan).where(*conditions).order_by(Loan.id).limit(limit)
    return _counted(session, session.scalars(query).all())


def loan(session: Session, actor: Actor, loan_id: int) -> LoanRow:
    """Raises NotFound, also for who may not see it."""
    found = session.get(Loan, loan_id)
    if found is None or not _may_see(session, actor, found):
        raise NotFound()
    return _counted(session, [found])[0]


def loan_called(session: Session, actor: Actor, number: str) -> LoanRow | None:
    """By the number on the slip, as scanned or typed."""
    found = session.scalar(select(Loan).where(Loan.number == number.strip().upper()[:16]))
    if found is None or not _may_see(session, actor, found):
        return None
    return _counted(session, [found])[0]


def _may_see(session: Session, actor: Actor, found: Loan) -> bool:
    if actor.user_id is None or actor.may(Permission.SEE_LOANS) or found.requested_by == actor.user_id:
        return True
    asked = approvals.of_subject(session, f"loan:{found.id}")
    return any(step.role.value in actor.roles for request in asked for step in request.chain) or any(
        actor.user_id in (one.decided_by, one.hat) for request in asked for one in request.signatures
    )


def items_of(session: Session, actor: Actor, loan_id: int) -> list[LoanItemRow]:
    """What stands on a slip, in its order; whoever asks has been let in by ``loan``. Titles and numbers only of what
    the actor may see by the rules of papers. Five statements."""
    found = session.scalars(
        select(LoanItem).where(LoanItem.loan_id == loan_id).order_by(LoanItem.position)
    ).all()
    titles = titles_of(session, actor, found)
    lines = {
        r.loan_item_id: r
        for r in session.scalars(select(Reservation).where(Reservation.loan_id == loan_id, IN_LINE_HERE))
    }
    places = _places(session, loan_id) if lines else {}
    rows = []
    for one in found:
        waits, place = lines.get(one.id), places.get(one.id)
        title = titles.get(one.id)
        offered = None if waits is None else waits.offer_until
        rows.append(item_row(one, title=title or "", hidden=title is None, place=place, offered=offered))
    return rows


def titles_of(session: Session, actor: Actor, items: Sequence[LoanItem]) -> dict[int, str]:
    """By the id of the item, of those which the actor may see. Two statements."""
    papers = [i.document_id for i in items if i.document_id is not None]
    files = [i.case_file_id for i in items if i.case_file_id is not None]
    titles: dict[uuid.UUID | int, str] = {
        key: row.title for key, row in records.documents_by_id(session, actor, papers).items()
    }
    titles |= {key: row.title for key, row in records.case_files_by_id(session, actor, files).items()}
    keys = {i.id: i.document_id if i.document_id is not None else i.case_file_id for i in items}
    return {item: titles[key] for item, key in keys.items() if key is not None and key in titles}


def _places(session: Session, loan_id: int) -> dict[int, int]:
    """By the id of each item of a slip that waits in line, how many stand there up to it; one statement."""
    before = aliased(Reservation)
    same = or_(
        before.document_id == Reservation.document_id,
        before.case_file_id == Reservation.within_file_id,
        before.case_file_id == Reservation.case_file_id,
        before.within_file_id == Reservation.case_file_id,
    )
    stands = before.state.in_([ReservationState.WAITING.value, ReservationState.OFFERED.value])
    query = (
        select(Reservation.loan_item_id, func.count())
        .join(before, and_(same, stands, before.id <= Reservation.id))
        .where(Reservation.loan_id == loan_id, IN_LINE_HERE)
        .group_by(Reservation.loan_item_id)
    )
    return dict(iter(session.execute(query)))


def same_thing(one: Reservation | LoanItem) -> ColumnElement[bool]:
    """On reservations: for the same paper or file, the file that holds it, or papers in it."""
    if one.document_id is not None:
        parts = [Reservation.document_id == one.document_id]
        if one.within_file_id is not None:
            parts.append(Reservation.case_file_id == one.within_file_id)
        return or_(*parts)
    file = one.case_file_id
    return or_(Reservation.case_file_id == file, Reservation.within_file_id == file)


def of_item(
    session: Session,
    actor: Actor,
    *,
    document_id: uuid.UUID | None = None,
    case_file_id: int | None = None,
    limit: int = 50,
) -> list[LoanRow]:
    """Slips on which a paper or file stood, newest first, as far as the actor sees slips."""
    thing = _thing(document_id, case_file_id)
    ids = select(LoanItem.loan_id).where(thing).order_by(LoanItem.id.desc()).limit(limit)
    query = select(Loan).where(Loan.id.in_(ids), seen(actor)).order_by(Loan.id.desc())
    return _counted(session, session.scalars(query).all())


def _thing(document_id: uuid.UUID | None, case_file_id: int | None) -> ColumnElement[bool]:
    return (
        LoanItem.document_id == document_id
        if document_id is not None
        else and_(LoanItem.case_file_id == case_file_id, LoanItem.document_id.is_(None))
    )


def out_with(
    session: Session,
    actor: Actor,
    *,
    document_id: uuid.UUID | None = None,
    case_file_id: int | None = None,
) -> LoanRow | None:
    """The slip that holds a paper or file now: for whoever scans it at the desk."""
    query = (
        select(Loan)
        .join(LoanItem, LoanItem.loan_id == Loan.id)
        .where(_thing(document_id, case_file_id), LoanItem.held, seen(actor))
    )
    found = session.scalar(query)
    return None if found is None else _counted(session, [found])[0]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    at: datetime
    by: int | None
    step: str
    before: str
    after: str
    comment: str


def changes_of(session: Session, loan_id: int) -> list[ChangeRow]:
    """Every step that the slip took, the first one first; whoever asks has been let in by ``loan``."""
    query = (
        select(LoanChange).where(LoanChange.loan_id == loan_id).order_by(LoanChange.id).limit(MOST_CHANGES)
    )
    return [ChangeRow(c.at, c.by, c.step, c.before, c.after, c.comment) for c in session.scalars(query)]


@dataclass(frozen=True, slots=True)
class RenewalRow:
    id: int
    days: int
    reason: str
    asked_at: datetime
    asked_by: UserId
    due_before: date
    due_after: date | None
    granted: bool | None


def renewals_of(session: Session, loan_id: int) -> list[RenewalRow]:
    query = select(Renewal).where(Renewal.loan_id == loan_id).order_by(Renewal.id).limit(50)
    return [
        RenewalRow(
            r.id, r.days, r.reason, r.asked_at, UserId(r.asked_by), r.due_before, r.due_after, r.granted
        )
        for r in session.scalars(query)
    ]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """``loan_id``: the draft that waits. ``offered``: it may be handed in now, until ``offer_until``."""

    id: int
    loan_id: LoanId
    requested_by: UserId
    queued_at: datetime
    offered: bool
    offer_until: date | None


def queue_of_item(
    session: Session,
    *,
    document_id: uuid.UUID | None = None,
    case_file_id: int | None = None,
    limit: int = 50,
) -> list[QueueRow]:
    """Who waits for a paper or file, in their order. Whoever asks sees the paper."""
    thing = (
        Reservation.document_id == document_id
        if document_id is not None
        else Reservation.case_file_id == case_file_id
    )
    query = (
        select(Reservation, Loan.requested_by)
        .join(Loan, Loan.id == Reservation.loan_id)
        .where(thing, IN_LINE_HERE)
        .order_by(Reservation.id)
        .limit(limit)
    )
    return [
        QueueRow(r.id, LoanId(r.loan_id), UserId(by), r.queued_at, r.state == "offered", r.offer_until)
        for r, by in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """``picture``: digest of the picture made of it safely, None until then."""

    id: int
    item_id: int
    moment: str
    state: str
    picture: str | None
    added_at: datetime
    added_by: int | None


def photos_of(session: Session, loan_id: int) -> list[PhotoRow]:
    query = (
        select(LoanPhoto)
        .join(LoanItem, LoanItem.id == LoanPhoto.loan_item_id)
        .where(LoanItem.loan_id == loan_id)
        .order_by(LoanPhoto.id)
        .limit(500)
    )
    return [
        PhotoRow(p.id, p.loan_item_id, p.moment, p.state, p.picture, p.added_at, p.added_by)
        for p in session.scalars(query)
    ]
