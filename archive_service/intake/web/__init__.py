"""The pages of upload and inbox, and the doors for uploads in parts."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.intake.web import desk as _desk
from archive_service.intake.web.pages import blueprint
from archive_service.intake.web.results import API, PAGES
from archive_service.intake.web.tus import tus_blueprint
from archive_service.kernel.actor import Permission
from archive_service.web import Place, csrf, register_place

_ROUTES = (_desk,)


def register(app: Flask) -> None:
    programs = tus_blueprint("api_uploads", "/api/v1/uploads", API)
    csrf.exempt(programs)  # who comes by cookie is asked for the form token by the gate of the API
    app.register_blueprint(blueprint)
    app.register_blueprint(tus_blueprint("uploads", "/uploads/tus", PAGES))
    app.register_blueprint(programs)
    register_place(
        app, Place(20, "upload", lazy_gettext("Upload"), "intake.upload", "upload", Permission.UPLOAD)
    )
    register_place(app, Place(30, "inbox", lazy_gettext("Inbox"), "intake.inbox", "inbox", Permission.UPLOAD))
