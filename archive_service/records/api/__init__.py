"""Documents, versions and pages for programs: the same use cases and the same sights as the pages have."""

from flask import Flask

from archive_service.records.api import (
    access,
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

_ON_STANDING = relating  # its calls stand on the blueprint of ``standing``


def register(app: Flask) -> None:
    for blueprint in (
        documents.blueprint,
        access.blueprint,
        granting.blueprint,
        filing.blueprint,
        reviewing.blueprint,
        standing.blueprint,
        versions.blueprint,
        checking.blueprint,
        pages.blueprint,
        transferring.blueprint,
    ):
        app.register_blueprint(blueprint)
