import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, UtcDateTime

_STANDING = text("released_at IS NULL")


def _of_standing(column: str) -> Index:
    return Index(
        f"ix_hold_standing_{column}",
        column,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )


class Hold(Base):
    """A hold on what it names, until somebody else than who placed it releases it."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("kind IN ('preserve', 'preserve_no_takeout', 'no_access')", name="kind"),
        CheckConstraint(
            "cause IN ('litigation', 'arbitration', 'audit', 'investigation', 'complaint', 'other')",
            name="cause",
        ),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_scope",
        ),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason = '')",
            name="release",
        ),
        CheckConstraint("released_by <> placed_by", name="released_by_another"),
        _of_standing("document_id"),
        _of_standing("case_file_id"),
        _of_standing("unit_id"),
        _of_standing("class_code"),
        _of_standing("review_on"),
        Index("ix_hold_released_at", "released_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)  # HOLD-2026-0001
    kind: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(13))
    reason: Mapped[str] = mapped_column(String(500))
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"))
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    review_on: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    release_reason: Mapped[str] = mapped_column(String(500), default="")
