from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime


class AuditEvent(Base):
    """Append-only: triggers refuse UPDATE and DELETE (see the migrations)."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject_seq", "subject", "seq"),)

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))  # "user:7", "service"; then the door: "user:7/page"
    action: Mapped[str] = mapped_column(String(80))  # noun.verb, e.g. "version.received"
    subject: Mapped[str] = mapped_column(String(120))  # "document:0192…"
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Base):
    """The one row that writers queue at, so that no two events ever follow the same one."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(String(64))
