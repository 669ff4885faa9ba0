"""What becomes of filed papers: periods, numbers left empty, levels, cross-references."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.classification import LEVELS
from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.records.rules.placing import EmptyKind, RequestState
from archive_service.records.rules.relations import RelationKind
from archive_service.records.rules.retention import Standing

WAITING = text("state = 'waiting'")
LIVE_RELATION = text("removed_at IS NULL")


class RetentionTerm(Base):
    """How long a filed paper is kept, as far as it is known today; made anew whenever its class, its year, its trigger
    or the rule that counts for it changes. Of the rule the row says only which one it is: rules never change."""

    __tablename__ = "retention_term"
    __table_args__ = (
        CheckConstraint(f"standing IN ({among(Standing)})", name="standing"),
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
        CheckConstraint(f"kind IN ({among(EmptyKind)})", name="kind"),
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
        CheckConstraint(f"state IN ({among(RequestState)})", name="state"),
        CheckConstraint(f"from_level IN ({LEVELS}) AND to_level IN ({LEVELS})", name="level"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('approved', 'refused') OR "
            "(decided_by IS NOT NULL AND (asked_by IS NULL OR decided_by <> asked_by))",
            name="two_people",
        ),
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
        CheckConstraint(f"kind IN ({among(RelationKind)})", name="kind"),
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
