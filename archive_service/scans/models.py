import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime
from archive_service.scans.rules.plans import RequestState

LIVE = text("role = 'source' AND live")
PROPOSED = text("proposal = 'open'")
STATES = ", ".join(f"'{state}'" for state in RequestState)


class Rearrangement(Base):
    """A person's wish to split, merge or turn scans: who, when, from which versions and pages, into what."""

    __tablename__ = "rearrangement"
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("(state = 'wanted') = (finished_at IS NULL)", name="finished"),
        CheckConstraint("(state = 'failed') = (trouble IS NOT NULL)", name="trouble"),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by"),
        Index("ix_rearrangement_created_by_id", "created_by", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    state: Mapped[str] = mapped_column(String(8))
    trouble: Mapped[str | None] = mapped_column(String(40))  # code of what stood in the way
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)  # rules.plans.as_json
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class RearrangedPaper(Base):
    """A paper that pages were taken from, or that was made of them. Rows stay, whatever becomes of the paper.

    ``live``, of a source: its pages are being moved, or have been; a paper goes into one such wish at a time.
    """

    __tablename__ = "rearranged_paper"
    __table_args__ = (
        CheckConstraint("role IN ('source', 'result')", name="role"),
        CheckConstraint("position >= 0", name="position"),
        Index("ix_rearranged_paper_document_id", "document_id"),
        Index(
            "uq_rearranged_paper_live",
            "document_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    rearrangement_id: Mapped[int] = mapped_column(ForeignKey("rearrangement.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(6), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    live: Mapped[bool]


class SeparatorSheet(Base):
    """What a printed separator sheet says. One row for each thing to say, however often it is printed."""

    __tablename__ = "separator_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(16), unique=True)
    target: Mapped[str] = mapped_column(String(80), unique=True)  # "", class:ZX.01, file:WY01-…
    class_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"))
    file_no: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ScanLook(Base):
    """A version that was looked at after it had been read: its prints, and whether splitting it is proposed."""

    __tablename__ = "scan_look"
    __table_args__ = (
        CheckConstraint("proposal IN ('none', 'open', 'taken', 'declined')", name="proposal"),
        Index("ix_scan_look_document_id", "document_id"),
        Index("ix_scan_look_proposal", "document_id", sqlite_where=PROPOSED, postgresql_where=PROPOSED),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    text_print: Mapped[bytes] = mapped_column(LargeBinary)
    number_print: Mapped[bytes] = mapped_column(LargeBinary)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary(8))
    characters: Mapped[int]
    figures: Mapped[int]
    proposal: Mapped[str] = mapped_column(String(8))


class PageLook(Base):
    """A page that is blank, or a separator sheet; others have no row."""

    __tablename__ = "page_look"
    __table_args__ = (CheckConstraint("is_blank OR sheet_id IS NOT NULL", name="something"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_blank: Mapped[bool]
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("separator_sheet.id"))


class LookKey(Base):
    """A key under which a version's prints are found; ``rules.likeness`` says how many stand under one."""

    __tablename__ = "look_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
