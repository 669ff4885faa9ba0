"""The pages where scans are split, merged and turned; separator sheets; what looks alike."""

from flask import Flask

from archive_service.scans.web import alike, board, requests, sheets
from archive_service.scans.web.furnishing import blueprint, class_names, furnish

__all__ = ["class_names", "register"]

_ROUTES = (alike, board, requests, sheets)


def register(app: Flask) -> None:
    furnish(app)
    app.register_blueprint(blueprint)
