"""What the web server calls in each of its processes."""

from flask import Flask

from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.logs import configure_logs
from archive_service.settings import load_settings


def application() -> Flask:
    settings = load_settings()
    configure_logs(settings)
    return create_app(open_archive(settings))
