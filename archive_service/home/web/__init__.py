"""The start page, and the pages of those who look after the service."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.home.web import bench, system, trail
from archive_service.home.web.furnishing import blueprint, note_the_start
from archive_service.kernel.actor import Permission
from archive_service.web import Place, register_place

__all__ = ["register"]

_ROUTES = (bench, system, trail)


def register(app: Flask) -> None:
    note_the_start(app)
    app.register_blueprint(blueprint)
    register_place(app, Place(10, "home", lazy_gettext("Home"), "home.page", "home"))
    register_place(
        app,
        Place(
            900, "system", lazy_gettext("System"), "home.system", "heart-rate-monitor", Permission.SEE_STATUS
        ),
    )
    register_place(
        app,
        Place(905, "trail", lazy_gettext("Audit trail"), "home.trail", "shield-check", Permission.READ_AUDIT),
    )
