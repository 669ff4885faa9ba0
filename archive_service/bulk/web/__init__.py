"""Pages for many papers at once: imports with their checks, edits with their previews, exports with their decisions."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.bulk.web import choosing as _choosing
from archive_service.bulk.web import editing as _editing
from archive_service.bulk.web import exporting as _exporting
from archive_service.bulk.web import importing as _importing
from archive_service.bulk.web.pages import blueprint
from archive_service.kernel.actor import Permission
from archive_service.web import Place, register_place

__all__ = ["register"]

_VIEWS = (_choosing, _editing, _exporting, _importing)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    place = Place(55, "bulk", lazy_gettext("Many at once"), "bulk.page", "stack-2", Permission.SEARCH)
    register_place(app, place)
