"""The search page, and the words that it, the API and the command have in common."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Permission
from archive_service.search.web.pages import blueprint
from archive_service.web import Place, register_place

__all__ = ["register"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(
        app, Place(40, "search", lazy_gettext("Search"), "search.page", "search", Permission.SEARCH)
    )
