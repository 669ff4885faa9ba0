"""What the web server calls in each of its processes."""

import multiprocessing
import os
import signal

from flask import Flask

from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.logs import configure_logs
from archive_service.serving import dies_with_its_parent
from archive_service.settings import load_settings


def application() -> Flask:
    _die_with_the_server()
    settings = load_settings()
    configure_logs(settings)
    return create_app(open_archive(settings))


def _die_with_the_server() -> None:
    """A server killed by force would leave this process listening, beside the one that is started instead."""
    server = multiprocessing.parent_process()
    if server is None:
        return
    dies_with_its_parent(signal.SIGKILL)
    if os.getppid() != server.pid:
        os._exit(1)
