"""Premises for programs: projects, units, and tables that bring in units and the people in them."""

from flask import Flask

from archive_service.premises.api import tables as _tables
from archive_service.premises.api.units import blueprint

__all__ = ["register"]

_VIEWS = (_tables,)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
