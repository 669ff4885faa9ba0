"""Work on a paper: handed in, sent back, held by one person, opened for a reason."""

import uuid
from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.records.rules.review import OPEN_REVIEWS, ReviewState, SendBackReason

OPEN_REVIEW = text(f"state IN ({among(OPEN_REVIEWS)})")
PENDING, SENT_BACK = text("state = 'pending'"), text("state = 'rejected'")


class Review(Base):
    """A document that was handed in for filing (待审核) or sent back (退回). Rows stay; at most one of a document is
    open."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(ReviewState)})", name="state"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state IN ('rejected', 'answered')) = (reason IS NOT NULL)", name="sent_back"),
        CheckConstraint(f"reason IS NULL OR reason IN ({among(SendBackReason)})", name="reason"),
        CheckConstraint("state IN ('rejected', 'answered') OR submitted_at IS NOT NULL", name="submitted"),
        Index(
            "uq_review_open",
            "document_id",
            unique=True,
            sqlite_where=OPEN_REVIEW,
            postgresql_where=OPEN_REVIEW,
        ),
        Index("ix_review_pending_id", "id", sqlite_where=PENDING, postgresql_where=PENDING),
        Index("ix_review_mender_id", "mender", "id", sqlite_where=SENT_BACK, postgresql_where=SENT_BACK),
        Index("ix_review_document_id", "document_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    state: Mapped[str] = mapped_column(String(9))
    submitted_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # None: sent back before it was handed in
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int]  # of the document as it was handed in, or sent back
    facts: Mapped[dict[str, str]] = mapped_column(
        JSON
    )  # what was filled in for its filing, as a form sends it
    mender: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # whom it goes back to
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(String(16))
    comment: Mapped[str] = mapped_column(String(255), default="")


class EditLock(Base):
    """Who works on a document, since when, and until when others are kept from changing it. One row a document,
    taken over and over; one whose time is over holds nobody."""

    __tablename__ = "edit_lock"
    __table_args__ = (CheckConstraint("expires_at >= taken_at", name="expires"),)

    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    held_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LockBreak(Base):
    """Somebody took a lock over from whoever held it: who, from whom, when and why. Rows stay."""

    __tablename__ = "lock_break"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint('"by" <> held_by', name="other"),
        Index("ix_lock_break_document_id", "document_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    held_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(255))


class AccessReason(Base):
    """Why a person opened a document whose pages open to them only for a reason. Never changed, never deleted."""

    __tablename__ = "access_reason"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("ends_at > given_at", name="ends"),
        Index("ix_access_reason_user_id_document_id_ends_at", "user_id", "document_id", "ends_at"),
        Index("ix_access_reason_document_id_id", "document_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    reason: Mapped[str] = mapped_column(String(255))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
