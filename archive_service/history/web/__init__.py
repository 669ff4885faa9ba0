"""The page that tells what happened to a thing."""

from flask import Blueprint, Flask, render_template, request
from flask_babel import gettext

from archive_service.history.queries import Event, Kind, events_of
from archive_service.history.web.words import sentence, what_of
from archive_service.kernel.errors import NotFound
from archive_service.records.web.words import DOORS
from archive_service.web import current_actor, current_archive, only_asked, whole_number

__all__ = ["register"]

LARGEST_SEQ = 2**62
blueprint = Blueprint("history", __name__, template_folder="../templates")

_ADDRESSES = {
    Kind.DOCUMENT: "/documents/{}",
    Kind.CASE_FILE: "/case-files/{}",
    Kind.UNIT: "/premises/units/{}",
    Kind.PARTY: "/premises/parties/{}",
    Kind.USER: "/system/people/{}",
}


@blueprint.get("/history/<kind>/<thing>")
def page(kind: str, thing: str) -> str:
    """``before``: the number of the row to go on from."""
    only_asked("before")
    if kind not in tuple(Kind):
        raise NotFound()
    before = whole_number(request.args.get("before", ""), LARGEST_SEQ)
    known = Kind(kind)
    told = events_of(current_archive(), current_actor(), known, thing, before=before)
    return render_template(
        "history/page.html",
        title=told.title,
        events=[(event, what_of(event), door_of(event)) for event in told.events],
        address=_ADDRESSES[known].format(thing),
        before=before,
        further=told.further,
    )


def door_of(event: Event) -> str:
    return str(gettext(DOORS[event.door])) if event.door in DOORS else event.door


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(history_sentence=sentence)
