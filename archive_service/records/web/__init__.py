"""What people see of documents: lists, the document's page with its viewer, pictures, originals, history."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Permission
from archive_service.records.web import (
    case_files,
    describing,
    documents,
    filing,
    lists,
    pictures,
    printing,
    transferring,
    viewing,
)
from archive_service.records.web.furnishing import blueprint, furnish
from archive_service.web import Place, register_place

__all__ = ["register"]

_ROUTES = (case_files, describing, documents, filing, lists, pictures, printing, transferring, viewing)


def register(app: Flask) -> None:
    furnish(app)
    app.register_blueprint(blueprint)
    register_place(
        app, Place(50, "files", lazy_gettext("Archive files"), "records.files", "folders", Permission.SEARCH)
    )
