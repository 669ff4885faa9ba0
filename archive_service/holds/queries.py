"""Which holds stand, and what falls under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.holds.models import Hold
from archive_service.holds.rules import Cause, HoldId, HoldKind, Scope, Thing, days_meant
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.records import Lendable


@dataclass(frozen=True, slots=True)
class HoldRow:
    id: HoldId
    number: str
    kind: HoldKind
    cause: Cause
    reason: str
    scope: Scope
    placed_at: datetime
    placed_by: UserId
    review_on: date
    revision: int
    released_at: datetime | None
    released_by: UserId | None
    release_reason: str

    @property
    def stands(self) -> bool:
        return self.released_at is None


def hold_row(h: Hold) -> HoldRow:
    return HoldRow(
        id=HoldId(h.id),
        number=h.number,
        kind=HoldKind(h.kind),
        cause=Cause(h.cause),
        reason=h.reason,
        scope=Scope(h.document_id, h.case_file_id, h.unit_id, h.class_code, h.first_day, h.last_day),
        placed_at=h.placed_at,
        placed_by=UserId(h.placed_by),
        review_on=h.review_on,
        revision=h.revision,
        released_at=h.released_at,
        released_by=None if h.released_by is None else UserId(h.released_by),
        release_reason=h.release_reason,
    )


def hold(session: Session, number: str) -> HoldRow:
    """Raises NotFound."""
    found = session.scalar(select(Hold).where(Hold.number == number))
    if found is None:
        raise NotFound()
    return hold_row(found)


def _which(standing: bool) -> ColumnElement[bool]:
    return Hold.released_at.is_(None) if standing else Hold.released_at.is_not(None)


def hold_count(session: Session, *, standing: bool = True) -> int:
    return session.scalar(select(func.count()).select_from(Hold).where(_which(standing))) or 0


def holds(session: Session, *, standing: bool = True, offset: int = 0, limit: int = 50) -> list[HoldRow]:
    """Standing ones by the day they are to be looked at, released ones from the last."""
    order = (Hold.review_on, Hold.id) if standing else (Hold.released_at.desc(), Hold.id.desc())
    query = select(Hold).where(_which(standing)).order_by(*order).offset(offset).limit(limit)
    return [hold_row(h) for h in session.scalars(query)]


def _thing(one: Lendable) -> Thing:
    meant = days_meant(one.day) or (None, None)
    return Thing(
        one.document_id,
        one.case_file_id or one.within_file_id,
        one.unit_id,
        one.class_code,
        meant[0],
        meant[1],
    )


def against(session: Session, things: Sequence[Lendable]) -> dict[str, list[HoldRow]]:
    """By archival number, the standing holds under which each thing falls: a case file also under those on a paper in
    it, a paper also under those on its file. What is not held is left out. Two statements."""
    files = [one.case_file_id for one in things if one.document_id is None and one.case_file_id is not None]
    within = records.papers_within(session, files)
    parts = {
        one.archival_no: [_thing(one), *map(_thing, within.get(one.case_file_id or 0, []))] for one in things
    }
    standing = [hold_row(h) for h in session.scalars(_standing([t for ts in parts.values() for t in ts]))]
    found: dict[str, list[HoldRow]] = {}
    for number, pieces in parts.items():
        if over := [h for h in standing if any(h.scope.covers(piece) for piece in pieces)]:
            found[number] = over
    return found


def _standing(things: Sequence[Thing]) -> Select[Hold]:
    ways = or_(
        Hold.document_id.in_({t.document_id for t in things if t.document_id is not None}),
        Hold.case_file_id.in_({t.case_file_id for t in things if t.case_file_id is not None}),
        Hold.unit_id.in_({t.unit_id for t in things if t.unit_id is not None}),
        Hold.class_code.in_({above for t in things for above in _above(t.class_code)}),
    )
    return select(Hold).where(Hold.released_at.is_(None), ways).order_by(Hold.id)


def _above(code: str) -> list[str]:
    """ZX.02.A: itself, ZX.02 and ZX."""
    parts = code.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]
