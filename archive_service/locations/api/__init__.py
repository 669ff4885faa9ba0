"""Places for programs: the tree, where things lie, moving, taking stock, labels."""

import base64
from collections.abc import Callable

from flask import Flask, Response
from pydantic import BaseModel

from archive_service.api import Reply, doors, once
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.locations.api.answers import (
    BoxPatch,
    BoxTold,
    LabelsAsked,
    LabelsTold,
    LiesTold,
    MoveAsked,
    MoveLineTold,
    MoveTold,
    NewPlace,
    NewStockTake,
    Places,
    PlaceTold,
    ResolutionAsked,
    ScanAsked,
    ScanTold,
    StepAsked,
    StockLines,
    StockLineTold,
    StockTakeTold,
    WhereAsked,
    WhereTold,
)
from archive_service.locations.queries import lying as lying_queries
from archive_service.locations.queries import places as queries
from archive_service.locations.queries import stock_takes as count_queries
from archive_service.locations.queries.holdings import Holdings
from archive_service.locations.queries.places import LocationRow
from archive_service.locations.rules.codes import Code, CodeKind
from archive_service.locations.rules.items import ItemRef, Spot
from archive_service.locations.rules.places import Air, Fill, PlaceFacts
from archive_service.locations.rules.sheets import SHEETS
from archive_service.locations.service import boxes, places, placing, taking_stock
from archive_service.locations.service.drawing import labels_pdf
from archive_service.locations.service.labels import labels_for
from archive_service.locations.web.furnishing import current_holdings
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive
from archive_service.web.assets import asset_path

__all__ = ["register"]

blueprint = doors.blueprint("places_api", __name__, "places")
COUNT = "/stock-takes/<int(max=2147483647):stock_take_id>"


def _once(asked: BaseModel, effect: Callable[[UnitOfWork], Reply]) -> Response:
    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


def _told(row: LocationRow, fill: Fill | None) -> PlaceTold:
    return PlaceTold(
        id=row.id,
        parent_id=row.parent_id,
        path=row.path,
        label=row.label,
        kind=row.facts.kind,
        name=row.facts.name,
        capacity_mm=row.facts.capacity_mm,
        used_mm=fill.used_mm if fill else 0,
        things=fill.items if fill else 0,
    )


@blueprint.get("/places")
@blueprint.output(Places)
@blueprint.doc(summary=N_("The tree of places, and how full each is"))
def tree() -> Places:
    current_actor().must(Permission.SEE_PLACES)
    with current_archive().reading() as session:
        rows, fills = queries.tree(session), queries.fills(session)
    return Places(places=[_told(row, fills.get(row.id)) for row in rows])


@blueprint.post("/places")
@blueprint.input(NewPlace, arg_name="asked")
@blueprint.output(PlaceTold, status_code=201)
@blueprint.doc(summary=N_("Add a place"))
def add(asked: NewPlace) -> Response:
    current_actor().must(Permission.MANAGE_PLACES)

    def effect(work: UnitOfWork) -> Reply:
        facts = PlaceFacts(
            asked.kind,
            asked.code,
            asked.name,
            asked.capacity_mm,
            Air(asked.climate),
            asked.sensor_id,
            asked.note,
        )
        row = places.add_location(work, asked.parent_id, facts)
        return Reply(201, _told(row, None).model_dump(mode="json"), {})

    return _once(asked, effect)


@blueprint.post("/places/where")
@blueprint.input(WhereAsked, arg_name="asked")
@blueprint.output(WhereTold)
@blueprint.doc(summary=N_("Where papers, case files and boxes lie, by their codes"))
def where(asked: WhereAsked) -> WhereTold:
    actor = current_actor()
    actor.must(Permission.SEE_PLACES)
    with current_archive().reading() as session:
        meant = {code: Code.parse(code) for code in asked.codes}
        numbers = {c.text for c in meant.values() if c is not None and c.kind is CodeKind.ARCHIVAL}
        called = current_holdings().called(session, actor, numbers)
        boxed = queries.boxes_called(
            session, {c.text for c in meant.values() if c is not None and c.kind is CodeKind.BOX}
        )
        items = {code: called.get(c.text) or boxed.get(c.text) for code, c in meant.items() if c is not None}
        known: dict[str, ItemRef] = {code: item for code, item in items.items() if item is not None}
        found = lying_queries.where(session, list(known.values()))
    told = []
    for code in asked.codes:
        lies = found.get(known[code]) if code in known else None
        told.append(
            LiesTold(
                code=code,
                known=code in known,
                place=lies.path if lies else "",
                box=lies.box_no if lies else "",
                out=bool(lies and lies.out),
                missing=bool(lies and lies.missing_since),
            )
        )
    return WhereTold(things=told)


@blueprint.post("/places/moves")
@blueprint.input(MoveAsked, arg_name="asked")
@blueprint.output(MoveTold)
@blueprint.doc(summary=N_("Move a list of things to a place or into a box: all of them, or none"))
def move(asked: MoveAsked) -> Response:
    current_actor().must(Permission.MANAGE_PLACES)
    holdings: Holdings = current_holdings()

    def effect(work: UnitOfWork) -> Reply:
        to = queries.spot_called(work.session, asked.to)
        if to is None:
            raise NotFound()
        codes = placing.split_codes("\n".join(asked.codes))
        plan = placing.preview(work.session, holdings, work.actor, codes, to)
        moved = (
            0
            if asked.dry_run
            else placing.move(work, holdings, codes, to, reason=asked.reason, seen=plan.seen)
        )
        lines = [
            MoveLineTold(
                code=line.code, standing=line.standing, place=line.now_at.short if line.now_at else ""
            )
            for line in plan.lines
        ]
        return Reply(200, MoveTold(moved=moved, lines=lines).model_dump(mode="json"), {})

    return _once(asked, effect)


@blueprint.patch("/boxes/<int(max=2147483647):box_id>")
@blueprint.input(BoxPatch, arg_name="patch")
@blueprint.output(BoxTold)
@blueprint.doc(summary=N_("Change what is written on a box, close it or open it again"))
def change_box(box_id: int, patch: BoxPatch) -> BoxTold:
    current_actor().must(Permission.MANAGE_PLACES)
    with current_archive().unit_of_work(current_actor()) as work:
        row, revision = queries.box(work.session, box_id), patch.revision
        if patch.closed is False and not row.is_open:
            row = boxes.reopen_box(work, box_id, revision=revision)
            revision = row.revision
        told = (patch.retention, patch.width_mm, patch.note)
        if any(value is not None for value in told):
            row = boxes.change_box(
                work,
                box_id,
                retention=row.retention if patch.retention is None else patch.retention,
                width_mm=row.width_mm if patch.width_mm is None else patch.width_mm,
                note=row.note if patch.note is None else patch.note,
                revision=revision,
            )
            revision = row.revision
        if patch.closed and row.is_open:
            row = boxes.close_box(work, box_id, revision=revision)
    return BoxTold(
        id=row.id,
        box_no=row.box_no,
        retention=row.retention,
        width_mm=row.width_mm,
        note=row.note,
        closed=not row.is_open,
        revision=row.revision,
    )


@blueprint.post("/places/labels")
@blueprint.input(LabelsAsked, arg_name="asked")
@blueprint.output(LabelsTold)
@blueprint.doc(summary=N_("Labels of things and places as a PDF file"))
def labels(asked: LabelsAsked) -> LabelsTold:
    actor = current_actor()
    actor.must(Permission.MANAGE_PLACES)
    if asked.sheet not in SHEETS:
        raise NotFound()
    with current_archive().reading() as session:
        made = labels_for(session, current_holdings(), actor, asked.codes)
    content = labels_pdf(made, SHEETS[asked.sheet], start=asked.start, font=asset_path("marks.ttf"))
    return LabelsTold(pdf=base64.b64encode(content).decode())


def _count_told(work: UnitOfWork, stock_take_id: int) -> StockTakeTold:
    row = count_queries.stock_take(work.session, stock_take_id)
    tally = count_queries.tallies(work.session, [row.id])[row.id]
    return StockTakeTold(
        id=row.id,
        place=row.place.path,
        state=row.state.value,
        results=dict(tally.of),
        unresolved=tally.unresolved,
    )


@blueprint.post("/stock-takes")
@blueprint.input(NewStockTake, arg_name="asked")
@blueprint.output(StockTakeTold, status_code=201)
@blueprint.doc(summary=N_("Begin a stock-take of a place and all in it"))
def start(asked: NewStockTake) -> Response:
    current_actor().must(Permission.MANAGE_PLACES)

    def effect(work: UnitOfWork) -> Reply:
        place = queries.location_called(work.session, asked.place)
        if place is None:
            raise NotFound()
        made = taking_stock.start_stock_take(work, place.id, whole_boxes=asked.whole_boxes)
        return Reply(201, _count_told(work, made).model_dump(mode="json"), {})

    return _once(asked, effect)


@blueprint.post(f"{COUNT}/scans")
@blueprint.input(ScanAsked, arg_name="asked")
@blueprint.output(ScanTold)
@blueprint.doc(summary=N_("Scan something in a stock-take"))
def scan(stock_take_id: int, asked: ScanAsked) -> Response:
    current_actor().must(Permission.MANAGE_PLACES)

    def effect(work: UnitOfWork) -> Reply:
        at = queries.spot_called(work.session, asked.at) if asked.at else None
        found = taking_stock.scan(work, current_holdings(), stock_take_id, asked.code, at=at)
        told = ScanTold(at=_spot(work, found.at), result=found.result, again=found.again)
        return Reply(200, told.model_dump(mode="json"), {})

    return _once(asked, effect)


def _spot(work: UnitOfWork, spot: Spot) -> str:
    """The code to scan for it."""
    if spot.location_id is not None:
        return queries.location(work.session, spot.location_id).label
    return queries.box(work.session, spot.box_id or 0).box_no


@blueprint.get(f"{COUNT}/lines")
@blueprint.output(StockLines)
@blueprint.doc(summary=N_("What does not agree in a stock-take and is not resolved yet, at most 500 lines"))
def lines(stock_take_id: int) -> StockLines:
    actor = current_actor()
    actor.must(Permission.MANAGE_PLACES)
    with current_archive().reading() as session:
        row = count_queries.stock_take(session, stock_take_id)
        rows = count_queries.lines(session, current_holdings(), actor, row.id, unresolved=True, limit=500)
    return StockLines(
        lines=[
            StockLineTold(
                id=one.id,
                number=one.number,
                result=one.result,
                expected=one.expected,
                seen_at=one.seen_at,
                resolution=one.resolution,
            )
            for one in rows
        ]
    )


@blueprint.post(f"{COUNT}/steps")
@blueprint.input(StepAsked, arg_name="asked")
@blueprint.output(StockTakeTold)
@blueprint.doc(summary=N_("Finish counting, close a stock-take, or give it up"))
def step(stock_take_id: int, asked: StepAsked) -> Response:
    current_actor().must(Permission.MANAGE_PLACES)
    verbs = {
        "counted": taking_stock.finish_counting,
        "closed": taking_stock.close_stock_take,
        "given_up": taking_stock.give_up_stock_take,
    }

    def effect(work: UnitOfWork) -> Reply:
        verbs[asked.step](work, stock_take_id)
        work.session.flush()
        return Reply(200, _count_told(work, stock_take_id).model_dump(mode="json"), {})

    return _once(asked, effect)


@blueprint.post("/stock-take-lines/<int(max=2147483647):line_id>/resolution")
@blueprint.input(ResolutionAsked, arg_name="asked")
@blueprint.output(StockTakeTold)
@blueprint.doc(summary=N_("Say what became of a line that does not agree"))
def resolve(line_id: int, asked: ResolutionAsked) -> Response:
    current_actor().must(Permission.MANAGE_PLACES)

    def effect(work: UnitOfWork) -> Reply:
        taking_stock.resolve(work, line_id, asked.resolution, note=asked.note, seen=asked.result)
        work.session.flush()
        of, _ = count_queries.line(work.session, current_holdings(), work.actor, line_id)
        return Reply(200, _count_told(work, of).model_dump(mode="json"), {})

    return _once(asked, effect)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
