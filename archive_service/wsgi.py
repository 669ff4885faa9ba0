"""What the web server calls in each of its processes."""

import multiprocessing

from flask import Flask

from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.logs import configure_logs
from archive_service.serving import dies_with_its_parent
from archive_service.settings import load_settings


def application() -> Flask:
    if (server := multiprocessing.parent_process()) and server.pid:
        # A server killed by force would leave this process listening, beside the one that is started instead.
        dies_with_its_parent(server.pid)
    settings = load_settings()
    configure_logs(settings)
    return create_app(open_archive(settings))
