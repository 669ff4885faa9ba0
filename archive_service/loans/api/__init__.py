"""Lending for programs: slips, each step of theirs, the case table. Whose word a slip needs is said by people alone."""

from flask import Flask

from archive_service.loans.api import slips, steps
from archive_service.loans.api.furnishing import blueprint

__all__ = ["register"]

_ROUTES = (slips, steps)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
