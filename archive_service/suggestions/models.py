import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Float, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime, among
from archive_service.suggestions.rules import Field, Source
from archive_service.suggestions.rules.feedback import Met

ACTIVE = text("is_active")


class SuggestionModel(Base):
    """One training of the classes: its weights are a blob, its scores are of papers that it never saw."""

    __tablename__ = "suggestion_model"
    __table_args__ = (
        Index(
            "uq_suggestion_model_active",
            "is_active",
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        ),
        CheckConstraint("documents >= 1", name="documents"),
        CheckConstraint("classes >= 2", name="classes"),
        CheckConstraint("held_back >= 1", name="held_back"),
        CheckConstraint("accuracy >= 0 AND accuracy <= 1", name="accuracy"),
        Index("ix_suggestion_model_digest", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)  # its version
    trained_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigId)  # bytes
    documents: Mapped[int]  # learnt from
    classes: Mapped[int]
    held_back: Mapped[int]  # papers it was examined with
    accuracy: Mapped[float] = mapped_column(Float)  # right class first, 0..1
    seconds: Mapped[float] = mapped_column(Float)  # that the training took
    scores: Mapped[dict[str, Any]] = mapped_column(JSON)  # see rules.scores
    is_active: Mapped[bool]


class Proposal(Base):
    """What was found for one version of a paper; it goes when the paper is filed or discarded."""

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_document_id", "document_id"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True, autoincrement=False)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("suggestion_model.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # see rules.kept


class Likeness(Base):
    """A mark by which papers that look alike are found: same band, same mark."""

    __tablename__ = "likeness"
    __table_args__ = (
        CheckConstraint("band >= 0", name="band"),
        Index("ix_likeness_mark_band", "mark", "band", "document_id"),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("document.id"), primary_key=True)
    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[int] = mapped_column(BigInteger)


class SuggestionFeedback(Base):
    """Whether a person found what was proposed right, without what it was: no personal data stands here."""

    __tablename__ = "suggestion_feedback"
    __table_args__ = (
        CheckConstraint(f"field IN ({among(Field)})", name="field"),
        CheckConstraint(f"met IN ({among(Met)})", name="met"),
        CheckConstraint(f"source IS NULL OR source IN ({among(Source)})", name="source"),
        Index("uq_suggestion_feedback_document_id_field", "document_id", "field", unique=True),
        Index("ix_suggestion_feedback_field_met", "field", "met", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"))
    field: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    met: Mapped[str] = mapped_column(String(8))
    source: Mapped[str | None] = mapped_column(String(10))  # of the first candidate
    confidence: Mapped[float | None] = mapped_column(Float)  # of the first candidate
    model_id: Mapped[int | None] = mapped_column(ForeignKey("suggestion_model.id"))
