"""Documents, versions and pages for programs: the same use cases and the same sights as the pages have."""

from flask import Flask

from archive_service.records.api import (
    access,
    case_files,
    checking,
    documents,
    filing,
    granting,
    pages,
    relating,
    reviewing,
    standing,
    transferring,
    versions,
)

__all__ = ["register"]


def register(app: Flask) -> None:
    for blueprint in (
        documents.blueprint,
        access.blueprint,
        granting.blueprint,
        filing.blueprint,
        case_files.blueprint,
        reviewing.blueprint,
        standing.blueprint,
        relating.blueprint,
        versions.blueprint,
        checking.blueprint,
        pages.blueprint,
        transferring.blueprint,
    ):
        app.register_blueprint(blueprint)
