"""The one declarative base, column types that refuse wrong values, and engines that keep what they acknowledge."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from archive_service.kernel.clock import BUSINESS_ZONE

SQLITE_WAITS: Final = 30
"""Seconds that a writer waits for another one."""

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""Primary keys that outgrow 32 bits; SQLite counts them up by itself only when they are called INTEGER."""


ANSWERS_WITHIN_SECONDS: Final = 5
"""A server that takes longer to let somebody in, or to answer that it is there, is taken for gone."""

_LINE: Final[dict[str, int]] = {
    "connect_timeout": ANSWERS_WITHIN_SECONDS,
    # A host that was switched off or cut off closes nothing: without these its connections wait for hours.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

T = TypeVar("T")


def among(values: Iterable[StrEnum]) -> str:
    """The values as an SQL list, for a CHECK."""
    return ", ".join(f"'{value}'" for value in values)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Stored in UTC; naive datetimes are refused because nobody knows what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: give it a time zone")
        value = value.astimezone(UTC)
        # SQLite keeps no zone: all instants are UTC there by this very rule, so text order is time order.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DaysBetween(FunctionElement[int]):
    """Whole days at the counter (Asia/Shanghai) from the first of two columns to the second, each a date or an instant;
    NULL where one of them is."""

    inherit_cache = True
    type = Integer()


@compiles(DaysBetween, "sqlite")
def _days_on_sqlite(element: DaysBetween, compiler: SQLCompiler, **how: Any) -> str:
    # A plain date stays on its day under the shift, an instant comes to that of the counter.
    start, end = (f"julianday(date({compiler.process(one, **how)}, '+8 hours'))" for one in element.clauses)
    return f"CAST({end} - {start} AS INTEGER)"


@compiles(DaysBetween, "postgresql")
def _days_on_postgres(element: DaysBetween, compiler: SQLCompiler, **how: Any) -> str:
    def day(one: ColumnElement[Any]) -> str:
        text = compiler.process(one, **how)
        return (
            f"CAST({text} AT TIME ZONE '{BUSINESS_ZONE.key}' AS date)"
            if isinstance(one.type, UtcDateTime)
            else text
        )

    start, end = (day(one) for one in element.clauses)
    return f"({end} - {start})"


def make_engine(url: str | URL, *, statement_seconds: int | None = None) -> Engine:
    """Engine for SQLite (WAL, synchronous=FULL, foreign keys) or PostgreSQL 15+ (psycopg 3).

    With ``synchronous=NORMAL`` a power cut takes back commits that were already acknowledged.

    ``statement_seconds``: the most one statement may take on PostgreSQL, for doors at which somebody waits; never
    for migrations and for what walks the whole archive. What the address itself says of the line is left alone.
    """
    url = make_url(url)
    if url.get_backend_name() == "postgresql":
        return _postgres(url.set(drivername="postgresql+psycopg"), statement_seconds)
    engine = create_engine(
        url, connect_args={"timeout": SQLITE_WAITS, "check_same_thread": False}, pool_size=10, max_overflow=30
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _Line(psycopg.Connection[tuple[Any, ...]]):
    """Gives up a server that says nothing for ``patience`` seconds: one that hangs keeps to no limit of its own."""

    patience: float | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        limit = self.patience if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=limit)
        except psycopg.errors._WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()  # an answer that comes later must not be taken for that of the next question
            raise psycopg.OperationalError("the server does not answer") from error

    def ask(self, statement: LiteralString, seconds: float) -> None:
        """Outside of any transaction."""
        before, self.patience = self.patience, seconds
        self.autocommit = True
        self.execute(statement)
        self.autocommit = False
        self.patience = before


def _postgres(url: URL, statement_seconds: int | None) -> Engine:
    line = {name: value for name, value in _LINE.items() if name not in url.query}
    engine = create_engine(
        url, connect_args=line, pool_size=10, max_overflow=20, pool_timeout=2 * ANSWERS_WITHIN_SECONDS
    )

    def connect(_dialect: Dialect, _record: ConnectionPoolEntry, words: Any, options: Any) -> _Line:
        connection = _Line.connect(*words, **options)
        if statement_seconds is not None:
            connection.ask(f"SET statement_timeout = '{statement_seconds}s'", ANSWERS_WITHIN_SECONDS)
            connection.patience = statement_seconds + ANSWERS_WITHIN_SECONDS
        return connection

    def still_there(
        connection: DBAPIConnection, _record: ConnectionPoolEntry, _: PoolProxiedConnection
    ) -> None:
        # Instead of the pool's own ``pre_ping``, which would wait for a server that hangs.
        assert isinstance(connection, _Line)
        try:
            connection.ask("SELECT 1", ANSWERS_WITHIN_SECONDS)
        except psycopg.Error as error:
            raise InvalidatePoolError() from error

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkout", still_there)
    return engine


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: it would begin them as readers, and two readers that
    # both turn writers block each other until one of them fails.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "trusted_schema=OFF",
        "cache_size=-8192",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("archive_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Sessions:
    """Opens database sessions: writers hold the one write lock of SQLite from the start, readers never do."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._write = sessionmaker(engine, expire_on_commit=False)
        reading = engine.execution_options(archive_reading=True)
        if engine.dialect.name == "postgresql":
            # By default each of its statements sees what was committed before it, so that what two of them tell need
            # not fit together. Only reading, it can't fail for that: nothing has to be serialized.
            reading = reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._read = sessionmaker(reading, expire_on_commit=False, autoflush=False)
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with self._in_turn(), self._write() as session, session.begin():
            yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite has one writer and no line before it: who waits asks again and again and may be overtaken for ever.
        Threads of one process stand in line here; other processes are waited for by SQLite's own timeout."""
        mine = self._turn is not None and self._turn.acquire(timeout=SQLITE_WAITS)
        try:
            yield
        finally:
            if mine and self._turn is not None:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent snapshot, taken by the first question. Nothing changed in it is kept; PostgreSQL refuses it."""
        with self._read() as session:
            yield session
            session.rollback()

    def close(self) -> None:
        self.engine.dispose()
