"""The pages as a person sees them, with sign-in left out: whoever the test names is looking."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient

from archive_service import web
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import ANONYMOUS, Actor

DOORS = (
    "archive_service.approvals.web",
    "archive_service.classification.web",
    "archive_service.premises.web",
    "archive_service.working_days.web",
    "archive_service.locations.web",
    "archive_service.records.web",
    "archive_service.checklists.web",
    "archive_service.suggestions.web",
    "archive_service.scans.web",
    "archive_service.intake.web",
    "archive_service.search.web",
    "archive_service.bulk.web",
    "archive_service.holds.web",
    "archive_service.loans.web",
    "archive_service.home.web",
)


class Desk:
    """A browser at the counter. ``desk.sits(chen)`` changes who is looking."""

    def __init__(self, archive: Archive) -> None:
        self.actor: Actor = ANONYMOUS
        self.app = Flask("archive_service", static_folder=None)
        self.app.secret_key = "only for these tests"
        web.set_archive(self.app, archive)
        web.init_app(self.app, archive.settings)
        self.app.config["WTF_CSRF_ENABLED"] = False
        web.set_actor_loader(self.app, lambda: self.actor)
        for door in DOORS:
            importlib.import_module(door).register(self.app)
        self.client: FlaskClient = self.app.test_client()

    def sits(self, actor: Actor) -> FlaskClient:
        self.actor = actor
        return self.client

    @contextmanager
    def reads(self, language: str) -> Iterator[FlaskClient]:
        self.client.set_cookie("language", language)
        try:
            yield self.client
        finally:
            self.client.delete_cookie("language")


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every element of a page with its attributes, as a browser would make it."""
    parser = _Elements()
    parser.feed(html)
    return parser.found


def text_of(html: str) -> str:
    """What stands on a page to be read, white space folded."""
    reader = _Text()
    reader.feed(html)
    return " ".join(" ".join(reader.parts).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "template")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "template")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)
