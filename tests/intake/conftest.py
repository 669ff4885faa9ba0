from collections.abc import Callable

import pytest
from flask import Flask

from archive_service.app import create_app
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from tests.intake.browser import Browser
from tests.support.house import House


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist: may bring anything in and sees it."""
    return house.person("chen", "archivist")


@pytest.fixture
def li(house: House) -> Actor:
    """At the front desk: may bring papers in, sees few of the others'."""
    return house.person("li", "front_desk")


@pytest.fixture
def app(archive: Archive) -> Flask:
    app = create_app(archive)
    app.testing = True
    return app


@pytest.fixture
def browser_of(app: Flask) -> Callable[[Actor], Browser]:
    """A browser in which this person is signed in."""

    def open_browser(actor: Actor) -> Browser:
        return Browser(app, actor)

    return open_browser
