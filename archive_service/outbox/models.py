from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime

OPEN = text("done_at IS NULL AND dead_at IS NULL")
DONE = text("done_at IS NOT NULL")


class OutboxMessage(Base):
    __tablename__ = "outbox_message"
    __table_args__ = (
        # All that ``waiting`` asks about, so that it needs no rows: SQLite also wants the two that are always empty.
        Index(
            "ix_outbox_message_open",
            *("topic", "due_at", "id", "lease", "deaths", "done_at", "dead_at"),
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # Kept to what is done: else SQLite takes it for finding the open ones.
        Index("ix_outbox_message_done_at", "done_at", sqlite_where=DONE, postgresql_where=DONE),
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
