from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime
from archive_service.outbox.rules import SUSPECT_AFTER

OPEN = text("done_at IS NULL AND dead_at IS NULL")
DONE = text("done_at IS NOT NULL")
LEASED = text("lease IS NOT NULL")  # then it is open too
DEAD = text("dead_at IS NOT NULL")  # then it is not done
# A number, not a parameter: a database that does not know it can't tell whether the index holds what is asked for.
SUSPECT = text(f"deaths >= {SUSPECT_AFTER}")
UNDONE = text("done_at IS NULL")


def _only(name: str, which: TextClause, *columns: str) -> Index:
    return Index(f"ix_outbox_message_{name}", *columns, sqlite_where=which, postgresql_where=which)


class OutboxMessage(Base):
    """A hundred thousand may wait and seven days of done ones lie here, and the relay looks several times a second:
    so each question has an index of its own that holds only what it asks for."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        _only("open", OPEN, "topic", "due_at", "id"),  # what is due, in the order it goes out
        _only("leased", LEASED, "topic", "due_at", "deaths", "lease"),
        _only("suspect", SUSPECT, "topic", "due_at", "id", "deaths", "done_at", "dead_at"),
        _only("dead", DEAD, "id", "dead_at"),
        _only("undone", UNDONE, "topic", "dead_at", "created_at", "done_at"),  # for counting what waits
        _only("done_at", DONE, "done_at"),  # for removing
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)  # ids only
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # not handed out before; moved on by a lease
    lease: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    in_hand: Mapped[bool] = mapped_column(default=False)  # a worker is at it, not only leased and on its way
    deaths: Mapped[int] = mapped_column(default=0)  # workers that died with it in hand, one after another
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dead_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # given up; a person may send it again
    last_error: Mapped[str | None] = mapped_column(Text)
