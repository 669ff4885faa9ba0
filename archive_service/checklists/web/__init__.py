"""Checklists at the counter: the lists, one with its items, what is missing, tasks; and what other pages show of them."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.checklists.service.transferring import ListsOfTheUnit
from archive_service.checklists.web import acting, missing, pages, shown_elsewhere, tasks
from archive_service.checklists.web.furnishing import blueprint
from archive_service.kernel.actor import Permission
from archive_service.records.web import register_follower
from archive_service.web import Place, register_addition, register_place

__all__ = ["register"]

_ROUTES = (acting, missing, pages, tasks)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(
        app,
        Place(
            45,
            "checklists",
            lazy_gettext("Checklists"),
            "checklists.page",
            "clipboard-list",
            Permission.SEE_CHECKLISTS,
        ),
    )
    register_follower(app, ListsOfTheUnit())
    register_addition(app, "premises.unit", shown_elsewhere.of_unit)
    register_addition(app, "records.case_file", shown_elsewhere.of_case_file)
    register_addition(app, "records.document", shown_elsewhere.of_document)
