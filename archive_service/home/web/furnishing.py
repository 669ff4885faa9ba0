from typing import Final

from flask import Blueprint, Flask, current_app

from archive_service.jobs import SILENT_AFTER, Background
from archive_service.kernel.errors import N_
from archive_service.web import archive_of, current_archive

blueprint = Blueprint("home", __name__, template_folder="../templates")

_SINCE: Final = "home.listening-since"

QUEUES: Final = {
    "read": N_("Reading new files"),
    "index": N_("Search index"),
    "jobs": N_("Periodic jobs"),
}


def note_the_start(app: Flask) -> None:
    app.extensions[_SINCE] = archive_of(app).clock.now()


def alarm_about(background: Background | None) -> Background | None:
    """What is to be told of it at a page. Nothing while the service starts: the workers come after the web server."""
    if background is None or not background.unattended:
        return None
    started = current_archive().clock.now() - current_app.extensions[_SINCE] < SILENT_AFTER
    return None if started else background
