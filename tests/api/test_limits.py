"""Several web servers count strangers together; a queue that is away shuts no door."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from archive_service.api import limits
from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.settings import Settings
from tests.api.conftest import DOCUMENTS, Caller, Calls
from tests.support import servers
from tests.support.house import House


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The limits are no business of the database's: once is enough."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    return f"sqlite:///{data / 'archive.sqlite3'}"


@contextmanager
def _server(settings: Settings, house: House) -> Iterator[Flask]:
    archive = open_archive(settings, house.clock)
    yield create_app(archive)
    archive.close()


def test_servers_on_one_queue_count_together(house: House, calls: Calls) -> None:
    program = calls(house.person("chen", "archivist"))
    token = program.headers["Authorization"].removeprefix("Bearer ")
    most = int(limits.STRANGERS.split()[0])
    queue = ExitStack()
    settings = house.archive.settings.model_copy(update={"broker_url": queue.enter_context(servers.redis())})
    with queue, _server(settings, house) as one, _server(settings, house) as other:
        for number in range(most):
            assert Caller((one, other)[number % 2], None).get(DOCUMENTS).status_code == 401
        assert Caller(one, None).get(DOCUMENTS).status_code == 429
        assert Caller(other, None).get(DOCUMENTS).status_code == 429
        assert Caller(one, token).get(DOCUMENTS).status_code == 200
        queue.close()
        # The queue is away: who is known goes on working, who is not is still refused.
        assert Caller(one, token).get(DOCUMENTS).status_code == 200
        assert Caller(one, token).brings(b"bytes").status_code == 201
        assert Caller(other, None).get(DOCUMENTS).status_code == 401
