"""Loans at the counter: what is printed of them."""

from flask import Flask

from archive_service.loans.web import printing
from archive_service.loans.web.furnishing import blueprint

__all__ = ["register"]

_ROUTES = (printing,)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
