"""A stock-take (盘点): begin it, scan, finish counting, resolve line by line, close. Several people may scan at once."""

from dataclasses import dataclass

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.locations.models import Outing, Placement, StockTake, StockTakeLine
from archive_service.locations.queries.holdings import Holdings
from archive_service.locations.queries.lying import (
    is_in_scope,
    lying_below,
    outings,
    placements,
    with_files,
)
from archive_service.locations.queries.places import (
    LocationRow,
    box_called,
    has_open_below,
    location_called,
    location_row,
    locations_by_id,
)
from archive_service.locations.queries.stock_takes import UNRESOLVED, item_of_line, line_of
from archive_service.locations.rules.codes import Code, CodeKind, normalised
from archive_service.locations.rules.items import BoxId, ItemRef, LocationId, Spot, StockTakeId
from archive_service.locations.rules.places import NeedsWords, clean_text
from archive_service.locations.rules.taking_stock import (
    NEEDS_NOTE,
    RESOLUTIONS,
    NoSuchCode,
    NotCounting,
    NotMovedMeanwhile,
    NotReviewing,
    OutsideScope,
    Resolution,
    ResolvedMeanwhile,
    Result,
    ScanPlaceFirst,
    StillUnresolved,
    StockTakeRuns,
    StockTakeState,
    WrongResolution,
)
from archive_service.locations.service.places import open_location
from archive_service.locations.service.placing import lies, put
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan came to: ``at``: where the next things are; the rest of what was scanned, if it was a thing.
    ``again``: it was counted here before."""

    at: Spot
    number: str
    result: Result | None = None
    again: bool = False


def start_stock_take(work: UnitOfWork, location_id: int, *, whole_boxes: bool) -> StockTakeId:
    """Count a place and all below it: what lies there now by its record is expected. ``whole_boxes``: boxes are counted
    unopened. Raises Forbidden, NotFound, ClosedPlace, StockTakeRuns."""
    work.actor.must(Permission.MANAGE_PLACES)
    top = open_location(work, location_id)
    row = StockTake(
        location_id=top.id,
        whole_boxes=whole_boxes,
        state=StockTakeState.COUNTING.value,
        started_at=work.now,
        started_by=work.actor.user_id,
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as cause:
        raise StockTakeRuns() from cause
    _expect(work, row, location_row(top))
    work.audit("stock-take.started", f"stock-take:{row.id}", place=top.id)
    return StockTakeId(row.id)


def _expect(work: UnitOfWork, row: StockTake, top: LocationRow) -> None:
    out = exists().where(
        Outing.back_at.is_(None),
        or_(
            Outing.document_id == Placement.document_id,
            Outing.case_file_id == Placement.case_file_id,
            Outing.box_id == Placement.box_id,
            Outing.box_id == Placement.in_box_id,
        ),
    )
    lying = select(
        literal(row.id),
        Placement.document_id,
        Placement.case_file_id,
        Placement.box_id,
        literal(""),
        Placement.id,
        case((out, Result.ON_LOAN.value), else_=Result.EXPECTED.value),
        literal(""),
    ).where(lying_below(top))
    if row.whole_boxes:
        lying = lying.where(Placement.in_box_id.is_(None))
    columns = [
        "stock_take_id",
        "document_id",
        "case_file_id",
        "box_id",
        "code",
        "placement_id",
        "result",
        "note",
    ]
    # In the order of shelves, so that lists go along them.
    work.session.execute(
        insert(StockTakeLine).from_select(columns, lying.order_by(Placement.location_id, Placement.id))
    )


def scan(work: UnitOfWork, holdings: Holdings, stock_take_id: int, code: str, *, at: Spot | None) -> Scanned:
    """A code was scanned. That of a place, or of a box that is opened, says where the next things are (``at``); every
    other one is counted there. Scanning twice counts once.

    Raises Forbidden, NotFound, NotCounting, NoSuchCode, OutsideScope, ScanPlaceFirst.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    row, top = _live(work, stock_take_id)
    text = normalised(code)
    if not text:
        raise NoSuchCode(field="code")
    if (place := location_called(work.session, code)) is not None:
        if not place.is_open or not place.lineage.startswith(top.lineage):
            raise OutsideScope(field="code", place=place.path)
        return Scanned(Spot(place.id), place.path)
    at = at or _only_spot(work, top)
    if at is None:
        raise ScanPlaceFirst(field="code")
    _must_be_inside(work, row, top, at)
    box = box_called(work.session, code)
    item = ItemRef(box_id=box.id) if box is not None else _paper(work, holdings, code)
    if item is None:
        result, again = _counted_unknown(work, row, text, at), False
    else:
        if box is not None and at.box_id is not None:
            at = _shelf_of(work, at) or at  # boxes stand beside each other, not in the one opened before
        result, again = _counted(work, row, item, at)
    if not again:
        work.audit("stock-take.scanned", f"stock-take:{row.id}", result=result.value)
    opened = box is not None and not row.whole_boxes
    return Scanned(Spot(box_id=BoxId(box.id)) if opened and box else at, text, result, again)


def finish_counting(work: UnitOfWork, stock_take_id: int) -> None:
    """What was not seen is missing, but for what went out meanwhile. Raises Forbidden, NotFound, NotCounting."""
    work.actor.must(Permission.MANAGE_PLACES)
    row, _ = _live(work, stock_take_id)
    if row.state != StockTakeState.COUNTING.value:
        raise NotCounting()
    row.state = StockTakeState.REVIEWING.value
    row.counted_at, row.counted_by = work.now, work.actor.user_id
    mine = and_(StockTakeLine.stock_take_id == row.id, StockTakeLine.result == Result.EXPECTED.value)
    out = exists().where(
        Outing.back_at.is_(None),
        or_(
            Outing.document_id == StockTakeLine.document_id,
            Outing.case_file_id == StockTakeLine.case_file_id,
            Outing.box_id == StockTakeLine.box_id,
        ),
    )
    work.session.execute(update(StockTakeLine).where(mine, out).values(result=Result.ON_LOAN.value))
    work.session.execute(update(StockTakeLine).where(mine).values(result=Result.MISSING.value))
    work.audit("stock-take.counted", f"stock-take:{row.id}")


def resolve(
    work: UnitOfWork, line_id: int, resolution: Resolution, *, note: str = "", seen: Result | None = None
) -> None:
    """Say what became of a line that does not agree. ``seen``: the result that the person looked at.

    Raises Forbidden, NotFound, NotCounting, NotReviewing, WrongResolution, ResolvedMeanwhile, NotMovedMeanwhile,
    NeedsWords, TooLong, and as ``placing.place``.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    note = clean_text("note", note)
    of = work.session.scalar(select(StockTakeLine.stock_take_id).where(StockTakeLine.id == line_id))
    if of is None:
        raise NotFound()
    _live(work, of)
    line = work.session.get_one(StockTakeLine, line_id, with_for_update=True, populate_existing=True)
    result = Result(line.result)
    if line.resolution is not None or (seen is not None and seen is not result):
        raise ResolvedMeanwhile()
    if result is Result.EXPECTED:
        raise NotReviewing()
    if resolution not in RESOLUTIONS.get(result, ()):
        raise WrongResolution(field="resolution")
    if resolution in NEEDS_NOTE and not note:
        raise NeedsWords(field="note")
    item = item_of_line(line)
    if item is not None:
        _carried_out(work, line, item, resolution)
    line.resolution, line.note = resolution.value, note
    line.resolved_at, line.resolved_by = work.now, work.actor.user_id
    work.audit("stock-take.resolved", f"stock-take:{of}", line=line.id, resolution=resolution.value)


def close_stock_take(work: UnitOfWork, stock_take_id: int) -> None:
    """Raises Forbidden, NotFound, NotCounting, NotReviewing, StillUnresolved."""
    work.actor.must(Permission.MANAGE_PLACES)
    row, _ = _live(work, stock_take_id)
    if row.state != StockTakeState.REVIEWING.value:
        raise NotReviewing()
    left = select(func.count()).select_from(StockTakeLine)
    count = work.session.scalar(left.where(StockTakeLine.stock_take_id == row.id, UNRESOLVED)) or 0
    if count:
        raise StillUnresolved(count=count)
    _end(work, row, StockTakeState.CLOSED)
    work.audit("stock-take.closed", f"stock-take:{row.id}")


def give_up_stock_take(work: UnitOfWork, stock_take_id: int) -> None:
    """What was counted stays on record and counts for nothing. Raises Forbidden, NotFound, NotCounting."""
    work.actor.must(Permission.MANAGE_PLACES)
    row, _ = _live(work, stock_take_id)
    _end(work, row, StockTakeState.GIVEN_UP)
    work.audit("stock-take.given-up", f"stock-take:{row.id}")


def _end(work: UnitOfWork, row: StockTake, state: StockTakeState) -> None:
    row.state, row.ended_at, row.ended_by = state.value, work.now, work.actor.user_id


def _live(work: UnitOfWork, stock_take_id: int) -> tuple[StockTake, LocationRow]:
    """Locked, so that two who scan at once count one after the other."""
    row = work.session.get(StockTake, stock_take_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    if row.ended_at is not None:
        raise NotCounting()
    return row, locations_by_id(work.session, [row.location_id])[row.location_id]


def _only_spot(work: UnitOfWork, top: LocationRow) -> Spot | None:
    """A place without others in it needs no label scanned first."""
    return None if has_open_below(work.session, top.id) else Spot(top.id)


def _must_be_inside(work: UnitOfWork, row: StockTake, top: LocationRow, at: Spot) -> None:
    if is_in_scope(work.session, top, at):
        return
    if at.box_id is not None:  # one that stands elsewhere by its record, and was seen here
        counted = line_of(row.id, ItemRef(box_id=at.box_id))
        if work.session.scalar(select(StockTakeLine.id).where(counted)) is not None:
            return
    raise OutsideScope(field="code", place="")


def _shelf_of(work: UnitOfWork, at: Spot) -> Spot | None:
    row = placements(work.session, [ItemRef(box_id=at.box_id)]).get(ItemRef(box_id=at.box_id))
    return None if row is None or row.location_id is None else Spot(LocationId(row.location_id))


def _paper(work: UnitOfWork, holdings: Holdings, code: str) -> ItemRef | None:
    meant = Code.parse(code)
    if meant is None or meant.kind is not CodeKind.ARCHIVAL:
        return None
    return holdings.called(work.session, work.actor, [meant.text], unseen=True).get(meant.text)


def _counted(work: UnitOfWork, row: StockTake, item: ItemRef, at: Spot) -> tuple[Result, bool]:
    """Its result, and whether that was known before."""
    placed = placements(work.session, with_files([item]))
    own = placed.get(item)
    place = own or (placed.get(ItemRef(case_file_id=item.in_file)) if item.in_file is not None else None)
    if outings(work.session, with_files([item])):
        result = Result.NOT_OUT
    elif place is not None and _agrees(work, place, at):
        result = Result.FOUND
    else:
        result = Result.MISPLACED
    line = work.session.scalar(
        select(StockTakeLine)
        .where(line_of(row.id, item))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if line is None:
        line = StockTakeLine(
            stock_take_id=row.id,
            document_id=item.document_id,
            case_file_id=item.case_file_id,
            box_id=item.box_id,
            placement_id=own.id if own is not None else None,
        )
        work.session.add(line)
    elif (line.result, line.seen_location_id, line.seen_box_id) == (result.value, at.location_id, at.box_id):
        return result, True
    elif line.resolution == Resolution.MOVED_HERE.value and result is Result.FOUND:
        return Result.FOUND, True  # it was found to be misplaced, and this is its place since
    _mark(work, line, result, at)
    if result is Result.FOUND and own is not None:
        own.missing_at = None
    work.session.flush()
    return result, False


def _counted_unknown(work: UnitOfWork, row: StockTake, text: str, at: Spot) -> Result:
    line = work.session.scalar(
        select(StockTakeLine).where(StockTakeLine.stock_take_id == row.id, StockTakeLine.code == text)
    )
    if line is None:
        line = StockTakeLine(stock_take_id=row.id, code=text)
        work.session.add(line)
        _mark(work, line, Result.UNKNOWN, at)
        work.session.flush()
    return Result.UNKNOWN


def _mark(work: UnitOfWork, line: StockTakeLine, result: Result, at: Spot) -> None:
    line.result = result.value
    line.scanned_at, line.scanned_by = work.now, work.actor.user_id
    line.seen_location_id, line.seen_box_id = at.location_id, at.box_id
    # Whatever was said of it before was said of another result.
    line.resolution, line.note, line.resolved_at, line.resolved_by = None, "", None, None


def _agrees(work: UnitOfWork, place: Placement, at: Spot) -> bool:
    """Whether the record says that it lies there: exactly, in a box that stands there, or in a place below."""
    if lies(place, at):
        return True
    if at.location_id is None:
        return False
    location_id = place.location_id
    if place.in_box_id is not None:
        standing = placements(work.session, [ItemRef(box_id=place.in_box_id)])
        location_id = next((row.location_id for row in standing.values()), None)
    if location_id is None:
        return False
    known = locations_by_id(work.session, [location_id, at.location_id])
    return known[location_id].lineage.startswith(known[at.location_id].lineage)


def _carried_out(work: UnitOfWork, line: StockTakeLine, item: ItemRef, resolution: Resolution) -> None:
    now = placements(work.session, [item], lock=True).get(item)
    moved = now is None or now.id != line.placement_id
    if resolution is Resolution.MOVED_HERE:
        spot = (
            Spot(box_id=BoxId(line.seen_box_id))
            if line.seen_box_id is not None
            else Spot(LocationId(line.seen_location_id or 0))
        )
        put(work, [item], spot, "")
    elif resolution is Resolution.PUT_BACK:
        if now is None:
            raise WrongResolution(field="resolution")
        now.missing_at = None
    elif resolution is Resolution.NOTED_MISSING:
        if now is None or moved:
            raise ResolvedMeanwhile()
        now.missing_at = work.now
    elif resolution is Resolution.MOVED_MEANWHILE and not moved and not outings(work.session, [item]):
        raise NotMovedMeanwhile()
