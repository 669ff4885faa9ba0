"""The file plan for programs: looked at, changed class by class, taken out and in as a file."""

from flask import Flask

from archive_service.classification.api import exchange as _exchange
from archive_service.classification.api import versions as _versions
from archive_service.classification.api.classes import blueprint

__all__ = ["register"]

_VIEWS = (_exchange, _versions)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
