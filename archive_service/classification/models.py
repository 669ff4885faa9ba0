from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.classification.rules.plan import (
    Disposition,
    Figure,
    Limit,
    OnExit,
    RetentionKind,
    SourceStatus,
)
from archive_service.kernel.db import Base, UtcDateTime
from archive_service.kernel.levels import Level

LEVELS = ", ".join(f"'{level}'" for level in Level)


class SchemeVersion(Base):
    """One version of the plan, whole; never changed. The one with the highest id is in force."""

    __tablename__ = "scheme_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of content
    content: Mapped[str] = mapped_column(Text)  # the plan as YAML
    changes: Mapped[list[dict[str, object]]] = mapped_column(
        JSON
    )  # [{kind, code, fields}] from the one before
    reason: Mapped[str] = mapped_column(String(255))
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    loaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: it came with the service


class RetentionRule(Base):
    """How long papers of a class are kept. Papers keep the rule under which they were filed, so a rule is never
    changed: another one comes into force."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in RetentionKind)})", name="kind"),
        CheckConstraint(f"period_limit IN ({', '.join(repr(v.value) for v in Limit)})", name="period_limit"),
        CheckConstraint(f"figure IN ({', '.join(repr(v.value) for v in Figure)})", name="figure"),
        CheckConstraint("(kind = 'permanent') = (years IS NULL)", name="years"),
        CheckConstraint('(years IS NULL) = ("trigger" IS NULL)', name="trigger"),
        Index(
            "uq_retention_rule_in_force",
            "class_code",
            unique=True,
            sqlite_where=text("in_force"),
            postgresql_where=text("in_force"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"), index=True)
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    in_force: Mapped[bool] = mapped_column(default=True)
    kind: Mapped[str] = mapped_column(String(10))
    label_zh: Mapped[str] = mapped_column(String(80))
    years: Mapped[int | None]
    trigger: Mapped[str | None] = mapped_column(String(40))
    period_limit: Mapped[str] = mapped_column(String(4))
    code: Mapped[str] = mapped_column(String(4))
    figure: Mapped[str] = mapped_column(String(8))
    blocked_while: Mapped[str] = mapped_column(String(40), default="")


class RecordClass(Base):
    """A class as the plan in force has it."""

    __tablename__ = "record_class"
    __table_args__ = (
        CheckConstraint(f"level IN ({LEVELS})", name="level"),
        CheckConstraint(
            f"disposition IN ({', '.join(repr(v.value) for v in Disposition)})", name="disposition"
        ),
        CheckConstraint(f"on_exit IN ({', '.join(repr(v.value) for v in OnExit)})", name="on_exit"),
        CheckConstraint(
            f"source_status IN ({', '.join(repr(v.value) for v in SourceStatus)})", name="source_status"
        ),
    )

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))  # that last changed it
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"), index=True)
    position: Mapped[int]  # order of the plan
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))
    selectable: Mapped[bool]
    is_closed: Mapped[bool] = mapped_column(default=False)
    level: Mapped[str] = mapped_column(String(12))
    disposition: Mapped[str | None] = mapped_column(String(10))
    on_exit: Mapped[str] = mapped_column(String(16))
    sources: Mapped[list[str]] = mapped_column(JSON)
    source_status: Mapped[str] = mapped_column(String(16))
    doc_types: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(500), default="")
