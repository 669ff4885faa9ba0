from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.reminders.rules import Channel, DeliveryState

UNREAD = text("read_at IS NULL")
TROUBLED = text("state IN ('failed', 'given_up')")


class Notice(Base):
    """Something that one person is told, in the service. ``facts``: ids, codes and dates only."""

    __tablename__ = "notice"
    __table_args__ = (
        # What is told twice under one key was told once.
        UniqueConstraint("user_id", "key"),
        CheckConstraint("kind <> '' AND subject <> '' AND key <> ''", name="told"),
        Index("ix_notice_user_id_id", "user_id", "id"),
        Index(
            "ix_notice_unread",
            "user_id",
            "id",
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))  # as the audit trail names it: loan:12
    key: Mapped[str] = mapped_column(String(120))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Base):
    """That a notice is sent on by one way: what came of it. ``target``: "" for the person's address, or which webhook."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel", "target"),
        CheckConstraint(f"channel IN ({among(Channel)})", name="channel"),
        CheckConstraint(f"state IN ({among(DeliveryState)})", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("state NOT IN ('failed', 'given_up') OR trouble <> ''", name="trouble"),
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_delivery_troubled", "id", sqlite_where=TROUBLED, postgresql_where=TROUBLED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    notice_id: Mapped[int] = mapped_column(BigId, ForeignKey("notice.id"))
    channel: Mapped[str] = mapped_column(String(7))
    target: Mapped[str] = mapped_column(String(80), default="")  # host and number of a webhook, never its key
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    trouble: Mapped[str] = mapped_column(String(40), default="")  # code of the last failure
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
