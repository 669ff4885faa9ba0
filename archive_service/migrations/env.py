from typing import Literal

from alembic import context
from sqlalchemy import Engine

from archive_service.kernel.db import UtcDateTime
from archive_service.schema import metadata


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations speak plain SQLAlchemy types: they must not change when our own types do."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
