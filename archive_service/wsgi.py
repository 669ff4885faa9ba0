"""What the web server calls in each of its processes."""

import multiprocessing
import sys

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
    # Flask-Security imports WebAuthn's library wherever it finds it: a twelfth of all the time until the first reply,
    # and 8 MiB. Nobody can enrol such a key here; take this line away with the first who can.
    sys.modules.setdefault("webauthn", None)  # type: ignore[arg-type]  # None is how an import is refused
    settings = load_settings()
    configure_logs(settings)
    return create_app(open_archive(settings))
