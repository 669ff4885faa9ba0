"""The working calendar as pages: a year with its months, a day changed, a year brought in by a table."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.web import MenuEntry, register_addition, register_menu_entry
from archive_service.working_days.web import importing, pages
from archive_service.working_days.web.pages import blueprint

__all__ = ["register"]

_ROUTES = (importing,)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_menu_entry(app, MenuEntry(40, lazy_gettext("Working calendar"), "working_days.page", "calendar"))
    register_addition(app, "home.system", pages.on_system_page)
