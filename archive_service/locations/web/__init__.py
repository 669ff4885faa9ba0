"""Places at the counter: the rooms and how full they are, what lies where, moves, labels, stock-takes."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Permission
from archive_service.locations.web import boxes, counting, editing, labels, moving, pages, shown_elsewhere
from archive_service.locations.web.furnishing import blueprint, register_holdings
from archive_service.web import Place, register_addition, register_place

__all__ = ["register", "register_holdings"]

_ROUTES = (boxes, counting, editing, labels, moving, pages)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(
        app,
        Place(55, "places", lazy_gettext("Shelves"), "places.page", "archive", Permission.SEE_PLACES),
    )
    register_addition(app, "records.document", shown_elsewhere.of_document)
    register_addition(app, "records.case_file", shown_elsewhere.of_case_file)
