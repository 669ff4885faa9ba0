"""A small service of furniture only: a few pages, a few doors that fail, and a person to sign in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask, abort, flash, render_template_string, request
from flask.testing import FlaskClient
from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import DataRequired

from archive_service import web
from archive_service.kernel.actor import ANONYMOUS, Actor, Permission
from archive_service.kernel.errors import (
    ArchiveError,
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    SignInNeeded,
    StorageBroken,
    StorageFull,
    TooLarge,
    TooManyRequests,
)
from archive_service.kernel.ids import UserId
from archive_service.settings import Settings

CHEN = Actor(UserId(7), "陈晓梅", frozenset({Permission.UPLOAD, Permission.SEARCH}), via="page")
ERRORS: dict[str, type[ArchiveError]] = {
    kind.code: kind
    for kind in (
        NotFound, SignInNeeded, Forbidden, Invalid, Conflict, TooManyRequests, StorageFull, StorageBroken,
        Busy,
    )
}  # fmt: skip

PAGE = """{% extends "web/layout.html" %}{% from "web/macros.html" import field, form_errors with context %}
{% block title %}{{ _("Upload") }}{% endblock %}
{% block content %}{% if form %}<form method="post">{{ form.hidden_tag() }}{{ form_errors(form) }}
{{ field(form.title, hint=hint) }}</form>{% endif %}{% endblock %}"""


class TitleForm(web.ServiceForm):
    title = StringField("Title", [DataRequired()])


def small_service(settings: Settings, actor: Actor = ANONYMOUS) -> Flask:
    app = Flask("archive_service", static_folder=None)
    app.secret_key = "only for these tests"
    web.init_app(app, settings)
    web.set_actor_loader(app, lambda: actor)
    intake, home, api = (Blueprint(name, __name__) for name in ("intake", "home", "api"))

    @home.get("/")
    def page() -> str:
        return render_template_string(PAGE)

    @intake.route("/upload", methods=["GET", "POST"])
    def upload() -> str | tuple[str, int]:
        form = TitleForm()
        if form.validate_on_submit():
            flash(form.title.data, "success")
            return render_template_string(PAGE)
        return render_template_string(PAGE, form=form, hint="<i>"), 422 if form.errors else 200

    @intake.get("/fails/<code>")
    @api.get("/api/v1/fails/<code>")
    def fails(code: str) -> str:
        if code == "too-large":
            raise TooLarge(limit="2.0 GB")
        if code in ERRORS:
            raise ERRORS[code]()
        if code.isdigit():
            abort(int(code))
        if code.startswith("errno-"):
            raise OSError(int(code.removeprefix("errno-")), "of the system")
        raise RuntimeError("secret inner words")

    @api.post("/api/v1/files")
    @web.csrf.exempt
    def files() -> dict[str, int]:
        request.max_content_length = None
        return {"bytes": len(request.get_data())}

    @api.post("/api/v1/things")
    @web.csrf.exempt
    def things() -> dict[str, int]:
        return {"bytes": len(request.get_data())}

    for blueprint in (home, intake, api):
        app.register_blueprint(blueprint)
    web.register_place(app, web.Place(1, "home", lazy_gettext("Home"), "home.page", "home"))
    web.register_place(
        app, web.Place(2, "upload", lazy_gettext("Upload"), "intake.upload", "upload", Permission.UPLOAD)
    )
    web.register_place(app, web.Place(3, "people", "People", "home.page", "users", Permission.MANAGE_PEOPLE))
    return app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, public_url="https://archive.example", allowed_hosts="archive.lan")


@pytest.fixture
def visitor(settings: Settings) -> Iterator[FlaskClient]:
    with small_service(settings).test_client() as client:
        yield client


@pytest.fixture
def chen(settings: Settings) -> Iterator[FlaskClient]:
    with small_service(settings, CHEN).test_client() as client:
        yield client
