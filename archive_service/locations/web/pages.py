"""The rooms, one place with what lies in it, boxes, and finding by a scan."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.locations.queries import lying as lying_queries
from archive_service.locations.queries import places as queries
from archive_service.locations.queries import stock_takes
from archive_service.locations.queries.places import LocationRow
from archive_service.locations.rules.codes import Code, CodeKind
from archive_service.locations.rules.items import ItemRef, LocationId, Spot
from archive_service.locations.rules.places import BELOW, Fill
from archive_service.locations.web.furnishing import (
    BOX,
    ONE,
    PAGE_SIZE,
    blueprint,
    current_holdings,
    to,
    to_spot,
    words,
)
from archive_service.web import Paging, asked_page, current_actor, current_archive, only_asked


@dataclass(frozen=True, slots=True)
class Tile:
    """A place on the map. ``name``: its code below the piece of furniture it stands in."""

    place: LocationRow
    name: str
    fill: Fill | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A room, cabinet or rack on the map, with the places in it where things lie."""

    place: LocationRow
    fill: Fill | None
    tiles: tuple[Tile, ...]


def pieces(rows: list[LocationRow], tops: list[LocationRow], fills: Mapping[LocationId, Fill]) -> list[Piece]:
    parents = {row.parent_id for row in rows}
    found = []
    for top in tops:
        inside = [row for row in rows if row.lineage.startswith(top.lineage) and row.id != top.id]
        leaves = [row for row in inside if row.id not in parents]
        tiles = tuple(Tile(r, r.path.removeprefix(top.path + "-"), fills.get(r.id)) for r in leaves)
        found.append(Piece(top, fills.get(top.id), tiles))
    return found


@blueprint.get("")
def page() -> ResponseReturnValue:
    """All rooms; ``q``: what was scanned or typed, to be found."""
    only_asked("q")
    actor = current_actor()
    actor.must(Permission.SEE_PLACES)
    if asked := request.args.get("q", "").strip():
        return _found(asked)
    with current_archive().reading() as session:
        rows = queries.tree(session)
        fills = queries.fills(session)
        loose = queries.box_count(session, unplaced=True)
    furniture = [row for row in rows if row.depth == 1]
    rooms = [
        (room, fills.get(room.id), pieces(rows, [f for f in furniture if f.parent_id == room.id], fills))
        for room in rows
        if room.parent_id is None
    ]
    return render_template("locations/page.html", rooms=rooms, loose=loose, **words())


def _found(asked: str) -> ResponseReturnValue:
    actor = current_actor()
    with current_archive().reading() as session:
        spot = queries.spot_called(session, asked)
        code = Code.parse(asked)
        item = None
        if spot is None and code is not None and code.kind is CodeKind.ARCHIVAL:
            item = current_holdings().called(session, actor, [code.text]).get(code.text)
    if spot is not None:
        return to_spot(spot)
    if item is not None and item.document_id is not None:
        return to("records.document", document_id=item.document_id, _anchor="where")
    if item is not None:
        return to("records.case_file", case_file_id=item.case_file_id, _anchor="where")
    flash(
        gettext(
            "Nothing here is called “%(code)s”. Please scan it again, or type it as printed.", code=asked[:60]
        ),
        "warning",
    )
    return to("places.page")


@blueprint.get(ONE)
def place(location_id: int) -> ResponseReturnValue:
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.SEE_PLACES)
    number = asked_page()
    with current_archive().reading() as session:
        row = queries.location(session, location_id)
        rows = queries.tree(session, row, closed=not row.is_open)
        fills = queries.fills(session, row)
        total = lying_queries.lying_count(session, current_holdings(), actor, Spot(row.id))
        lying = lying_queries.lying(
            session,
            current_holdings(),
            actor,
            Spot(row.id),
            offset=(number - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
        above = queries.above(session, row)[:-1]
        history = queries.changes(session, row.id)
        live = stock_takes.live_of(session, row.id)
        names = people.display_names(session, {c.by for c in history if c.by is not None})
    children = [one for one in rows if one.parent_id == row.id]
    return render_template(
        "locations/place.html",
        row=row,
        above=above,
        fill=fills.get(row.id),
        pieces=pieces(rows, children, fills),
        lying=lying,
        paging=Paging(number, PAGE_SIZE, total),
        history=history,
        names=names,
        live=live,
        may_hold=not children,
        may_have_below=bool(BELOW[row.facts.kind]),
        **words(),
    )


@blueprint.get("/boxes")
def boxes() -> ResponseReturnValue:
    only_asked("q", "unplaced", "page")
    current_actor().must(Permission.SEE_PLACES)
    text, unplaced, number = request.args.get("q", "")[:40], "unplaced" in request.args, asked_page()
    with current_archive().reading() as session:
        total = queries.box_count(session, text=text, unplaced=unplaced)
        rows = queries.boxes(
            session, text=text, unplaced=unplaced, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
        fills = queries.box_fills(session, [row.id for row in rows])
        places = lying_queries.where(session, [ItemRef(box_id=row.id) for row in rows])
    return render_template(
        "locations/boxes.html",
        rows=rows,
        fills=fills,
        places={item.box_id: told for item, told in places.items()},
        paging=Paging(number, PAGE_SIZE, total),
        text=text,
        unplaced=unplaced,
        **words(),
    )


@blueprint.get(BOX)
def box(box_id: int) -> ResponseReturnValue:
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.SEE_PLACES)
    number = asked_page()
    with current_archive().reading() as session:
        row = queries.box(session, box_id)
        item, spot = ItemRef(box_id=row.id), Spot(box_id=row.id)
        stands = lying_queries.where(session, [item]).get(item)
        total = lying_queries.lying_count(session, current_holdings(), actor, spot)
        lying = lying_queries.lying(
            session, current_holdings(), actor, spot, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
        fill = queries.box_fills(session, [row.id]).get(row.id)
        past = lying_queries.past(session, item)
        names = people.display_names(session, {p.by for p in past if p.by is not None})
    return render_template(
        "locations/box.html",
        row=row,
        stands=stands,
        lying=lying,
        paging=Paging(number, PAGE_SIZE, total),
        fill=fill,
        past=past,
        names=names,
        here=url_for("places.box", box_id=row.id),
        **words(),
    )
