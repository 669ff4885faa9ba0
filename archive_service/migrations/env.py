from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine

from archive_service.kernel.db import UtcDateTime
from archive_service.schema import metadata


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations speak plain SQLAlchemy types: they must not change when our own types do."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


engine: Engine = context.config.attributes["engine"]


def refuse_broken_links(ctx: MigrationContext, *_told: object, **_more: object) -> None:
    """In the revision's own transaction, which ends with it: SQLite looked at no foreign key meanwhile."""
    assert ctx.connection is not None
    broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise RuntimeError(f"rows that belong to nothing: {[tuple(row) for row in broken]}")


@contextmanager
def unlinked(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and lets go of the old one only while nobody minds who refers to it.
    The switch works outside transactions only, hence the driver's own cursor."""
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


with engine.connect() as connection, unlinked(connection):
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        on_version_apply=refuse_broken_links if is_sqlite else None,
        target_metadata=metadata,
        render_as_batch=is_sqlite,
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
