"""What people see of documents: lists, the document's page with its viewer, pictures, originals, history."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Permission
from archive_service.locations.web import register_holdings
from archive_service.records.queries.holdings import Archived
from archive_service.records.web import (
    case_files,
    checking,
    comparing,
    describing,
    documents,
    filing,
    granting,
    lists,
    locking,
    opening,
    pictures,
    placing,
    printing,
    relating,
    retention,
    transferring,
    viewing,
)
from archive_service.records.web.changed import changed_lines, changed_since
from archive_service.records.web.desk_form import (
    DESK_FIELDS,
    NEW,
    Needs,
    asked_for,
    beginning,
    fill_place,
    fill_usual,
    needs_of,
    problems,
    shared,
    usual,
)
from archive_service.records.web.documents import told_of
from archive_service.records.web.following import register_follower
from archive_service.records.web.furnishing import Seen, blueprint, furnish, seen_document
from archive_service.records.web.papers import OfTheArchive
from archive_service.web import Place, register_place
from archive_service.web.papers import register_papers

__all__ = [
    "DESK_FIELDS",
    "NEW",
    "Needs",
    "Seen",
    "asked_for",
    "beginning",
    "changed_lines",
    "changed_since",
    "fill_place",
    "fill_usual",
    "needs_of",
    "problems",
    "register",
    "register_follower",
    "seen_document",
    "shared",
    "told_of",
    "usual",
]

_ROUTES = (
    case_files,
    checking,
    comparing,
    describing,
    documents,
    filing,
    granting,
    lists,
    locking,
    opening,
    pictures,
    placing,
    printing,
    relating,
    retention,
    transferring,
    viewing,
)


def register(app: Flask) -> None:
    furnish(app)
    relating.add_to_the_unit_card(app)
    register_papers(app, OfTheArchive())
    register_holdings(app, Archived())
    app.register_blueprint(blueprint)
    register_place(
        app, Place(50, "files", lazy_gettext("Archive files"), "records.files", "folders", Permission.SEARCH)
    )
