from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, UtcDateTime
from archive_service.kernel.levels import Level

LEVELS = ", ".join(f"'{level}'" for level in Level)


class SchemeVersion(Base):
    __tablename__ = "scheme_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecordClass(Base):
    __tablename__ = "record_class"
    __table_args__ = (CheckConstraint(f"level IN ({LEVELS})", name="level"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"), index=True)
    position: Mapped[int]  # order of the plan
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    selectable: Mapped[bool]
    level: Mapped[str] = mapped_column(String(12))
    retention_zh: Mapped[str] = mapped_column(String(80))
    doc_types: Mapped[list[str]] = mapped_column(JSON)
