"""One's notices, the bell that counts them, and for who looks after the service what could not be sent on."""

from flask import Flask

from archive_service.reminders.rules import OWN_WORDS
from archive_service.reminders.web import pages
from archive_service.reminders.web.pages import blueprint, unread_notices
from archive_service.reminders.web.words import register_words
from archive_service.web import register_addition

__all__ = ["register", "register_words"]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.before_request(pages.count_first)
    app.jinja_env.globals.update(unread_notices=unread_notices)
    register_words(app, OWN_WORDS)
    register_addition(app, "home.system", pages.on_system_page)
