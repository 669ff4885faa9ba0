"""The file plan as pages: the tree, one class, its versions; changed by those who may."""

from flask import Flask

from archive_service.classification.web import editing as _editing
from archive_service.classification.web import exchange as _exchange
from archive_service.classification.web.pages import blueprint, class_groups, kept_for, term_name

__all__ = ["class_groups", "kept_for", "register", "term_name"]

_VIEWS = (_editing, _exchange)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
