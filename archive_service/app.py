"""Puts the doors on an archive: registers blueprints, nothing else."""

import importlib
from typing import Final

from apiflask import APIFlask
from flask import Flask

from archive_service import web
from archive_service.api import furniture as api
from archive_service.bootstrap import Archive

DOORS: Final = (
    "archive_service.people.web",
    "archive_service.classification.web",
    "archive_service.classification.api",
    "archive_service.approvals.web",
    "archive_service.approvals.api",
    "archive_service.premises.web",
    "archive_service.premises.api",
    "archive_service.working_days.web",
    "archive_service.working_days.api",
    "archive_service.reminders.web",
    "archive_service.reminders.api",
    "archive_service.locations.web",
    "archive_service.locations.api",
    "archive_service.records.web",
    "archive_service.records.api",
    "archive_service.suggestions.web",
    "archive_service.suggestions.api",
    "archive_service.scans.web",
    "archive_service.scans.api",
    "archive_service.checklists.web",
    "archive_service.checklists.api",
    "archive_service.holds.web",
    "archive_service.intake.web",
    "archive_service.intake.api",
    "archive_service.search.web",
    "archive_service.search.api",
    "archive_service.bulk.web",
    "archive_service.bulk.api",
    "archive_service.loans.web",
    "archive_service.loans.api",
    "archive_service.home.web",
    "archive_service.home.api",
    "archive_service.history.web",
    "archive_service.history.api",
)
"""Modules with a ``register(app)``, in the order of their places in the navigation."""


def create_app(archive: Archive) -> Flask:
    app = APIFlask("archive_service", title="Archive service", static_folder=None, enable_openapi=False)  # type: ignore[arg-type]  # Flask takes None
    web.set_archive(app, archive)
    web.init_app(app, archive.settings)
    api.init_app(app)
    for door in DOORS:
        importlib.import_module(door).register(app)
    return app
