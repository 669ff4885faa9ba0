"""A PostgreSQL server that is gone, hangs or is too slow is given up; nobody waits for it for ever."""

import os
import signal
import socket
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from archive_service.kernel import db
from archive_service.kernel.db import make_engine
from tests.support import servers


@pytest.fixture
def database(postgres_server: URL) -> Iterator[URL]:
    name = f"test_{uuid.uuid4().hex}"
    yield servers.create_database(postgres_server, name)
    servers.drop_database(postgres_server, name)


def hung_backend(engine: Engine) -> int:
    """The process behind the one connection of the pool; told to stand still, as on a disk that does not answer."""
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_a_server_that_lets_nobody_in_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = make_engine(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2")
        with pytest.raises(OperationalError, match="timeout"):
            engine.connect()
    engine.dispose()


def test_a_waiting_connection_that_no_longer_answers_is_replaced(
    database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ANSWERS_WITHIN_SECONDS", 2)
    engine = make_engine(database)
    pid = hung_backend(engine)
    try:
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != pid
    finally:
        os.kill(pid, signal.SIGCONT)
    engine.dispose()


def test_a_slow_statement_is_ended_at_a_door_and_nowhere_else(database: URL) -> None:
    hurried, patient = make_engine(database, statement_seconds=1), make_engine(database)
    with pytest.raises(OperationalError, match="statement timeout"), hurried.connect() as connection:
        connection.execute(text("SELECT pg_sleep(600)"))
    with hurried.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "1s"
    with patient.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "0"
    hurried.dispose()
    patient.dispose()


def test_a_server_that_hangs_at_a_statement_is_given_up_and_its_late_answer_never_read(
    database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ANSWERS_WITHIN_SECONDS", 2)
    engine = make_engine(database, statement_seconds=1)
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(OperationalError, match="does not answer") as caught:
                connection.execute(text("SELECT 1"))
        finally:
            os.kill(pid, signal.SIGCONT)
        assert caught.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 2")) == 2
    engine.dispose()
