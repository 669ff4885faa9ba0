"""Sign-in, one's own account, and the pages that manage people."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Permission
from archive_service.people.web import account, administration, gate, proposals, setup, sign_in
from archive_service.people.web.browser_sessions import BrowserSessions
from archive_service.people.web.keys import secret_key
from archive_service.web import MenuEntry, Place, current_archive, register_menu_entry, register_place
from archive_service.web.i18n import set_language_keeper


def register(app: Flask) -> None:
    """After the furniture and before any other capability: from here on every page knows who looks at it."""
    with app.app_context():
        archive = current_archive()
    app.secret_key = secret_key(archive.settings.data_dir)
    app.session_interface = BrowserSessions(archive)
    sign_in.init_sign_in(app, archive)
    gate.init_gate(app, archive)
    set_language_keeper(app, account.keep_language)
    for blueprint in (setup.blueprint, account.blueprint, administration.blueprint, proposals.blueprint):
        app.register_blueprint(blueprint)
    register_place(
        app,
        Place(910, "people", lazy_gettext("People"), "people.listing", "users", Permission.SEE_PEOPLE),
    )
    register_menu_entry(app, MenuEntry(10, lazy_gettext("My account"), "account.page", "id"))
    register_menu_entry(app, MenuEntry(90, lazy_gettext("Sign out"), "security.logout", "logout", posts=True))
