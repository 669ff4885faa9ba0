import uuid
from datetime import date, datetime
from enum import StrEnum
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
from archive_service.kernel.db import Base, BigId, UtcDateTime
from archive_service.kernel.masking import mask
from archive_service.records.rules import VersionState, four_properties
from archive_service.records.rules.case_files import FileState
from archive_service.records.rules.filing import Form, Medium, Pii, SourceKind, Stage
from archive_service.records.rules.numbers import Dept
from archive_service.records.rules.placing import EmptyKind, RequestState
from archive_service.records.rules.relations import RelationKind
from archive_service.records.rules.retention import Standing
from archive_service.records.rules.review import OPEN_REVIEWS, ReviewState, SendBackReason
from archive_service.records.rules.versions import ReasonCode

CURRENT = text("is_current")
WAITING = text("state = 'waiting'")
LIVE_RELATION = text("removed_at IS NULL")
UNFILED = text("archival_no IS NULL AND discarded_at IS NULL")
NUMBERED = text("archival_no IS NOT NULL")
OPEN_REVIEW = text(f"state IN ({', '.join(repr(state.value) for state in OPEN_REVIEWS)})")
PENDING, SENT_BACK = text("state = 'pending'"), text("state = 'rejected'")


def _among(values: type[StrEnum]) -> str:
    return ", ".join(f"'{value}'" for value in values)


STATES = _among(VersionState)


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
        CheckConstraint(f"reason_code IN ('', {_among(ReasonCode)})", name="reason_code"),
        CheckConstraint("(unmarked_at IS NULL) = (unmarked_why = '')", name="unmarked"),
        Index("ix_version_state_id", "state", "id"),
        Index("ix_version_digest", "digest"),
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
        CheckConstraint(f"state IN ({_among(FileState)})", name="state"),
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


class Filing(Base):
    """A document's place in the archive (归档), from the moment it was filed: one row, whose place never changes."""

    __tablename__ = "filing"
    __table_args__ = (
        CheckConstraint(f"form IN ({_among(Form)})", name="form"),
        CheckConstraint(f"medium IN ({_among(Medium)})", name="medium"),
        CheckConstraint(f"source_kind IN ({_among(SourceKind)})", name="source_kind"),
        CheckConstraint(f"carries_pii IN ({_among(Pii)})", name="carries_pii"),
        CheckConstraint(f"dept IS NULL OR dept IN ({_among(Dept)})", name="dept"),
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
        CheckConstraint(f"stage IN ({_among(Stage)})", name="stage"),
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


class Review(Base):
    """A document that was handed in for filing (待审核) or sent back (退回). Rows stay; at most one of a document is
    open."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint(f"state IN ({_among(ReviewState)})", name="state"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state IN ('rejected', 'answered')) = (reason IS NOT NULL)", name="sent_back"),
        CheckConstraint(f"reason IS NULL OR reason IN ({_among(SendBackReason)})", name="reason"),
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


class PropertyCheck(Base):
    """A four-property check (四性检测) of one version: never changed but for who has seen its warnings."""

    __tablename__ = "property_check"
    __table_args__ = (
        CheckConstraint(f"stage IN ({_among(four_properties.CheckStage)})", name="stage"),
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
        CheckConstraint(f"verdict IN ({_among(four_properties.Verdict)})", name="verdict"),
        CheckConstraint("position >= 0", name="position"),
    )

    check_id: Mapped[int] = mapped_column(ForeignKey("property_check.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    position: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(24))
    figures: Mapped[dict[str, str | int]] = mapped_column(JSON)


class RetentionTerm(Base):
    """How long a filed paper is kept, as far as it is known today; made anew whenever its class, its year, its trigger
    or the rule that counts for it changes. Of the rule the row says only which one it is: rules never change."""

    __tablename__ = "retention_term"
    __table_args__ = (
        CheckConstraint(f"standing IN ({_among(Standing)})", name="standing"),
        CheckConstraint(
            "(standing = 'running') = (due_date IS NOT NULL) AND (due_date IS NULL) = (start_date IS NULL) "
            "AND (due_date IS NULL) = (trigger_date IS NULL)",
            name="dates",
        ),
        CheckConstraint("due_date > start_date AND start_date > trigger_date", name="order"),
        Index(
            "ix_retention_term_class_code_retention_rule_id", "class_code", "retention_rule_id", "document_id"
        ),
        Index("ix_retention_term_due_date_document_id", "due_date", "document_id"),
        Index("ix_retention_term_standing_class_code", "standing", "class_code", "document_id"),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    retention_rule_id: Mapped[int] = mapped_column(ForeignKey("retention_rule.id"))  # that counts for it now
    standing: Mapped[str] = mapped_column(String(9))
    happened_on: Mapped[date | None]  # the day of its event, recorded by a person or another capability
    trigger_date: Mapped[date | None]
    start_date: Mapped[date | None]
    due_date: Mapped[date | None]  # the first day on which it may be proposed for appraisal
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RuleApproval(Base):
    """Somebody approved that filed papers of a class go over to its newer rule. ``last`` marks how far it got: papers
    before it, in the order of ids, are done. Rows stay."""

    __tablename__ = "rule_approval"
    __table_args__ = (
        CheckConstraint("approved_by <> plan_changed_by", name="two_people"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("done >= 0 AND total >= 0", name="progress"),
        Index("ix_rule_approval_class_code_id", "class_code", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    retention_rule_id: Mapped[int] = mapped_column(ForeignKey("retention_rule.id"))
    plan_changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(255))
    chosen: Mapped[list[str] | None] = mapped_column(JSON)  # ids of documents; None: all of the class
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EmptyNumber(Base):
    """An archival number that was given and stands for no paper any more (空号). Never changed, never deleted, and
    triggers refuse to give its number again."""

    __tablename__ = "empty_number"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_among(EmptyKind)})", name="kind"),
        CheckConstraint("reason <> ''", name="reason"),
        UniqueConstraint("series", "item"),
        Index("ix_empty_number_case_file_id_item", "case_file_id", "item"),
        Index("ix_empty_number_catalogue", "fonds", "class_code", "file_year", "series", "item"),
        Index("ix_empty_number_document_id", "document_id"),
    )

    archival_no: Mapped[str] = mapped_column(String(64), primary_key=True)
    archival_no_ascii: Mapped[str] = mapped_column(String(64), unique=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))  # whose it was
    kind: Mapped[str] = mapped_column(String(9))
    fonds: Mapped[str] = mapped_column(String(5))
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    file_year: Mapped[int]
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    series: Mapped[str] = mapped_column(String(64))
    item: Mapped[int]
    facts: Mapped[dict[str, str]] = mapped_column(JSON)  # what had been said when it was filed
    reason: Mapped[str] = mapped_column(String(255))
    emptied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    emptied_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class LevelRequest(Base):
    """Somebody asks for a document's level to be lowered; somebody else decides. Rows stay."""

    __tablename__ = "level_request"
    __table_args__ = (
        CheckConstraint(f"state IN ({_among(RequestState)})", name="state"),
        CheckConstraint(f"from_level IN ({LEVELS}) AND to_level IN ({LEVELS})", name="level"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state = 'withdrawn' OR decided_by <> asked_by", name="two_people"),
        CheckConstraint("reason <> ''", name="reason"),
        Index(
            "uq_level_request_waiting",
            "document_id",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_level_request_document_id_id", "document_id", "id"),
        Index("ix_level_request_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    from_level: Mapped[str] = mapped_column(String(12))
    to_level: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(255))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(9))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(String(255), default="")


class Relation(Base):
    """A cross-reference from one document to another, or from one case file to another. One that is taken away stays
    as a row that is over; of those where both ends mean the same, the one with the smaller id comes first."""

    __tablename__ = "relation"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_among(RelationKind)})", name="kind"),
        CheckConstraint(
            "(document_id IS NULL) = (other_document_id IS NULL) AND (case_file_id IS NULL) = "
            "(other_case_file_id IS NULL) AND (document_id IS NULL) <> (case_file_id IS NULL)",
            name="ends",
        ),
        CheckConstraint("document_id <> other_document_id", name="other_document"),
        CheckConstraint("case_file_id <> other_case_file_id", name="other_case_file"),
        CheckConstraint("removed_at IS NOT NULL OR removed_by IS NULL", name="removed"),
        Index(
            "uq_relation_documents",
            "document_id",
            "other_document_id",
            "kind",
            unique=True,
            sqlite_where=LIVE_RELATION,
            postgresql_where=LIVE_RELATION,
        ),
        Index(
            "uq_relation_case_files",
            "case_file_id",
            "other_case_file_id",
            "kind",
            unique=True,
            sqlite_where=LIVE_RELATION,
            postgresql_where=LIVE_RELATION,
        ),
        Index("ix_relation_other_document_id", "other_document_id"),
        Index("ix_relation_other_case_file_id", "other_case_file_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"))
    other_document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    other_case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[str] = mapped_column(String(11))
    note: Mapped[str] = mapped_column(String(200), default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
