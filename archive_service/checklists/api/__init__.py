"""Checklists for programs: the same verbs and the same sights as the pages have."""

from flask import Flask

from archive_service.checklists.api import acting as _acting
from archive_service.checklists.api import tasks as _tasks
from archive_service.checklists.api.lists import blueprint

__all__ = ["register"]

_VIEWS = (_acting, _tasks)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
