from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service import web
from archive_service.bootstrap import Archive
from archive_service.kernel.ids import UserId
from archive_service.people import web as people_web
from archive_service.people.rules.roles import Role
from tests.people.visitor import Visitor, add_person
from tests.support.clock import MovableClock


@pytest.fixture
def app(archive: Archive) -> Flask:
    """The furniture and people, nothing else: what other capabilities need doesn't matter here."""
    app = Flask("archive_service", static_folder=None)
    app.testing = True
    web.set_archive(app, archive)
    web.init_app(app, archive.settings)
    people_web.register(app)

    @app.get("/")
    def home() -> str:
        return f"home of {web.current_actor().name}"

    @app.get("/api/v1/whoami")
    def whoami() -> dict[str, object]:
        actor = web.current_actor()
        return {"name": actor.name, "via": actor.via, "permissions": sorted(actor.permissions)}

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def visitor(app: Flask, clock: MovableClock) -> Iterator[Visitor]:
    yield Visitor(app, clock)


@pytest.fixture
def zhao(archive: Archive) -> UserId:
    """The manager, granted first: from here on two decide."""
    return add_person(archive, "zhao", Role.SC_MANAGER)


@pytest.fixture
def lin(archive: Archive, zhao: UserId) -> UserId:
    """The administrator."""
    return add_person(archive, "lin", Role.IT_ADMIN)


@pytest.fixture
def chen(archive: Archive, zhao: UserId) -> UserId:
    return add_person(archive, "chen", Role.FRONT_DESK)
