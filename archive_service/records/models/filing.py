"""What is known of a paper once it is filed, or was told of it before."""

import uuid
from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, UtcDateTime, among
from archive_service.records.rules.filing import Form, Medium, Pii, SourceKind, Stage
from archive_service.records.rules.numbers import Dept


class Filing(Base):
    """A document's place in the archive (归档), from the moment it was filed: one row, whose place never changes."""

    __tablename__ = "filing"
    __table_args__ = (
        CheckConstraint(f"form IN ({among(Form)})", name="form"),
        CheckConstraint(f"medium IN ({among(Medium)})", name="medium"),
        CheckConstraint(f"source_kind IN ({among(SourceKind)})", name="source_kind"),
        CheckConstraint(f"carries_pii IN ({among(Pii)})", name="carries_pii"),
        CheckConstraint(f"dept IS NULL OR dept IN ({among(Dept)})", name="dept"),
        CheckConstraint("(dept IS NULL) = (case_file_id IS NOT NULL)", name="place"),
        CheckConstraint("item >= 1", name="item"),
        CheckConstraint("pages >= 1", name="pages"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint(
            "form <> 'copy' OR (copy_certified_by <> '' AND copy_certified_on <> '')", name="copy_certified"
        ),
        UniqueConstraint("series", "item"),
        Index("ix_filing_case_file_id_item", "case_file_id", "item"),
        Index("ix_filing_class_code_filed_at", "class_code", "filed_at"),
        Index("ix_filing_catalogue", "fonds", "class_code", "file_year", "series", "item"),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    archival_no_ascii: Mapped[str] = mapped_column(
        String(64), unique=True
    )  # for bar codes and names of files
    fonds: Mapped[str] = mapped_column(String(5))
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    file_year: Mapped[int]
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    dept: Mapped[str | None] = mapped_column(String(2))
    series: Mapped[str] = mapped_column(String(64))
    item: Mapped[int]
    retention_rule_id: Mapped[int] = mapped_column(
        ForeignKey("retention_rule.id")
    )  # under which it was filed
    responsible: Mapped[list[str]] = mapped_column(JSON)
    form: Mapped[str] = mapped_column(String(10))
    medium: Mapped[str] = mapped_column(String(10))
    source_kind: Mapped[str] = mapped_column(String(12))
    carries_pii: Mapped[str] = mapped_column(String(9))
    pages: Mapped[int]
    quantity: Mapped[int | None]
    copy_certified_by: Mapped[str] = mapped_column(String(80), default="")
    copy_certified_on: Mapped[str] = mapped_column(String(10), default="")  # ISO day or ""
    language: Mapped[str] = mapped_column(String(8))
    keywords: Mapped[list[str]] = mapped_column(JSON)
    summary: Mapped[str] = mapped_column(String(1000), default="")
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Drawing(Base):
    """What stands in the title block of a filed drawing (图签)."""

    __tablename__ = "drawing"
    __table_args__ = (
        CheckConstraint(f"stage IN ({among(Stage)})", name="stage"),
        # The same drawing in another edition: building, discipline and number.
        Index("ix_drawing_building_class_code_drawing_no", "building", "class_code", "drawing_no"),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("filing.document_id"), primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    building: Mapped[str] = mapped_column(String(4))
    drawing_no: Mapped[str] = mapped_column(String(40))
    stage: Mapped[str] = mapped_column(String(12))
    scale: Mapped[str] = mapped_column(String(40))
    edition: Mapped[str] = mapped_column(String(20))
    sheet: Mapped[str] = mapped_column(String(20))
    sheet_of: Mapped[str] = mapped_column(String(20), default="")
    floors: Mapped[str] = mapped_column(String(40), default="")
    design_unit: Mapped[str] = mapped_column(String(120), default="")
    designers: Mapped[str] = mapped_column(String(120), default="")
    issue_date: Mapped[str] = mapped_column(String(10), default="")
    change_refs: Mapped[str] = mapped_column(String(200), default="")
    as_built_stamp: Mapped[str] = mapped_column(String(200), default="")
    set_no: Mapped[str] = mapped_column(String(20), default="")


class PreparedFacts(Base):
    """What is known of a paper already that only its filing asks for: told by the table it was imported with, or set
    on many papers together. The filing form begins with it."""

    __tablename__ = "prepared_facts"

    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    responsible: Mapped[list[str]] = mapped_column(JSON)
    keywords: Mapped[list[str]] = mapped_column(JSON)
