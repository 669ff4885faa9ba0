"""Putting one thing somewhere, and moving a scanned list or a whole shelf after a look at what it would do."""

import uuid

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Invalid
from archive_service.kernel.ids import parse_uuid
from archive_service.locations.queries.places import spot_called
from archive_service.locations.rules.items import ItemRef, Spot
from archive_service.locations.rules.places import NeedsReason
from archive_service.locations.service import placing
from archive_service.locations.service.placing import MovePlan, split_codes
from archive_service.locations.web.furnishing import (
    LARGEST_ID,
    blueprint,
    current_holdings,
    to,
    to_spot,
    words,
)
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)


class UnknownSpot(Invalid):
    code = "places.unknown"
    message = N_(
        "No open place or box is called that. Scan its label, or type its code, such as 库1-D3-A-02-4."
    )


@blueprint.route("/moving", methods=["GET", "POST"])
def moving() -> ResponseReturnValue:
    """``codes`` to ``to``; or all that lies at ``from``. Sent with ``plan``: as it was shown, now do it."""
    only_asked("from", "to", "codes")
    actor = current_actor()
    actor.must(Permission.MANAGE_PLACES)
    sent = request.form if request.method == "POST" else request.args
    if request.method == "POST":
        refuse_unknown(frozenset({"from", "to", "codes", "reason", "plan", "do"}))
    asked = {name: sent.get(name, "")[:20_000] for name in ("from", "to", "codes", "reason")}
    if request.method == "GET":
        return _page(asked, None, {})
    plan, errors, status = None, {}, 200
    try:
        if "do" in request.form and not asked["reason"].strip():
            raise NeedsReason(field="reason")
        if "do" in request.form:
            return _moved(asked, request.form.get("plan", ""))
    except (Invalid, Conflict) as error:
        errors[str(error.facts.get("field", ""))] = [explain(error)]
        status = 409 if isinstance(error, Conflict) else 422
    try:
        with current_archive().reading() as session:
            plan = _plan(session, asked)
    except Invalid as error:
        errors[str(error.facts.get("field", ""))] = [explain(error)]
        status = 422
    return make_response(_page(asked, plan, errors), status)


def _plan(session: Session, asked: dict[str, str]) -> MovePlan:
    target = _spot(session, asked["to"], "to")
    actor, holdings = current_actor(), current_holdings()
    if asked["from"].strip():
        return placing.preview_shelf(session, holdings, actor, _spot(session, asked["from"], "from"), target)
    return placing.preview(session, holdings, actor, split_codes(asked["codes"]), target)


def _moved(asked: dict[str, str], seen: str) -> ResponseReturnValue:
    with current_archive().unit_of_work(current_actor()) as work:
        target = _spot(work.session, asked["to"], "to")
        if asked["from"].strip():
            origin = _spot(work.session, asked["from"], "from")
            moved = placing.move_shelf(
                work, current_holdings(), origin, target, reason=asked["reason"], seen=seen
            )
        else:
            codes = split_codes(asked["codes"])
            moved = placing.move(work, current_holdings(), codes, target, reason=asked["reason"], seen=seen)
    flash(gettext("%(count)s things lie there now.", count=moved), "success")
    return to_spot(target)


def _spot(session: Session, typed: str, field: str) -> Spot:
    """Raises UnknownSpot."""
    found = spot_called(session, typed) if typed.strip() else None
    if found is None:
        raise UnknownSpot(field=field)
    return found


def _page(asked: dict[str, str], plan: MovePlan | None, errors: dict[str, list[str]]) -> str:
    return render_template("locations/moving.html", asked=asked, plan=plan, errors=errors, **words())


@blueprint.post("/lying")
def lie() -> ResponseReturnValue:
    """One paper or case file, from its own page."""
    only_asked()
    refuse_unknown(frozenset({"document", "case_file", "to", "reason"}))
    actor = current_actor()
    actor.must(Permission.MANAGE_PLACES)
    document: uuid.UUID | None = parse_uuid(request.form.get("document", ""))
    file = whole_number(request.form.get("case_file", ""), LARGEST_ID)
    if (document is None) == (file is None):
        raise Invalid()
    item = ItemRef(document_id=document, case_file_id=file)
    try:
        with current_archive().unit_of_work(actor) as work:
            if item not in current_holdings().named(work.session, actor, [item]):
                raise UnknownSpot(field="to")
            spot = _spot(work.session, request.form.get("to", ""), "to")
            moved = placing.place(work, item, spot, request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(gettext("It lies there now.") if moved else gettext("It lies there already."), "success")
    if document is not None:
        return to("records.document", document_id=document, _anchor="where")
    return to("records.case_file", case_file_id=file, _anchor="where")
