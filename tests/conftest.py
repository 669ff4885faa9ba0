"""Every test that asks for ``archive`` or ``house`` runs twice: on SQLite and on a real PostgreSQL."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.engine import URL, make_url

from archive_service import checklists, classification, loans, migrations, working_days
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.clock import SystemClock
from archive_service.kernel.db import Sessions, make_engine
from archive_service.people.rules import passwords
from archive_service.settings import Settings
from archive_service.unit_of_work import unit_of_work
from tests.support import once, servers
from tests.support.clock import MovableClock
from tests.support.house import House


def _prepare(url: str | URL) -> None:
    """A migrated database with the file plan in it, to be copied for each test."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    with unit_of_work(Sessions(engine), SystemClock(), service_actor("cli")) as work:
        classification.load_shipped_plan(work)
        checklists.load_shipped_lists(work)
        working_days.load_shipped_years(work)
        loans.load_shipped_rules(work)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.rollback()
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


_LONG: Final = ("tests/browser/test_demo.py", "tests/reliability/", "tests/browser/", "tests/extraction/")
"""What takes long though it is few tests, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones begin a run: at its end they would keep one core busy while the others have nothing left to do."""

    def turn(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(_LONG) if item.nodeid.startswith(start)), len(_LONG))

    items.sort(key=turn)


@pytest.fixture(scope="session", autouse=True)
def _once() -> Iterator[None]:
    with once.things_once():
        yield


@pytest.fixture
def real_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in a service in use."""
    monkeypatch.setattr(passwords, "COST", once.REAL_COST)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "archive.sqlite3"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    with servers.postgres() as url:
        _prepare(servers.create_database(url, "template_archive"))
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with servers.redis() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    if request.param == "sqlite":
        data = tmp_path / "data"
        data.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("sqlite_template"), data / "archive.sqlite3")
        yield f"sqlite:///{data / 'archive.sqlite3'}"
    else:
        server = make_url(request.getfixturevalue("postgres_server"))
        name = f"test_{uuid.uuid4().hex}"
        yield servers.create_database(server, name, "template_archive").render_as_string(hide_password=False)
        servers.drop_database(server, name)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=database_url)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def archive(settings: Settings, clock: MovableClock) -> Iterator[Archive]:
    opened = open_archive(settings, clock)
    yield opened
    opened.close()


@pytest.fixture
def on_sqlite(sqlite_template: Path, tmp_path: Path, clock: MovableClock) -> Iterator[Archive]:
    """For what only SQLite tells, such as the plan of a query."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    opened = open_archive(Settings(data_dir=data), clock)
    yield opened
    opened.close()


@pytest.fixture
def house(archive: Archive, clock: MovableClock) -> House:
    return House(archive, clock)
