"""Case files and the counters of numbers."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from archive_service.kernel.db import Base, UtcDateTime, among
from archive_service.kernel.masking import mask
from archive_service.records.rules.case_files import FileState


class NumberCounter(Base):
    """The last number given in a series, locked by whoever takes the next. Triggers refuse to count back."""

    __tablename__ = "number_counter"
    __table_args__ = (CheckConstraint("last >= 1", name="last"),)

    series: Mapped[str] = mapped_column(String(64), primary_key=True)  # what stands before the number
    last: Mapped[int]


class CaseFile(Base):
    """A case file (案卷): papers of one class that are kept together under one number. Never deleted."""

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(FileState)})", name="state"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed"),
        CheckConstraint("(year IS NULL) = (building <> '')", name="year"),
        Index("ix_case_file_class_code_id", "class_code", "id"),
        Index("ix_case_file_unit", "unit"),
        Index("ix_case_file_unit_id_id", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fonds: Mapped[str] = mapped_column(String(5))
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    year: Mapped[int | None]  # of files of drawings, which grow over years, there is none
    building: Mapped[str] = mapped_column(
        String(4), default=""
    )  # of drawings: 03, A; 00 for the whole compound
    number: Mapped[int]
    file_no: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(255))
    title_masked: Mapped[str] = mapped_column(String(255), server_default="")  # what lists find it by
    unit: Mapped[str] = mapped_column(String(64), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    owner: Mapped[str] = mapped_column(String(80), default="")
    responsible_unit: Mapped[str] = mapped_column(String(120), default="")
    cross_ref: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(1000), default="")
    made_by: Mapped[str] = mapped_column(String(80), default="")
    made_on: Mapped[str] = mapped_column(String(10), default="")  # ISO day or ""
    checked_by: Mapped[str] = mapped_column(String(80), default="")
    checked_on: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(6))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    @validates("title")
    def _mask_title(self, _name: str, title: str) -> str:
        self.title_masked = mask(title)
        return title


class CaseFileChange(Base):
    """What happened to a case file: who, when, why, the old value beside the new one."""

    __tablename__ = "case_file_change"
    __table_args__ = (
        CheckConstraint("action IN ('opened', 'described', 'closed', 'reopened')", name="action"),
        Index("ix_case_file_change_case_file_id_id", "case_file_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_file_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str] = mapped_column(String(9))
    reason: Mapped[str] = mapped_column(String(255), default="")
    fields: Mapped[dict[str, list[str]]] = mapped_column(JSON)  # {name: [old, new]}
