"""Along which index SQLite looks."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def planned(engine: Engine) -> Iterator[list[str]]:
    """``with planned(archive.sessions.engine) as plans: …``: the steps of each SELECT and DELETE sent."""
    plans: list[str] = []

    def note(
        connection: Connection, _cursor: object, text: str, parameters: tuple[object, ...], *_: object
    ) -> None:
        if text.startswith(("SELECT", "WITH", "DELETE")):
            plans.extend(
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)
            )

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", note)
