import uuid
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.classification import LEVELS
from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.loans.rules import (
    ENDED,
    LIVE,
    OUT,
    BorrowerKind,
    Condition,
    ItemForm,
    LoanState,
    Outcome,
    Purpose,
    UseMode,
)
from archive_service.loans.rules.cases import LoanCase
from archive_service.loans.rules.remedies import Rebuilt, RemedyState
from archive_service.loans.rules.waiting import ReservationState
from archive_service.premises import IdType

IN_FORCE = text("in_force")
HELD = text("held")
# SQLite takes a partial index only for a question that holds its condition word by word: the queries do.
IS_OUT = text("state IN ('issued', 'renewal_requested')")
TO_FETCH = text("state = 'approved'")
OFFERED = text("state = 'offered'")
IN_LINE = text("state IN ('waiting', 'offered')")
LOST = text("outcome = 'lost'")
IN_LINE_HERE = text("reservation.state IN ('waiting', 'offered')")  # the same beside other tables
LOST_HERE = text("loan_item.outcome = 'lost'")
UNSETTLED = text("state IN ('suspected', 'open')")
_ONE_THING = "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END) = 1"


class LoanRule(Base):
    """One row of the case table in one of its revisions. What was in force once stays as it was."""

    __tablename__ = "loan_rule"
    __table_args__ = (
        UniqueConstraint("loan_case", "revision"),
        CheckConstraint(f"loan_case IN ({among(LoanCase)})", name="loan_case"),
        CheckConstraint("days BETWEEN 1 AND 365", name="days"),
        CheckConstraint("renewals BETWEEN 0 AND 12", name="renewals"),
        CheckConstraint("(renewals = 0) = (renewal_days = 0)", name="renewal_days"),
        CheckConstraint("why <> ''", name="why"),
        Index(
            "uq_loan_rule_in_force",
            "loan_case",
            unique=True,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_case: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    in_force: Mapped[bool]
    days: Mapped[int]
    renewals: Mapped[int]
    renewal_days: Mapped[int]
    uses: Mapped[list[str]] = mapped_column(JSON)
    masked: Mapped[bool]
    watermark: Mapped[bool]
    stamped: Mapped[bool]
    legal_basis: Mapped[bool]
    asks_reason: Mapped[bool]
    own_department_free: Mapped[bool]
    original_stays: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: as the service ships it
    why: Mapped[str] = mapped_column(String(255))


class Loan(Base):
    """A slip (借阅单), from draft to end, never deleted. What its case allowed when it was handed in stands on it."""

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(LoanState)})", name="state"),
        CheckConstraint(f"purpose IN ({among(Purpose)})", name="purpose"),
        CheckConstraint(f"use_mode IN ({among(UseMode)})", name="use_mode"),
        CheckConstraint(f"borrower_kind IN ({among(BorrowerKind)})", name="borrower_kind"),
        CheckConstraint(f"loan_case IN ({among(LoanCase)})", name="loan_case"),
        CheckConstraint(f"id_type IN ({among(IdType)})", name="id_type"),
        CheckConstraint("(borrower_kind = 'user') = (borrower_id IS NOT NULL)", name="borrower"),
        CheckConstraint("(borrower_kind = 'owner') = (party_id IS NOT NULL)", name="party"),
        CheckConstraint("(borrower_kind = 'organisation') = (organisation <> '')", name="organisation"),
        CheckConstraint("borrower_kind = 'user' OR id_checked_by IS NOT NULL", name="id_checked"),
        CheckConstraint("borrower_id IS NULL OR borrower_id = requested_by", name="asks_for_oneself"),
        CheckConstraint("state IN ('draft', 'cancelled') OR undertaken_at IS NOT NULL", name="undertaken"),
        CheckConstraint(
            f"state NOT IN ({among(sorted((LIVE | ENDED) - {LoanState.CANCELLED}))}) OR loan_case IS NOT NULL",
            name="has_case",
        ),
        CheckConstraint(
            f"state NOT IN ({among(sorted(OUT))}) OR (issued_at IS NOT NULL AND due_on IS NOT NULL)",
            name="issued",
        ),
        CheckConstraint("issued_by <> borrower_id", name="not_to_oneself"),
        CheckConstraint("taken_back_by <> borrower_id", name="not_back_by_oneself"),
        CheckConstraint("checked_by <> borrower_id", name="not_checked_by_oneself"),
        CheckConstraint(
            "state NOT IN ('return_pending_check', 'damaged', 'incomplete') OR taken_back_at IS NOT NULL",
            name="taken_back",
        ),
        CheckConstraint("renewals_used BETWEEN 0 AND renewals", name="renewals_used"),
        CheckConstraint(f"(state IN ({among(sorted(ENDED))})) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("days >= 1", name="days"),
        Index("ix_loan_state_id", "state", "id"),
        Index("ix_loan_borrower_id_id", "borrower_id", "id"),
        Index("ix_loan_requested_by_id", "requested_by", "id"),
        Index("ix_loan_party_id", "party_id"),
        Index("ix_loan_organisation", "organisation"),
        Index("ix_loan_created_on_id", "created_on", "id"),
        Index("ix_loan_issued_at", "issued_at"),
        Index("ix_loan_out", "due_on", "id", sqlite_where=IS_OUT, postgresql_where=IS_OUT),
        Index("ix_loan_to_fetch", "fetch_by", "id", sqlite_where=TO_FETCH, postgresql_where=TO_FETCH),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)  # JY-2026-0001
    state: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int] = mapped_column(default=1)  # goes up with every step and change
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_on: Mapped[date]  # Asia/Shanghai: the register's periods
    requested_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    borrower_kind: Mapped[str] = mapped_column(String(12))
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("party.id"))
    organisation: Mapped[str] = mapped_column(String(120), default="")
    # Of people from outside: sealed as premises do, with what may be shown beside it.
    person_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    person_masked: Mapped[str] = mapped_column(String(120), default="")
    id_type: Mapped[str] = mapped_column(String(12), default="")
    id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_masked: Mapped[str] = mapped_column(String(64), default="")
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_masked: Mapped[str] = mapped_column(String(64), default="")
    letter_no: Mapped[str] = mapped_column(String(64), default="")  # letter of introduction
    id_checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    id_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    legal_basis: Mapped[str] = mapped_column(String(255), default="")
    purpose: Mapped[str] = mapped_column(String(16))
    purpose_text: Mapped[str] = mapped_column(String(500), default="")
    use_mode: Mapped[str] = mapped_column(String(12))
    unmasked: Mapped[bool] = mapped_column(default=False)
    unmask_reason: Mapped[str] = mapped_column(String(255), default="")
    days: Mapped[int]  # as asked for
    undertaking: Mapped[str] = mapped_column(String(8), default="")  # the version that was shown
    undertaken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    loan_case: Mapped[str | None] = mapped_column(String(20))
    cases: Mapped[list[str]] = mapped_column(JSON)
    renewals: Mapped[int] = mapped_column(default=0)  # the most
    renewal_days: Mapped[int] = mapped_column(default=0)
    masked: Mapped[bool] = mapped_column(default=False)
    watermark: Mapped[bool] = mapped_column(default=False)
    stamped: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetch_by: Mapped[date | None]  # last day
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date | None]  # last day, Asia/Shanghai
    renewals_used: Mapped[int] = mapped_column(default=0)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remarks: Mapped[str] = mapped_column(String(500), default="")


class LoanItem(Base):
    """A paper or a whole case file on a slip. ``held``: the slip keeps it from everybody else."""

    __tablename__ = "loan_item"
    __table_args__ = (
        UniqueConstraint("loan_id", "position"),
        CheckConstraint(_ONE_THING, name="one_thing"),
        CheckConstraint(f"form IN ({among(ItemForm)})", name="form"),
        CheckConstraint(f"level IN ({LEVELS})", name="level"),
        CheckConstraint("pages >= 0", name="pages"),
        CheckConstraint("pages_out >= 0", name="pages_out"),
        CheckConstraint("pages_back >= 0", name="pages_back"),
        CheckConstraint(f"condition_out IN ('', {among(Condition)})", name="condition_out"),
        CheckConstraint(f"condition_back IN ('', {among(Condition)})", name="condition_back"),
        CheckConstraint(f"outcome IN ({among(Outcome)})", name="outcome"),
        CheckConstraint("(copies = 0) = (stamp_no = '')", name="stamp_no"),
        Index(
            "uq_loan_item_held_document", "document_id", unique=True, sqlite_where=HELD, postgresql_where=HELD
        ),
        Index(
            "uq_loan_item_held_case_file",
            "case_file_id",
            unique=True,
            sqlite_where=HELD,
            postgresql_where=HELD,
        ),
        Index("ix_loan_item_held_within", "within_file_id", sqlite_where=HELD, postgresql_where=HELD),
        Index("uq_loan_item_loan_document", "loan_id", "document_id", unique=True),
        Index("uq_loan_item_loan_case_file", "loan_id", "case_file_id", unique=True),
        Index("ix_loan_item_document_id_id", "document_id", "id"),
        Index("ix_loan_item_case_file_id_id", "case_file_id", "id"),
        Index("ix_loan_item_lost", "document_id", "case_file_id", sqlite_where=LOST, postgresql_where=LOST),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"))
    position: Mapped[int]  # 1, 2, 3 … on the slip
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    within_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))  # where the paper stands
    form: Mapped[str] = mapped_column(String(8))
    archival_no: Mapped[str] = mapped_column(String(64))  # as it was on the slip
    class_code: Mapped[str] = mapped_column(String(12))
    level: Mapped[str] = mapped_column(String(12))
    pages: Mapped[int]  # as the archive knows them
    exclusive: Mapped[bool]
    held: Mapped[bool] = mapped_column(default=False)
    pages_out: Mapped[int | None]
    condition_out: Mapped[str] = mapped_column(String(8), default="")
    note_out: Mapped[str] = mapped_column(String(255), default="")
    copies: Mapped[int] = mapped_column(default=0)
    stamp_no: Mapped[str] = mapped_column(String(16), default="")  # FY-2026-0001, on every copy
    pages_back: Mapped[int | None]
    condition_back: Mapped[str] = mapped_column(String(8), default="")
    note_back: Mapped[str] = mapped_column(String(255), default="")
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(10))


class LoanChange(Base):
    """A step that a slip took: who, when, from where to where. Triggers refuse any change."""

    __tablename__ = "loan_change"
    __table_args__ = (Index("ix_loan_change_loan_id_id", "loan_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    step: Mapped[str] = mapped_column(String(20))
    before: Mapped[str] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(String(500), default="")


class Renewal(Base):
    """That more days were asked for, and what was said to it."""

    __tablename__ = "loan_renewal"
    __table_args__ = (
        CheckConstraint("days >= 1", name="days"),
        CheckConstraint("(settled_at IS NULL) = (granted IS NULL)", name="settled"),
        Index(
            "uq_loan_renewal_open",
            "loan_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_loan_renewal_loan_id_id", "loan_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"))
    days: Mapped[int]
    reason: Mapped[str] = mapped_column(String(255))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    due_before: Mapped[date]
    due_after: Mapped[date | None]
    granted: Mapped[bool | None]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reservation(Base):
    """A place in the queue for one item (预约), by the order of ids. Offered to one at a time, until a day."""

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint(_ONE_THING, name="one_thing"),
        CheckConstraint(f"state IN ({among(ReservationState)})", name="state"),
        CheckConstraint("state <> 'offered' OR offer_until IS NOT NULL", name="offer_until"),
        CheckConstraint("(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_reservation_in_line",
            "loan_item_id",
            unique=True,
            sqlite_where=IN_LINE,
            postgresql_where=IN_LINE,
        ),
        Index(
            "uq_reservation_offered_document",
            "document_id",
            unique=True,
            sqlite_where=OFFERED,
            postgresql_where=OFFERED,
        ),
        Index(
            "uq_reservation_offered_case_file",
            "case_file_id",
            unique=True,
            sqlite_where=OFFERED,
            postgresql_where=OFFERED,
        ),
        Index("ix_reservation_document", "document_id", "id", sqlite_where=IN_LINE, postgresql_where=IN_LINE),
        Index(
            "ix_reservation_case_file", "case_file_id", "id", sqlite_where=IN_LINE, postgresql_where=IN_LINE
        ),
        Index(
            "ix_reservation_within", "within_file_id", "id", sqlite_where=IN_LINE, postgresql_where=IN_LINE
        ),
        Index("ix_reservation_offer_until", "offer_until", sqlite_where=OFFERED, postgresql_where=OFFERED),
        Index("ix_reservation_loan_id", "loan_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"))
    loan_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan_item.id"))
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    within_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    state: Mapped[str] = mapped_column(String(9))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offer_until: Mapped[date | None]  # last day
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Remedy(Base):
    """How something that came back damaged, incomplete or not at all is made good, in the order (a) to (d)."""

    __tablename__ = "remedy"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(RemedyState)})", name="state"),
        CheckConstraint("outcome IN ('lost', 'incomplete', 'damaged')", name="outcome"),
        CheckConstraint(f"rebuilt IN ({among(Rebuilt)})", name="rebuilt"),
        CheckConstraint("rebuilt IS NULL OR statement_at IS NOT NULL", name="statement_first"),
        CheckConstraint("compensation_fen IS NULL OR rebuilt IS NOT NULL", name="rebuilt_first"),
        CheckConstraint("compensation_fen >= 0", name="compensation_fen"),
        CheckConstraint(
            "rebuilt IS NULL OR rebuilt = 'impossible' OR rebuilt_source <> ''", name="rebuilt_source"
        ),
        CheckConstraint("replacement_id IS NULL OR rebuilt IN ('master', 'issuer')", name="replacement"),
        CheckConstraint(
            "state <> 'done' OR (compensation_fen IS NOT NULL AND note <> '' AND closed_at IS NOT NULL)",
            name="done",
        ),
        Index(
            "uq_remedy_unsettled",
            "loan_item_id",
            unique=True,
            sqlite_where=UNSETTLED,
            postgresql_where=UNSETTLED,
        ),
        Index("ix_remedy_loan_id_id", "loan_id", "id"),
        Index("ix_remedy_replacement_id", "replacement_id"),
        Index("ix_remedy_open", "id", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"))
    loan_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan_item.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(9))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[int | None] = mapped_column(
        ForeignKey("user.id")
    )  # None: the nightly look suspects a loss
    statement: Mapped[str] = mapped_column(String(2000), default="")  # (a) what the borrower says
    statement_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    statement_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    rebuilt: Mapped[str | None] = mapped_column(String(10))  # (b)
    rebuilt_source: Mapped[str] = mapped_column(String(255), default="")
    replacement_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))  # the 补制件
    rebuilt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rebuilt_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    compensation_fen: Mapped[int | None]  # (c) decided elsewhere, recorded here; 0 for none
    compensation_note: Mapped[str] = mapped_column(String(255), default="")
    compensated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    compensated_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(String(500), default="")  # (d) what the inventory says of it
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class LoanPhoto(Base):
    """A photograph of an item when it went out or came back. Shown only as the picture that was made of it safely."""

    __tablename__ = "loan_photo"
    __table_args__ = (
        CheckConstraint("moment IN ('issue', 'return')", name="moment"),
        CheckConstraint("state IN ('received', 'ready', 'refused')", name="state"),
        CheckConstraint("(state = 'ready') = (picture IS NOT NULL)", name="picture"),
        Index("ix_loan_photo_loan_item_id_id", "loan_item_id", "id"),
        Index("ix_loan_photo_digest", "digest"),
        Index("ix_loan_photo_picture", "picture"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    loan_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan_item.id"))
    moment: Mapped[str] = mapped_column(String(6))
    digest: Mapped[str] = mapped_column(String(64))  # of the bytes as they came; never served
    size: Mapped[int] = mapped_column(BigId)  # bytes
    state: Mapped[str] = mapped_column(String(8))
    picture: Mapped[str | None] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class LoanReminder(Base):
    """That a stage of the reminders of a due day was told. One row each, so that a job that runs twice tells once."""

    __tablename__ = "loan_reminder"
    __table_args__ = (CheckConstraint("stage IN (-1, 0, 1, 3, 7, 15)", name="stage"),)

    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # days after the due day
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoanChase(Base):
    """That somebody asked for it back (催还): at most once a day."""

    __tablename__ = "loan_chase"

    loan_id: Mapped[int] = mapped_column(BigId, ForeignKey("loan.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
