"""Reports of the four properties."""

import uuid
from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.records.rules import four_properties


class PropertyCheck(Base):
    """A four-property check (四性检测) of one version: never changed but for who has seen its warnings."""

    __tablename__ = "property_check"
    __table_args__ = (
        CheckConstraint(f"stage IN ({among(four_properties.CheckStage)})", name="stage"),
        CheckConstraint("verdict IN ('pass', 'warn', 'fatal')", name="verdict"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_note = '')", name="confirmed"),
        CheckConstraint("confirmed_at IS NULL OR verdict = 'warn'", name="confirmable"),
        Index("ix_property_check_document_id_id", "document_id", "id"),
        Index("ix_property_check_version_id_id", "version_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    stage: Mapped[str] = mapped_column(String(8))
    checker: Mapped[str] = mapped_column(String(16))  # version of the table of checks
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verdict: Mapped[str] = mapped_column(String(5))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_note: Mapped[str] = mapped_column(String(255), default="")


class PropertyCheckLine(Base):
    """What one check of a report found: a key of its words, and the figures that these ask for."""

    __tablename__ = "property_check_line"
    __table_args__ = (
        CheckConstraint(f"verdict IN ({among(four_properties.Verdict)})", name="verdict"),
        CheckConstraint("position >= 0", name="position"),
    )

    check_id: Mapped[int] = mapped_column(ForeignKey("property_check.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    position: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(24))
    figures: Mapped[dict[str, str | int]] = mapped_column(JSON)
