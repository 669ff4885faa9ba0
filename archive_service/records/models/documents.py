"""A paper, its versions, their pages."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from archive_service.classification import LEVELS
from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.kernel.masking import mask
from archive_service.records.rules import VersionState
from archive_service.records.rules.versions import ReasonCode

CURRENT = text("is_current")
UNFILED = text("archival_no IS NULL AND discarded_at IS NULL")
NUMBERED = text("archival_no IS NOT NULL")
# SQLite takes a partial index only for a question that holds its condition word by word: ``queries.marked`` does.
MARKED = text("trouble = 'state_secret' AND is_current")
STATES = among(VersionState)


class Document(Base):
    """One paper (件), whatever its versions."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint(f"level IN ({LEVELS})", name="level"),
        CheckConstraint("(discarded_at IS NULL) = (discarded_by IS NULL)", name="discarded"),
        CheckConstraint("replaced_at IS NULL OR discarded_at IS NOT NULL", name="replaced"),
        # The rest of its columns let whoever counts classes, or papers without one, look at no row: they hold
        # all that ``sights.visible`` asks about.
        Index("ix_document_class_code_id", "class_code", "id", "level", "created_by", "discarded_at"),
        Index("ix_document_created_by_id", "created_by", "id"),
        Index("ix_document_title_masked_id", "title_masked", "id"),
        Index("ix_document_doc_date_id", "doc_date", "id"),
        # Of what is still to be filed, newest first, whoever looks: the rest of its columns as above.
        Index(
            "ix_document_unfiled_id",
            "id",
            "class_code",
            "level",
            "created_by",
            "archival_no",
            "discarded_at",
            sqlite_where=UNFILED,
            postgresql_where=UNFILED,
        ),
        # Once given it is never given to another; triggers see to it that it changes only when the old one stays empty.
        # Partial, so that nobody looks for what has none along it.
        Index(
            "uq_document_archival_no",
            "archival_no",
            unique=True,
            sqlite_where=NUMBERED,
            postgresql_where=NUMBERED,
        ),
        Index("ix_document_unit_id_id", "unit_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(255))
    # What lists are ordered by for everybody: by the place of a title among others its covered digits would be found.
    title_masked: Mapped[str] = mapped_column(String(255))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"))
    level: Mapped[str] = mapped_column(String(12))
    level_chosen: Mapped[bool] = mapped_column(default=False)  # by a person, other than its class's
    file_no: Mapped[str] = mapped_column(String(64), default="")
    doc_number: Mapped[str] = mapped_column(String(64), default="")
    unit: Mapped[str] = mapped_column(String(64), default="")
    owner: Mapped[str] = mapped_column(String(80), default="")
    doc_date: Mapped[str] = mapped_column(String(10), default="")  # ISO, may be partial: 2026, 2026-03
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: the service's own command
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    discarded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # Discarded because other documents hold its pages now: its page still opens, and it can be brought back.
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)  # goes up with every change of the description
    archival_no: Mapped[str | None] = mapped_column(String(64))  # 档号; None until it is filed
    unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("unit.id")
    )  # which ``unit`` calls, where exactly one is

    @validates("title")
    def _mask_title(self, _name: str, title: str) -> str:
        self.title_masked = mask(title)
        return title


class Version(Base):
    """The bytes of a document as they were once received; never changed afterwards, only read further."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        Index(
            "uq_version_current", "document_id", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT
        ),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("pages_read >= 0", name="pages_read"),
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint(f"reason_code IN ('', {among(ReasonCode)})", name="reason_code"),
        CheckConstraint("(unmarked_at IS NULL) = (unmarked_why = '')", name="unmarked"),
        Index("ix_version_state_id", "state", "id"),
        Index("ix_version_digest", "digest"),
        Index("ix_version_marked", "document_id", sqlite_where=MARKED, postgresql_where=MARKED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]  # 1, 2, 3 …
    is_current: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the bytes, and their name in the store
    size: Mapped[int] = mapped_column(BigId)  # bytes
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(
        String(80)
    )  # as found by reading; before that, by the file's name
    reason: Mapped[str] = mapped_column(String(255))  # why this version; "" for the first
    reason_code: Mapped[str] = mapped_column(String(12), default="")
    revision: Mapped[int] = mapped_column(default=1)  # of the description when these bytes came
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[str] = mapped_column(String(16))
    trouble: Mapped[str | None] = mapped_column(String(40))  # code of what stopped the reading
    pages_total: Mapped[int | None]
    pages_read: Mapped[int] = mapped_column(default=0)
    flags: Mapped[list[str]] = mapped_column(JSON)  # e.g. active-javascript: originals only as attachments
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What reading measured of the file as a whole: fonts, PDF/A, signatures; None until it did.
    properties: Mapped[dict[str, str | int] | None] = mapped_column(JSON)
    # A person has seen that what was taken for the mark of a state secret is none.
    unmarked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unmarked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    unmarked_why: Mapped[str] = mapped_column(String(255), default="")


class Page(Base):
    """What reading found on one page. Boxes as in ``kernel.boxes``; pictures are blobs in the store."""

    __tablename__ = "page"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("rotation IN (0, 90, 180, 270)", name="rotation"),
        CheckConstraint("source IN ('text', 'ocr', 'none')", name="source"),
        Index("ix_page_preview", "preview"),
        Index("ix_page_thumbnail", "thumbnail"),
        Index("ix_page_masked_preview", "masked_preview"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    width: Mapped[int]  # of the preview, pixels, upright; 0 where the page has no picture
    height: Mapped[int]
    full_width: Mapped[int]  # of the page at the resolution of its own pixels, or of a drawing's finest line
    full_height: Mapped[int]
    rotation: Mapped[int]  # degrees clockwise by which the page was turned to stand upright
    source: Mapped[str] = mapped_column(String(4))
    text: Mapped[str] = mapped_column(Text)  # reading order, not masked
    boxes: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    confidence: Mapped[float | None]  # mean of the recognised characters, 0..1
    preview: Mapped[str | None] = mapped_column(String(64))
    masked_preview: Mapped[str | None] = mapped_column(String(64))
    thumbnail: Mapped[str | None] = mapped_column(String(64))
    long_mm: Mapped[float | None]  # of the paper's long side, where the file says how big it is
    grid: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # ``kernel.grids``


class Rendition(Base):
    """Something made of a version on demand: tiles of a page, a searchable PDF. A cache that can be made again."""

    __tablename__ = "rendition"
    __table_args__ = (
        UniqueConstraint("version_id", "kind", "page_number"),
        CheckConstraint("kind IN ('tiles', 'searchable_pdf')", name="kind"),
        CheckConstraint("state IN ('wanted', 'ready', 'failed')", name="state"),
        CheckConstraint("(state = 'ready') = (digest IS NOT NULL)", name="digest"),
        Index("ix_rendition_digest", "digest"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    kind: Mapped[str] = mapped_column(String(16))
    page_number: Mapped[int]  # 0: of the whole version
    state: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigId)  # bytes
    width: Mapped[int | None]  # pixels
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Correction(Base):
    """One change of a description after the upload: what stood there before, who changed it, when, and why if it
    was filed by then (订正记录)."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_document_id", "document_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int]  # the one it made
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(255), default="")
