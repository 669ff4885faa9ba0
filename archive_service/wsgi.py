"""What the web server calls in each of its processes."""

import multiprocessing
import os
import sys
from typing import Final

from flask import Flask, Response, request

from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.logs import configure_logs
from archive_service.serving import START, START_HEADER, dies_with_its_parent
from archive_service.settings import load_settings
from archive_service.web.silence import watch_connections

STATEMENT_SECONDS: Final = 30
"""Nobody waits at a page for longer, and a thread that waits is missing to everybody else."""


def application() -> Flask:
    if (server := multiprocessing.parent_process()) and server.pid:
        # A server killed by force would leave this process listening, beside the one that is started instead.
        dies_with_its_parent(server.pid)
    # Flask-Security imports WebAuthn's library wherever it finds it: a twelfth of all the time until the first reply,
    # and 8 MiB. Nobody can enrol such a key here; take this line away with the first who can.
    sys.modules.setdefault("webauthn", None)  # type: ignore[arg-type]  # None is how an import is refused
    settings = load_settings()
    configure_logs(settings)
    app = create_app(open_archive(settings, statement_seconds=STATEMENT_SECONDS))
    watch_connections(settings.port)
    if word := os.environ.get(START):
        _know_by(app, word)
    return app


def _know_by(app: Flask, word: str) -> None:
    """Tell whoever asks for a sign of life with which word this server was started."""

    @app.after_request
    def known(response: Response) -> Response:
        if request.path == "/health/live":
            response.headers[START_HEADER] = word
        return response
