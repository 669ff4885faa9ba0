"""Stock-takes: which there are, how far one is, its lines. Only for who keeps the places."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.locations.models import Placement, StockTake, StockTakeLine
from archive_service.locations.queries.holdings import Holdings, Named
from archive_service.locations.queries.places import (
    BoxRow,
    LocationRow,
    boxes_by_id,
    location,
    locations_by_id,
)
from archive_service.locations.rules.items import ItemRef, StockTakeId
from archive_service.locations.rules.taking_stock import (
    RESOLUTIONS,
    Resolution,
    Result,
    StockTakeState,
)

UNRESOLVED = and_(
    StockTakeLine.resolution.is_(None), StockTakeLine.result.in_([one.value for one in RESOLUTIONS])
)


@dataclass(frozen=True, slots=True)
class StockTakeRow:
    id: StockTakeId
    place: LocationRow
    whole_boxes: bool
    state: StockTakeState
    started_at: datetime
    started_by: int | None
    ended_at: datetime | None
    ended_by: int | None

    @property
    def is_live(self) -> bool:
        return self.state in (StockTakeState.COUNTING, StockTakeState.REVIEWING)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of each result; ``unresolved``: that somebody has to say something of."""

    of: Mapping[Result, int]
    unresolved: int

    @property
    def scanned(self) -> int:
        return sum(n for one, n in self.of.items() if one not in NOT_SCANNED)


NOT_SCANNED = frozenset({Result.EXPECTED, Result.ON_LOAN, Result.MISSING})


@dataclass(frozen=True, slots=True)
class LineRow:
    """``number``: of the thing, or the code as scanned. ``hidden``: a paper that the actor may not see, told by its
    number only. ``expected``, ``seen_at``: full codes of places, or numbers of boxes; "" for none."""

    id: int
    item: ItemRef | None
    number: str
    title: str
    hidden: bool
    result: Result
    expected: str
    seen_at: str
    scanned_at: datetime | None
    scanned_by: int | None
    resolution: Resolution | None
    note: str
    resolved_at: datetime | None
    resolved_by: int | None

    @property
    def open(self) -> bool:
        return self.resolution is None and self.result in RESOLUTIONS

    @property
    def choices(self) -> tuple[Resolution, ...]:
        """What can be said of it."""
        told = RESOLUTIONS.get(self.result, ())
        if self.result is Result.MISPLACED and not self.expected:
            return tuple(one for one in told if one is not Resolution.PUT_BACK)
        return told


def _row(row: StockTake, place: LocationRow) -> StockTakeRow:
    return StockTakeRow(
        StockTakeId(row.id),
        place,
        row.whole_boxes,
        StockTakeState(row.state),
        row.started_at,
        row.started_by,
        row.ended_at,
        row.ended_by,
    )


def stock_take(session: Session, stock_take_id: int) -> StockTakeRow:
    """Raises NotFound."""
    row = session.get(StockTake, stock_take_id)
    if row is None:
        raise NotFound()
    return _row(row, location(session, row.location_id))


def stock_takes(
    session: Session, *, location_id: int | None = None, offset: int = 0, limit: int = 50
) -> list[StockTakeRow]:
    """Newest first."""
    query = select(StockTake).where(*_of(location_id)).order_by(StockTake.id.desc())
    rows = list(session.scalars(query.offset(offset).limit(limit)))
    places = locations_by_id(session, {row.location_id for row in rows})
    return [_row(row, places[row.location_id]) for row in rows]


def stock_take_count(session: Session, *, location_id: int | None = None) -> int:
    query = select(func.count()).select_from(StockTake).where(*_of(location_id))
    return session.scalar(query) or 0


def _of(location_id: int | None) -> list[ColumnElement[bool]]:
    return [] if location_id is None else [StockTake.location_id == location_id]


def live_of(session: Session, location_id: int) -> StockTakeId | None:
    """The open stock-take of exactly this place."""
    query = select(StockTake.id).where(
        StockTake.location_id == location_id,
        StockTake.state.in_([StockTakeState.COUNTING.value, StockTakeState.REVIEWING.value]),
    )
    found = session.scalar(query)
    return None if found is None else StockTakeId(found)


def tallies(session: Session, ids: Collection[int]) -> dict[StockTakeId, Tally]:
    """Two statements, however many stock-takes."""
    mine = StockTakeLine.stock_take_id.in_(ids)
    of: dict[int, dict[Result, int]] = {one: {} for one in ids}
    counted = (
        select(StockTakeLine.stock_take_id, StockTakeLine.result, func.count())
        .where(mine)
        .group_by(StockTakeLine.stock_take_id, StockTakeLine.result)
    )
    for one, result, count in session.execute(counted):
        of[one][Result(result)] = count
    waiting = (
        select(StockTakeLine.stock_take_id, func.count())
        .where(mine, UNRESOLVED)
        .group_by(StockTakeLine.stock_take_id)
    )
    left: dict[int, int] = {}
    for one, count in session.execute(waiting):
        left[one] = count
    return {StockTakeId(one): Tally(of[one], left.get(one, 0)) for one in ids}


def _wanted(stock_take_id: int, results: Collection[Result], unresolved: bool) -> ColumnElement[bool]:
    mine = StockTakeLine.stock_take_id == stock_take_id
    if unresolved:
        return and_(mine, UNRESOLVED)
    return and_(mine, StockTakeLine.result.in_([one.value for one in results])) if results else mine


def line_count(
    session: Session, stock_take_id: int, *, results: Collection[Result] = (), unresolved: bool = False
) -> int:
    query = select(func.count()).select_from(StockTakeLine)
    return session.scalar(query.where(_wanted(stock_take_id, results, unresolved))) or 0


def lines(
    session: Session,
    holdings: Holdings,
    actor: Actor,
    stock_take_id: int,
    *,
    results: Collection[Result] = (),
    unresolved: bool = False,
    newest: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> list[LineRow]:
    """``newest``: those scanned last come first, and what was not scanned is left out."""
    query = select(StockTakeLine).where(_wanted(stock_take_id, results, unresolved))
    if newest:
        query = query.where(StockTakeLine.scanned_at.is_not(None))
        query = query.order_by(StockTakeLine.scanned_at.desc(), StockTakeLine.id.desc())
    else:
        query = query.order_by(StockTakeLine.id)
    rows = list(session.scalars(query.offset(offset).limit(limit)))
    return _told(session, holdings, actor, rows)


def line(session: Session, holdings: Holdings, actor: Actor, line_id: int) -> tuple[StockTakeId, LineRow]:
    """With the stock-take that it belongs to. Raises NotFound."""
    row = session.get(StockTakeLine, line_id)
    if row is None:
        raise NotFound()
    return StockTakeId(row.stock_take_id), _told(session, holdings, actor, [row])[0]


def item_of_line(row: StockTakeLine) -> ItemRef | None:
    return None if row.code else ItemRef(row.document_id, row.case_file_id, row.box_id)


def _told(session: Session, holdings: Holdings, actor: Actor, rows: list[StockTakeLine]) -> list[LineRow]:
    items = {row.id: item_of_line(row) for row in rows}
    papers = [i for i in items.values() if i is not None and i.box_id is None]
    names = holdings.named(session, actor, papers, unseen=True)
    by_id = {row.placement_id for row in rows if row.placement_id is not None}
    expected = {p.id: p for p in session.scalars(select(Placement).where(Placement.id.in_(by_id)))}
    box_ids = {row.box_id for row in rows} | {row.seen_box_id for row in rows}
    box_ids |= {p.in_box_id for p in expected.values()}
    boxes = boxes_by_id(session, {one for one in box_ids if one is not None})
    place_ids = {row.seen_location_id for row in rows} | {p.location_id for p in expected.values()}
    places = locations_by_id(session, {one for one in place_ids if one is not None})

    def spot(location_id: int | None, box_id: int | None) -> str:
        if box_id is not None:
            return boxes[box_id].box_no
        return places[location_id].path if location_id is not None else ""

    return [
        _line(
            row,
            items[row.id],
            boxes,
            names,
            spot(expected[row.placement_id].location_id, expected[row.placement_id].in_box_id)
            if row.placement_id is not None
            else "",
            spot(row.seen_location_id, row.seen_box_id),
        )
        for row in rows
    ]


def _line(  # noqa: PLR0917  (what was gathered once for all lines)
    row: StockTakeLine,
    item: ItemRef | None,
    boxes: Mapping[int, BoxRow],
    names: Mapping[ItemRef, Named],
    expected: str,
    seen_at: str,
) -> LineRow:
    named = None if item is None else names.get(item)
    number = boxes[row.box_id].box_no if row.box_id is not None else named.number if named else row.code
    return LineRow(
        row.id,
        item,
        number,
        named.title if named else "",
        named is not None and named.hidden,
        Result(row.result),
        expected,
        seen_at,
        row.scanned_at,
        row.scanned_by,
        None if row.resolution is None else Resolution(row.resolution),
        row.note,
        row.resolved_at,
        row.resolved_by,
    )


def line_of(stock_take_id: int, item: ItemRef) -> ColumnElement[bool]:
    """On StockTakeLine: that of this thing."""
    mine = StockTakeLine.stock_take_id == stock_take_id
    if item.document_id is not None:
        return and_(mine, StockTakeLine.document_id == item.document_id)
    if item.case_file_id is not None:
        return and_(mine, StockTakeLine.case_file_id == item.case_file_id)
    return and_(mine, StockTakeLine.box_id == item.box_id)
