import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.intake.rules import UploadState
from archive_service.kernel.db import Base, BigId, UtcDateTime

STATES = ", ".join(f"'{state}'" for state in UploadState)
# Still awaited, or undecided: few, beside all that ever came. Queries say it in the very same words, since only
# then do both databases know that an index with this condition has all they want.
OPEN = text("state = 'open'")
KEPT = text("state IN ('open', 'duplicate')")


class Upload(Base):
    """One file on its way in, from the first byte until it is a version or was dropped."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("length >= 0", name="length"),
        CheckConstraint("state <> 'duplicate' OR digest IS NOT NULL", name="digest"),
        Index("ix_upload_expires_at", "expires_at", sqlite_where=KEPT, postgresql_where=KEPT),
        Index("ix_upload_digest", "digest"),
        Index("ix_upload_created_by", "created_by", "state", "id", sqlite_where=KEPT, postgresql_where=KEPT),
        Index("ix_upload_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    length: Mapped[int] = mapped_column(BigId)  # bytes announced
    file_name: Mapped[str] = mapped_column(String(255))
    facts: Mapped[dict[str, Any]] = mapped_column(
        JSON
    )  # the description sent along; document_id, reason of a new version
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    digest: Mapped[str | None] = mapped_column(String(64))
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"))
    trouble: Mapped[str | None] = mapped_column(String(40))  # code of what went wrong
