"""Placing holds, looking at them again, releasing them."""

from datetime import date
from typing import Final

from sqlalchemy import select

from archive_service import classification, premises, records
from archive_service.holds.models import Hold
from archive_service.holds.queries import HoldRow, hold_row
from archive_service.holds.rules import (
    Cause,
    DaysTheWrongWayRound,
    HoldKind,
    HoldMoved,
    HoldNeedsScope,
    OnlyFeePapers,
    OwnHold,
    ReleasedAlready,
    Scope,
    ScopeKind,
    UnknownScope,
    reason_of,
    review_day,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.unit_of_work import UnitOfWork

_FEES: Final = "KU"
_ANY_PAPER: Final = frozenset({"archivist", "sc_manager", "archive_head"})


def place(
    work: UnitOfWork,
    scope: Scope,
    kind: HoldKind,
    cause: Cause,
    *,
    reason: str,
    review_on: date | None = None,
) -> HoldRow:
    """Hold what ``scope`` names from now on. ``review_on``: None for six months from today.

    Raises Forbidden, NotFound, OnlyFeePapers, HoldNeedsScope, UnknownScope, DaysTheWrongWayRound, HoldNeedsReason,
    BadReviewDay.
    """
    work.actor.must(Permission.PLACE_HOLD)
    if work.actor.user_id is None:
        raise Forbidden()
    said, again = reason_of(reason), review_day(review_on, business_day(work.now))
    named = (scope.document_id, scope.case_file_id, scope.unit_id, scope.class_code)
    if sum(one is not None for one in named) != 1:
        raise HoldNeedsScope(field="what")
    if scope.first_day is not None and scope.last_day is not None and scope.first_day > scope.last_day:
        raise DaysTheWrongWayRound(field="last_day")
    if _is_beyond(work, _class_of(work, scope)):
        raise OnlyFeePapers(field="what")
    series = f"HOLD-{business_day(work.now).year}"
    row = Hold(
        number=f"{series}-{records.next_number(work.session, series):04}",
        kind=kind.value,
        cause=cause.value,
        reason=said,
        document_id=scope.document_id,
        case_file_id=scope.case_file_id,
        unit_id=scope.unit_id,
        class_code=scope.class_code,
        first_day=scope.first_day,
        last_day=scope.last_day,
        placed_at=work.now,
        placed_by=work.actor.user_id,
        review_on=again,
    )
    work.session.add(row)
    work.session.flush()
    _tell(work, row, "placed")
    return hold_row(row)


def _class_of(work: UnitOfWork, scope: Scope) -> str:
    """Class of what is held, "" of a unit. Raises NotFound where the actor sees no such thing, UnknownScope."""
    session, actor = work.session, work.actor
    if scope.document_id is not None:
        return records.document(session, actor, scope.document_id).class_code or ""
    if scope.case_file_id is not None:
        return records.case_file(session, actor, scope.case_file_id).class_code
    if scope.unit_id is not None:
        premises.unit(session, scope.unit_id)
        return ""
    code = scope.class_code or ""
    if code not in {row.code for row in classification.class_rows(session)}:
        raise UnknownScope(field="what", typed=code[:64])
    return code


def _is_beyond(work: UnitOfWork, code: str) -> bool:
    """Whether who asks may place holds on fee papers only, and this is none."""
    return not _ANY_PAPER & set(work.actor.roles) and code != _FEES and not code.startswith(_FEES + ".")


def review(work: UnitOfWork, number: str, *, review_on: date, seen: int) -> HoldRow:
    """It is still needed; look again on ``review_on``. Raises Forbidden, NotFound, HoldMoved, ReleasedAlready,
    BadReviewDay."""
    work.actor.must(Permission.PLACE_HOLD)
    row = _locked(work, number, seen)
    row.review_on = review_day(review_on, business_day(work.now))
    row.revision += 1
    work.audit("hold.reviewed", f"hold:{row.id}", hold=row.number, review_on=row.review_on.isoformat())
    work.session.flush()
    return hold_row(row)


def release(work: UnitOfWork, number: str, *, reason: str, seen: int) -> HoldRow:
    """What it held is free again, unless another hold stands. Raises Forbidden, NotFound, OwnHold, HoldMoved,
    ReleasedAlready, HoldNeedsReason."""
    work.actor.must(Permission.RELEASE_HOLD)
    row = _locked(work, number, seen)
    if work.actor.user_id is None or row.placed_by == work.actor.user_id:
        raise OwnHold()
    row.release_reason = reason_of(reason)
    row.released_at, row.released_by = work.now, work.actor.user_id
    row.revision += 1
    work.session.flush()
    _tell(work, row, "released")
    return hold_row(row)


def _locked(work: UnitOfWork, number: str, seen: int) -> Hold:
    row = work.session.scalar(select(Hold).where(Hold.number == number).with_for_update())
    if row is None:
        raise NotFound()
    if row.released_at is not None:
        raise ReleasedAlready()
    if row.revision != seen:
        raise HoldMoved()
    return row


def _tell(work: UnitOfWork, row: Hold, what: str) -> None:
    """In the trail of the hold, and of the paper or file that it names."""
    work.audit(f"hold.{what}", f"hold:{row.id}", hold=row.number, kind=row.kind, cause=row.cause)
    kind = hold_row(row).scope.kind
    if kind is ScopeKind.DOCUMENT:
        work.audit(f"document.hold-{what}", f"document:{row.document_id}", hold=row.number)
    elif kind is ScopeKind.CASE_FILE:
        work.audit(f"case-file.hold-{what}", f"case-file:{row.case_file_id}", hold=row.number)
