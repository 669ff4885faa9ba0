"""Stock-takes: begin, scan, look at the lines, resolve them, close. A hand scanner types into the field and sends."""

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.locations.queries import stock_takes as queries
from archive_service.locations.queries.places import box, location
from archive_service.locations.rules.items import BoxId, LocationId, Spot
from archive_service.locations.rules.taking_stock import RESULT_NAMES, Resolution, Result, WrongResolution
from archive_service.locations.service import taking_stock as service
from archive_service.locations.service.taking_stock import Scanned
from archive_service.locations.web.furnishing import (
    COUNT,
    LARGEST_ID,
    ONE,
    PAGE_SIZE,
    blueprint,
    current_holdings,
    to,
    words,
)
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

_LATEST = 8


@blueprint.get("/stock-takes")
def stock_takes() -> ResponseReturnValue:
    only_asked("page")
    current_actor().must(Permission.MANAGE_PLACES)
    number = asked_page()
    with current_archive().reading() as session:
        total = queries.stock_take_count(session)
        rows = queries.stock_takes(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        tallies = queries.tallies(session, [row.id for row in rows])
        names = people.display_names(session, {r.started_by for r in rows if r.started_by is not None})
    return render_template(
        "locations/stock_takes.html",
        rows=rows,
        tallies=tallies,
        names=names,
        paging=Paging(number, PAGE_SIZE, total),
        results=Result,
        **words(),
    )


@blueprint.post(f"{ONE}/stock-takes")
def start(location_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"whole_boxes"}))
    current_actor().must(Permission.MANAGE_PLACES)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            started = service.start_stock_take(
                work, location_id, whole_boxes=request.form.get("whole_boxes") == "yes"
            )
    except Conflict as error:
        flash(explain(error), "warning")
        with current_archive().reading() as session:
            live = queries.live_of(session, location_id)
        return (
            to("places.stock_take", stock_take_id=live)
            if live
            else to("places.place", location_id=location_id)
        )
    return to("places.stock_take", stock_take_id=started)


@blueprint.get(COUNT)
def stock_take(stock_take_id: int) -> ResponseReturnValue:
    """``at``: the spot that is being counted. ``show``: a result, or ``open``."""
    only_asked("at", "show", "page")
    current_actor().must(Permission.MANAGE_PLACES)
    return _page(stock_take_id, at=_asked_spot(request.args.get("at", "")))


@blueprint.post(f"{COUNT}/scans")
def scan(stock_take_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"code", "at"}))
    current_actor().must(Permission.MANAGE_PLACES)
    at = _asked_spot(request.form.get("at", ""))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            found = service.scan(work, current_holdings(), stock_take_id, request.form.get("code", ""), at=at)
    except (Invalid, Conflict) as error:
        page = _page(stock_take_id, at=at, trouble=explain(error))
        return make_response(page, 409 if isinstance(error, Conflict) else 422)
    return make_response(_page(stock_take_id, at=found.at, scanned=found))


@blueprint.post(f"{COUNT}/steps")
def step(stock_take_id: int) -> ResponseReturnValue:
    """``do``: counted, closed, given_up."""
    only_asked()
    refuse_unknown(frozenset({"do"}))
    current_actor().must(Permission.MANAGE_PLACES)
    steps = {
        "counted": service.finish_counting,
        "closed": service.close_stock_take,
        "given_up": service.give_up_stock_take,
    }
    verb = steps.get(request.form.get("do", ""))
    if verb is None:
        raise Invalid()
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            verb(work, stock_take_id)
    except Conflict as error:
        return make_response(_page(stock_take_id, trouble=explain(error)), 409)
    flash(gettext("Saved."), "success")
    return to("places.stock_take", stock_take_id=stock_take_id)


@blueprint.post(f"{COUNT}/lines/<int(max=2147483647):line_id>")
def resolve(stock_take_id: int, line_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"resolution", "note", "result"}))
    current_actor().must(Permission.MANAGE_PLACES)
    form = request.form
    try:
        try:
            said, seen = Resolution(form.get("resolution", "")), Result(form.get("result", ""))
        except ValueError as error:
            raise WrongResolution(field="resolution") from error
        with current_archive().unit_of_work(current_actor()) as work:
            service.resolve(work, line_id, said, note=form.get("note", ""), seen=seen)
    except (Invalid, Conflict) as error:
        page = _page(
            stock_take_id, trouble=explain(error), about=line_id, note=form.get("note", "")[:255], show="open"
        )
        return make_response(page, 409 if isinstance(error, Conflict) else 422)
    flash(gettext("Saved."), "success")
    return to("places.stock_take", stock_take_id=stock_take_id, show="open", _anchor="lines")


def _asked_spot(typed: str) -> Spot | None:
    """``p12`` is a place, ``b3`` a box."""
    number = whole_number(typed[1:], LARGEST_ID)
    if not number or typed[0] not in "pb":
        return None
    return Spot(LocationId(number)) if typed[0] == "p" else Spot(box_id=BoxId(number))


def _page(
    stock_take_id: int,
    *,
    at: Spot | None = None,
    scanned: Scanned | None = None,
    trouble: str = "",
    about: int = 0,
    note: str = "",
    show: str = "",
) -> str:
    actor, holdings = current_actor(), current_holdings()
    show = show or request.args.get("show", "")
    number = asked_page()
    with current_archive().reading() as session:
        row = queries.stock_take(session, stock_take_id)
        tally = queries.tallies(session, [row.id])[row.id]
        wanted = {Result(show)} if show in [one.value for one in Result] else set()
        is_open = show == "open"
        total = queries.line_count(session, row.id, results=wanted, unresolved=is_open)
        lines = queries.lines(
            session,
            holdings,
            actor,
            row.id,
            results=wanted,
            unresolved=is_open,
            offset=(number - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
        latest = (
            queries.lines(session, holdings, actor, row.id, newest=True, limit=_LATEST) if row.is_live else []
        )
        place = box_here = None
        if at is not None and at.location_id is not None:
            place = location(session, at.location_id)
        elif at is not None and at.box_id is not None:
            box_here = box(session, at.box_id)
        who = {one.scanned_by for one in (*lines, *latest)} | {one.resolved_by for one in lines}
        who |= {row.started_by, row.ended_by}
        names = people.display_names(session, {one for one in who if one is not None})
    return render_template(
        "locations/stock_take.html",
        row=row,
        tally=tally,
        lines=lines,
        latest=latest,
        at=at,
        here=place.path if place else box_here.box_no if box_here else "",
        scanned=scanned,
        trouble=trouble,
        about=about,
        note=note,
        show=show,
        names=names,
        results=list(RESULT_NAMES),
        paging=Paging(number, PAGE_SIZE, total),
        **words(),
    )
