"""The tree of places, one of them, and the boxes; how full they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.errors import NotFound
from archive_service.locations.models import Box, Location, LocationChange, Placement
from archive_service.locations.rules.codes import Code, CodeKind
from archive_service.locations.rules.items import BoxId, ItemRef, LocationId, Spot
from archive_service.locations.rules.places import (
    CASE_FILE_MM,
    PAPER_MM,
    Air,
    Climate,
    Fill,
    PlaceFacts,
    PlaceKind,
    path_of,
)

MOST_CHANGES: Final = 100
MOST_PLACES: Final = 2_000


@dataclass(frozen=True, slots=True)
class LocationRow:
    id: LocationId
    parent_id: LocationId | None
    facts: PlaceFacts
    path: str
    lineage: str
    label: str
    closed_at: datetime | None
    revision: int

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def depth(self) -> int:
        return self.lineage.count("/") - 2


@dataclass(frozen=True, slots=True)
class BoxRow:
    id: BoxId
    box_no: str
    fonds: str
    class_code: str
    year: int
    number: int
    retention: str
    width_mm: int
    note: str
    closed_at: datetime | None
    revision: int

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class PlaceChangeRow:
    at: datetime
    by: int | None
    action: str
    reason: str
    fields: Mapping[str, tuple[Any, Any]]


def location_row(row: Location) -> LocationRow:
    air = Air(
        Climate(row.climate), row.temperature_from, row.temperature_to, row.humidity_from, row.humidity_to
    )
    facts = PlaceFacts(PlaceKind(row.kind), row.code, row.name, row.capacity_mm, air, row.sensor_id, row.note)
    return LocationRow(
        LocationId(row.id),
        None if row.parent_id is None else LocationId(row.parent_id),
        facts,
        row.path,
        row.lineage,
        row.label,
        row.closed_at,
        row.revision,
    )


def box_row(row: Box) -> BoxRow:
    return BoxRow(
        BoxId(row.id),
        row.box_no,
        row.fonds,
        row.class_code,
        row.year,
        row.number,
        row.retention,
        row.width_mm,
        row.note,
        row.closed_at,
        row.revision,
    )


def below(lineage: str) -> ColumnElement[bool]:
    """On Location: a place and all that stands in it. ``0`` follows ``/``, so that this is one range of the index."""
    return and_(Location.lineage >= lineage, Location.lineage < lineage[:-1] + "0")


def location(session: Session, location_id: int) -> LocationRow:
    """Raises NotFound."""
    row = session.get(Location, location_id)
    if row is None:
        raise NotFound()
    return location_row(row)


def locations_by_id(session: Session, ids: Collection[int]) -> dict[int, LocationRow]:
    rows = session.scalars(select(Location).where(Location.id.in_(ids)))
    return {row.id: location_row(row) for row in rows}


def location_called(session: Session, typed: str) -> LocationRow | None:
    """The place that a label or a full code means, in any spelling; a closed one only by its label."""
    code = Code.parse(typed)
    if code is not None and code.kind is CodeKind.PLACE:
        wanted = Location.label == code.text
    else:
        wanted = and_(Location.path == path_of(typed), Location.closed_at.is_(None))
    row = session.scalar(select(Location).where(wanted))
    return None if row is None else location_row(row)


def tree(
    session: Session, top: LocationRow | None = None, *, closed: bool = False, levels: int | None = None
) -> list[LocationRow]:
    """``top`` and what stands in it, or all places, as they stand; at most MOST_PLACES. ``levels``: how many below."""
    query = select(Location)
    if top is not None:
        query = query.where(below(top.lineage))
    if levels is not None:
        slashes = func.length(Location.lineage) - func.length(func.replace(Location.lineage, "/", ""))
        query = query.where(slashes <= (top.lineage.count("/") if top else 1) + levels)
    if not closed:
        query = query.where(Location.closed_at.is_(None))
    return [
        location_row(row)
        for row in session.scalars(query.order_by(Location.sort_key, Location.id).limit(MOST_PLACES))
    ]


def above(session: Session, row: LocationRow) -> list[LocationRow]:
    """From the room down to the place itself."""
    ids = [int(one) for one in row.lineage.strip("/").split("/")]
    found = locations_by_id(session, ids)
    return [found[one] for one in ids]


def changes(session: Session, location_id: int) -> list[PlaceChangeRow]:
    """Newest first."""
    query = select(LocationChange).where(LocationChange.location_id == location_id)
    rows = session.scalars(query.order_by(LocationChange.id.desc()).limit(MOST_CHANGES))
    return [
        PlaceChangeRow(c.at, c.by, c.action, c.reason, {n: (v[0], v[1]) for n, v in c.fields.items()})
        for c in rows
    ]


def box(session: Session, box_id: int) -> BoxRow:
    """Raises NotFound."""
    row = session.get(Box, box_id)
    if row is None:
        raise NotFound()
    return box_row(row)


def boxes_by_id(session: Session, ids: Collection[int]) -> dict[int, BoxRow]:
    return {row.id: box_row(row) for row in session.scalars(select(Box).where(Box.id.in_(ids)))}


def box_called(session: Session, typed: str) -> BoxRow | None:
    """The box with this number, in any spelling."""
    code = Code.parse(typed)
    if code is None or code.kind is not CodeKind.BOX:
        return None
    row = session.scalar(select(Box).where(Box.box_no == code.text))
    return None if row is None else box_row(row)


def boxes_called(session: Session, box_nos: Collection[str]) -> dict[str, ItemRef]:
    """Open boxes by their numbers as printed, in one statement."""
    query = select(Box.box_no, Box.id).where(Box.box_no.in_(box_nos), Box.closed_at.is_(None))
    return {box_no: ItemRef(box_id=box_id) for box_no, box_id in session.execute(query)}


def boxes(
    session: Session, *, text: str = "", unplaced: bool = False, offset: int = 0, limit: int = 50
) -> list[BoxRow]:
    """Open boxes, newest first. ``text``: the beginning of a number. ``unplaced``: those that stand nowhere yet."""
    query = select(Box).where(*_boxes(text, unplaced)).order_by(Box.id.desc()).offset(offset).limit(limit)
    return [box_row(row) for row in session.scalars(query)]


def box_count(session: Session, *, text: str = "", unplaced: bool = False) -> int:
    return session.scalar(select(func.count()).select_from(Box).where(*_boxes(text, unplaced))) or 0


def _boxes(text: str, unplaced: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Box.closed_at.is_(None)]
    if text.strip():
        conditions.append(Box.box_no.startswith(text.strip().upper()[:40], autoescape=True))
    if unplaced:
        stands = select(Placement.id).where(Placement.box_id == Box.id, Placement.ended_at.is_(None))
        conditions.append(~stands.exists())
    return conditions


def fills(session: Session, top: LocationRow | None = None) -> dict[LocationId, Fill]:
    """How full every open place is, or ``top`` and those in it, with all that stands in them: one statement.

    A box takes the width of its spine, a case file and a loose paper what they usually need.
    """
    lying = and_(Placement.location_id == Location.id, Placement.ended_at.is_(None))
    width = case(
        (Placement.id.is_(None), 0),
        (Placement.box_id.is_not(None), Box.width_mm),
        (Placement.case_file_id.is_not(None), CASE_FILE_MM),
        else_=PAPER_MM,
    )
    query = (
        select(Location.lineage, Location.capacity_mm, func.sum(width), func.count(Placement.id))
        .join(Placement, lying, isouter=True)
        .join(Box, Box.id == Placement.box_id, isouter=True)
        .where(Location.closed_at.is_(None), below(top.lineage) if top is not None else true())
        .group_by(Location.id, Location.lineage, Location.capacity_mm)
    )
    used: dict[LocationId, int] = {}
    room: dict[LocationId, int | None] = {}
    count: dict[LocationId, int] = {}
    for lineage, capacity, taken, items in session.execute(query):
        for one in lineage.strip("/").split("/"):
            place = LocationId(int(one))
            used[place] = used.get(place, 0) + int(taken or 0)
            count[place] = count.get(place, 0) + items
            if capacity is not None:
                room[place] = (room.get(place) or 0) + capacity
    return {place: Fill(used[place], room.get(place), count[place]) for place in used}


def box_fills(session: Session, ids: Collection[int]) -> dict[BoxId, Fill]:
    """How full these boxes are, in one statement."""
    inside = aliased(Placement)
    width = case((inside.id.is_(None), 0), (inside.case_file_id.is_not(None), CASE_FILE_MM), else_=PAPER_MM)
    query = (
        select(Box.id, Box.width_mm, func.sum(width), func.count(inside.id))
        .join(inside, and_(inside.in_box_id == Box.id, inside.ended_at.is_(None)), isouter=True)
        .where(Box.id.in_(ids))
        .group_by(Box.id, Box.width_mm)
    )
    return {BoxId(i): Fill(int(taken or 0), wide, n) for i, wide, taken, n in session.execute(query)}


def has_open_below(session: Session, location_id: int) -> bool:
    query = select(Location.id).where(Location.parent_id == location_id, Location.closed_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def holds_anything(session: Session, location_id: int) -> bool:
    query = select(Placement.id).where(Placement.location_id == location_id, Placement.ended_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def spot_called(session: Session, typed: str) -> Spot | None:
    """The place or the box that a scan means."""
    if (found := box_called(session, typed)) is not None:
        return Spot(box_id=found.id)
    place = location_called(session, typed)
    return None if place is None else Spot(place.id)
