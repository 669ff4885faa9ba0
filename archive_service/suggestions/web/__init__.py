"""The page that tells how good proposals are; the system's page leads to it."""

from flask import Flask

from archive_service.suggestions.web.evaluation import blueprint

__all__ = ["register"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
