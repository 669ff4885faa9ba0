"""The furniture of every page: layout, navigation, forms, errors, languages, bundled files, protection.

Knows no capability. A capability registers its places and renders ``{% extends "web/layout.html" %}``.
"""

from flask import Blueprint, Flask

from archive_service.settings import Settings
from archive_service.web import addresses, assets, errors, formats, i18n, lines, security
from archive_service.web.actor import current_actor, set_actor_loader
from archive_service.web.additions import additions, register_addition
from archive_service.web.current import archive_of, current_archive, set_archive
from archive_service.web.forms import ServiceForm, only_asked, refuse_unknown
from archive_service.web.i18n import current_language, explain
from archive_service.web.numbers import whole_number
from archive_service.web.paging import Paging, asked_page, asked_sort, here_with
from archive_service.web.places import (
    MenuEntry,
    Place,
    menu_for,
    place_here,
    places_for,
    register_menu_entry,
    register_place,
)
from archive_service.web.problem import problem, wants_problem
from archive_service.web.security import csp_nonce, csrf, safe_target, verify_csrf

__all__ = [
    "MenuEntry",
    "Paging",
    "Place",
    "ServiceForm",
    "archive_of",
    "asked_page",
    "asked_sort",
    "csp_nonce",
    "csrf",
    "current_actor",
    "current_archive",
    "current_language",
    "explain",
    "here_with",
    "init_app",
    "only_asked",
    "problem",
    "refuse_unknown",
    "register_addition",
    "register_menu_entry",
    "register_place",
    "safe_target",
    "set_actor_loader",
    "set_archive",
    "verify_csrf",
    "wants_problem",
    "whole_number",
]


def init_app(app: Flask, settings: Settings) -> None:
    """Furnish ``app``, made without a static folder of its own; before any capability adds its pages.

    First, so that host and origin are checked before anything else looks at a request, and the headers are
    written after everything else has.
    """
    addresses.init_addresses(app)
    i18n.init_i18n(app)
    lines.init_lines(app)
    security.init_security(app, settings)
    errors.init_errors(app)
    formats.init_formats(app)
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    app.register_blueprint(assets.blueprint)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        additions=additions,
        asset_url=assets.asset_url,
        icon=assets.icon,
        current_actor=current_actor,
        places_for=places_for,
        menu_for=menu_for,
        place_here=place_here,
        here_with=here_with,
        has_endpoint=lambda name: name in app.view_functions,
    )
