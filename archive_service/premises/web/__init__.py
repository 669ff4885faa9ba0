"""Premises as pages: projects with their buildings, lists of units, the card of one unit; changed by those who may."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Permission
from archive_service.premises.web import editing as _editing
from archive_service.premises.web import importing as _importing
from archive_service.premises.web import importing_holders as _importing_holders
from archive_service.premises.web import parties as _parties
from archive_service.premises.web import projects as _projects
from archive_service.premises.web.pages import blueprint
from archive_service.web import Place, register_place

__all__ = ["register"]

_VIEWS = (_editing, _importing, _importing_holders, _parties, _projects)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    place = Place(
        60,
        "premises",
        lazy_gettext("Premises"),
        "premises.page",
        "building-community",
        Permission.SEE_PREMISES,
    )
    register_place(app, place)
