"""Approvals at the counter: what waits, one request, delegations, and the table of who approves what."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.approvals.web import chains, delegations, pages
from archive_service.approvals.web.furnishing import blueprint
from archive_service.approvals.web.kinds import Preview, kinds, register_kind
from archive_service.kernel.actor import Permission
from archive_service.web import Place, register_place

__all__ = ["Preview", "kinds", "register", "register_kind"]

_ROUTES = (chains, delegations, pages)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(
        app,
        Place(
            47,
            "approvals",
            lazy_gettext("Approvals"),
            "approvals.page",
            "gavel",
            Permission.SEE_APPROVALS,
        ),
    )
