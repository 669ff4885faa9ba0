"""Where things lie, lay before, and which are out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.actor import Actor
from archive_service.locations.models import Location, Outing, Placement
from archive_service.locations.queries.holdings import Holdings, Named
from archive_service.locations.queries.places import (
    BoxRow,
    LocationRow,
    below,
    boxes_by_id,
    locations_by_id,
)
from archive_service.locations.rules.items import ItemRef, LocationId, Spot

MOST_PAST: Final = 50
_AT_ONCE: Final = 400


@dataclass(frozen=True, slots=True)
class OutRow:
    """``why``: a code that tells whose it is, such as ``loan:12``."""

    why: str
    since: datetime
    by: int | None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where something lies. ``path``: 库1-D3-A-02-4, "" while its box stands nowhere. ``label``: the ASCII code to scan:
    of the box, or of the place. ``own``: its own place, not that of its file. ``out``: it, or what it lies in, is out;
    its place is kept for it. ``missing_since``: the last stock-take did not find it."""

    spot: Spot
    name: str
    path: str
    label: str
    box_no: str
    since: datetime
    own: bool
    out: OutRow | None
    missing_since: datetime | None
    placement_id: int

    @property
    def short(self) -> str:
        """For a line of a list: the place, and the box in it."""
        return " · ".join(part for part in (self.path, self.box_no) if part)


@dataclass(frozen=True, slots=True)
class PastRow:
    """One row of the history: from when to when, where, why, who put it there."""

    place: str
    since: datetime
    until: datetime | None
    reason: str
    by: int | None


def item_of(row: Placement | Outing) -> ItemRef:
    return ItemRef(row.document_id, row.case_file_id, row.box_id)


def items_among(model: type[Placement] | type[Outing], items: Collection[ItemRef]) -> ColumnElement[bool]:
    """On rows that name an item: one of these."""
    documents = sorted({i.document_id for i in items if i.document_id is not None})
    files = sorted({i.case_file_id for i in items if i.case_file_id is not None})
    boxed = sorted({i.box_id for i in items if i.box_id is not None})
    parts: list[ColumnElement[bool]] = []
    if documents:
        parts.append(model.document_id.in_(documents))
    if files:
        parts.append(model.case_file_id.in_(files))
    if boxed:
        parts.append(model.box_id.in_(boxed))
    return or_(false(), *parts)


def placements(
    session: Session, items: Collection[ItemRef], *, lock: bool = False
) -> dict[ItemRef, Placement]:
    """The rows that hold now, in the order of their ids where they are locked."""
    found: dict[ItemRef, Placement] = {}
    wanted = list(items)
    for at in range(0, len(wanted), _AT_ONCE):
        query = select(Placement).where(
            items_among(Placement, wanted[at : at + _AT_ONCE]), Placement.ended_at.is_(None)
        )
        if lock:
            query = query.order_by(Placement.id).with_for_update()
            query = query.execution_options(populate_existing=True)
        found |= {item_of(row): row for row in session.scalars(query)}
    return found


def outings(session: Session, items: Collection[ItemRef]) -> dict[ItemRef, OutRow]:
    """Of these things, those that are out by themselves; a paper whose file is out is asked for by that file."""
    found: dict[ItemRef, OutRow] = {}
    wanted = list(items)
    for at in range(0, len(wanted), _AT_ONCE):
        query = select(Outing).where(
            items_among(Outing, wanted[at : at + _AT_ONCE]), Outing.back_at.is_(None)
        )
        found |= {item_of(row): OutRow(row.why, row.out_at, row.out_by) for row in session.scalars(query)}
    return found


def with_files(items: Collection[ItemRef]) -> list[ItemRef]:
    """The items, and the files that papers among them stand in."""
    files = {ItemRef(case_file_id=i.in_file) for i in items if i.in_file is not None}
    return [*dict.fromkeys([*items, *files])]


def where(session: Session, items: Collection[ItemRef]) -> dict[ItemRef, PlaceRow]:
    """Where each of these lies; what has no place is left out. A constant number of statements.

    A paper that is told with its case file (``ItemRef.in_file``) lies where that file lies, unless it has a place of
    its own, and is out when that file is. Rights are asked before: who sees a paper may know where it lies.
    """
    known = placements(session, with_files(items))
    boxed = {row.in_box_id for row in known.values() if row.in_box_id is not None}
    box_items = [ItemRef(box_id=one) for one in boxed]
    stand = placements(session, box_items) if boxed else {}
    out = outings(session, [*with_files(items), *box_items])
    boxes = boxes_by_id(session, boxed) if boxed else {}
    named = {row.location_id for row in (*known.values(), *stand.values()) if row.location_id is not None}
    places = locations_by_id(session, named) if named else {}
    found: dict[ItemRef, PlaceRow] = {}
    for item in items:
        file = None if item.in_file is None else ItemRef(case_file_id=item.in_file)
        row = known.get(item) or (known.get(file) if file else None)
        if row is not None:
            away = out.get(item) or (out.get(file) if file else None)
            found[item] = _place_row(row, item, boxes, stand, places, away, out)
    return found


def _place_row(  # noqa: PLR0917  (all that where() gathered, once for every item)
    row: Placement,
    item: ItemRef,
    boxes: dict[int, BoxRow],
    stand: dict[ItemRef, Placement],
    places: dict[int, LocationRow],
    away: OutRow | None,
    out: dict[ItemRef, OutRow],
) -> PlaceRow:
    own = item_of(row) == item
    box = boxes.get(row.in_box_id) if row.in_box_id is not None else None
    if box is not None:
        stands = stand.get(ItemRef(box_id=box.id))
        place = None if stands is None or stands.location_id is None else places[stands.location_id]
        away = away or out.get(ItemRef(box_id=box.id))
        spot = Spot(box_id=box.id)
    else:
        assert row.location_id is not None
        place = places[row.location_id]
        spot = Spot(LocationId(row.location_id))
    return PlaceRow(
        spot=spot,
        name=place.facts.name if place else "",
        path=place.path if place else "",
        label=box.box_no if box else place.label if place else "",
        box_no=box.box_no if box else "",
        since=row.placed_at,
        own=own,
        out=away,
        missing_since=row.missing_at,
        placement_id=row.id,
    )


def past(session: Session, item: ItemRef) -> list[PastRow]:
    """Where it lay, newest first; whoever asks sees the item."""
    query = select(Placement).where(items_among(Placement, [item]))
    rows = list(session.scalars(query.order_by(Placement.id.desc()).limit(MOST_PAST)))
    places = locations_by_id(session, {r.location_id for r in rows if r.location_id is not None})
    boxes = boxes_by_id(session, {r.in_box_id for r in rows if r.in_box_id is not None})
    return [
        PastRow(
            boxes[r.in_box_id].box_no if r.in_box_id is not None else places[r.location_id or 0].path,
            r.placed_at,
            r.ended_at,
            r.reason,
            r.placed_by,
        )
        for r in rows
    ]


@dataclass(frozen=True, slots=True)
class LyingRow:
    """Something at a place or in a box. ``named``: None of a box."""

    item: ItemRef
    named: Named | None
    box: BoxRow | None
    since: datetime
    out: OutRow | None
    missing_since: datetime | None

    @property
    def number(self) -> str:
        return self.box.box_no if self.box else self.named.number if self.named else ""


def lying(
    session: Session,
    holdings: Holdings,
    actor: Actor,
    spot: Spot,
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[LyingRow]:
    """What lies directly there, boxes first, then as it was put; only what the actor sees."""
    query = (
        select(Placement)
        .where(*_seen_at(session, holdings, actor, spot))
        .order_by(Placement.box_id.is_(None), Placement.case_file_id.is_(None), Placement.id)
    )
    rows = list(session.scalars(query.offset(offset).limit(limit)))
    return told(session, holdings, actor, rows)


def lying_count(session: Session, holdings: Holdings, actor: Actor, spot: Spot) -> int:
    conditions = _seen_at(session, holdings, actor, spot)
    return session.scalar(select(func.count()).select_from(Placement).where(*conditions)) or 0


def told(
    session: Session, holdings: Holdings, actor: Actor, rows: Sequence[Placement], *, unseen: bool = False
) -> list[LyingRow]:
    items = [item_of(row) for row in rows]
    names = holdings.named(session, actor, [i for i in items if i.box_id is None], unseen=unseen)
    boxes = boxes_by_id(session, {i.box_id for i in items if i.box_id is not None})
    out = outings(session, items)
    return [
        LyingRow(
            item,
            names.get(item),
            boxes.get(item.box_id) if item.box_id is not None else None,
            row.placed_at,
            out.get(item),
            row.missing_at,
        )
        for row, item in zip(rows, items, strict=True)
    ]


def at(spot: Spot) -> ColumnElement[bool]:
    """On Placement: lies directly there."""
    here = (
        Placement.location_id == spot.location_id
        if spot.location_id is not None
        else Placement.in_box_id == spot.box_id
    )
    return and_(here, Placement.ended_at.is_(None))


def _seen_at(session: Session, holdings: Holdings, actor: Actor, spot: Spot) -> list[ColumnElement[bool]]:
    # Rights come before the limit: what is hidden takes nobody's place.
    seen = or_(
        Placement.box_id.is_not(None),
        and_(
            Placement.document_id.is_not(None),
            holdings.sees_document(session, actor, Placement.document_id),
        ),
        and_(
            Placement.case_file_id.is_not(None),
            holdings.sees_case_file(session, actor, Placement.case_file_id),
        ),
    )
    return [at(spot), seen]


def lying_below(top: LocationRow) -> ColumnElement[bool]:
    """On Placement: lies at the place or below it, directly or in a box that stands there."""
    places = select(Location.id).where(below(top.lineage))
    stands = aliased(Placement)
    boxes = select(stands.box_id).where(
        stands.ended_at.is_(None), stands.box_id.is_not(None), stands.location_id.in_(places)
    )
    return and_(
        Placement.ended_at.is_(None),
        or_(Placement.location_id.in_(places), Placement.in_box_id.in_(boxes)),
    )


def is_in_scope(session: Session, top: LocationRow, spot: Spot) -> bool:
    """Whether a place, or the place where a box stands, is ``top`` or below it."""
    if spot.location_id is not None:
        query = select(Location.id).where(Location.id == spot.location_id, below(top.lineage))
        return session.scalar(query) is not None
    stands = (
        select(Placement.id)
        .join(Location, Location.id == Placement.location_id)
        .where(Placement.box_id == spot.box_id, Placement.ended_at.is_(None), below(top.lineage))
    )
    return session.scalar(stands) is not None
