"""The archive behind this request."""

from typing import Final

from flask import Flask, current_app

from archive_service.bootstrap import Archive

_ARCHIVE: Final = "archive"


def set_archive(app: Flask, archive: Archive) -> None:
    app.extensions[_ARCHIVE] = archive


def archive_of(app: Flask) -> Archive:
    archive = app.extensions[_ARCHIVE]
    assert isinstance(archive, Archive)
    return archive


def current_archive() -> Archive:
    return archive_of(current_app)
