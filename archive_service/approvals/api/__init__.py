"""Approvals for programs: to read, to comment, to withdraw. A decision is a person's: no token carries it."""

from flask import Flask

from archive_service.approvals.api.requests import blueprint

__all__ = ["register"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
