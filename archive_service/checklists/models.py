import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.checklists.rules import ListState, Mandatory, Need, PaperForm, Settlement, TaskEnd
from archive_service.kernel.db import Base, UtcDateTime, among

IN_FORCE = text("in_force")
LIVE = text("ended_at IS NULL")
LIVE_PROMISE = text("ended_at IS NULL AND kind = 'promise'")
LIVE_WAIVER = text("ended_at IS NULL AND kind = 'not_applicable'")
OPEN_TASK = text("closed_at IS NULL")
# SQLite takes a partial index only for a question that holds its condition word by word: ``queries.sights`` does.
NEEDED = text("need = 'needed' AND NOT waived")
MISSING = text("need = 'needed' AND NOT waived AND NOT linked")


class Checklist(Base):
    """One list in one version. A new version stands beside the old one, which opened lists keep."""

    __tablename__ = "checklist"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index("uq_checklist_in_force", "code", unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12))
    version: Mapped[str] = mapped_column(String(20))
    in_force: Mapped[bool]
    position: Mapped[int]
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120))
    event_zh: Mapped[str] = mapped_column(String(80))
    event_en: Mapped[str] = mapped_column(String(120))
    opens_for: Mapped[list[str]] = mapped_column(JSON)  # classes whose case files open it
    note_zh: Mapped[str] = mapped_column(String(200))
    note_en: Mapped[str] = mapped_column(String(400))
    sources: Mapped[list[str]] = mapped_column(JSON)
    completion_rules: Mapped[list[str]] = mapped_column(JSON)
    promise_opens_task: Mapped[bool]
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    facts: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChecklistEntry(Base):
    """One item of a list. Its class names the plan's; no key ties them, because a list may ship with a class that
    an older plan of the archive does not have."""

    __tablename__ = "checklist_entry"
    __table_args__ = (
        UniqueConstraint("checklist_id", "code"),
        CheckConstraint(f"mandatory IN ({among(Mandatory)})", name="mandatory"),
        CheckConstraint(f"form IN ({among(PaperForm)})", name="form"),
        CheckConstraint("(mandatory = 'conditional') = (fact <> '')", name="fact"),
        Index("ix_checklist_entry_class_code", "class_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    code: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120))
    mandatory: Mapped[str] = mapped_column(String(11))
    fact: Mapped[str] = mapped_column(String(40))  # on which a conditional item depends
    stage: Mapped[str] = mapped_column(String(20))
    class_code: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(10))
    pii: Mapped[str] = mapped_column(String(9))
    note_zh: Mapped[str] = mapped_column(String(200))
    note_en: Mapped[str] = mapped_column(String(200))


class OpenedChecklist(Base):
    """A list that somebody or something opened: of a unit, of a case file, of a named case, or of several of these."""

    __tablename__ = "opened_checklist"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(ListState)})", name="state"),
        CheckConstraint("unit_id IS NOT NULL OR case_file_id IS NOT NULL OR case_name <> ''", name="subject"),
        CheckConstraint("(case_file_id IS NULL) = (case_class = '')", name="case_class"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        # A message that comes twice opens one list.
        UniqueConstraint("code", "origin"),
        Index("ix_opened_checklist_unit_id", "unit_id"),
        Index("ix_opened_checklist_case_file_id", "case_file_id"),
        Index("ix_opened_checklist_steward_id", "steward_id"),
        Index("ix_opened_checklist_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_id: Mapped[int] = mapped_column(ForeignKey("checklist.id"))
    code: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    case_class: Mapped[str] = mapped_column(String(12), default="")  # of the case file
    case_name: Mapped[str] = mapped_column(String(120), default="")
    origin: Mapped[str | None] = mapped_column(String(40))  # what opened it by itself: case-file:12
    event_on: Mapped[date]
    steward_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # 管家: who gets its gaps closed
    stage: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[str] = mapped_column(String(6))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChecklistChange(Base):
    """What happened to an opened list as a whole: stage, steward, closing and opening again."""

    __tablename__ = "checklist_change"
    __table_args__ = (
        CheckConstraint("action IN ('opened', 'stage', 'steward', 'closed', 'reopened')", name="action"),
        Index("ix_checklist_change_opened_id_id", "opened_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    opened_id: Mapped[int] = mapped_column(ForeignKey("opened_checklist.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str] = mapped_column(String(8))
    before: Mapped[str] = mapped_column(String(40), default="")
    after: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(255), default="")


class CaseFact(Base):
    """What somebody said of a case: from then until somebody said otherwise. Triggers refuse any other change."""

    __tablename__ = "checklist_fact"
    __table_args__ = (
        Index(
            "uq_checklist_fact_live",
            "opened_id",
            "fact",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    opened_id: Mapped[int] = mapped_column(ForeignKey("opened_checklist.id"))
    fact: Mapped[str] = mapped_column(String(40))
    holds: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ChecklistItem(Base):
    """An entry of an opened list. What it says is what its live settlements and the facts of the case come to, kept
    here so that lists of what is missing need not ask them all."""

    __tablename__ = "checklist_item"
    __table_args__ = (
        UniqueConstraint("opened_id", "entry_id"),
        CheckConstraint(f"need IN ({among(Need)})", name="need"),
        CheckConstraint("(need = 'needed') = (needed_since IS NOT NULL)", name="needed_since"),
        Index(
            "ix_checklist_item_missing",
            "needed_since",
            "id",
            sqlite_where=MISSING,
            postgresql_where=MISSING,
        ),
        Index(
            "ix_checklist_item_needed",
            "needed_since",
            "id",
            sqlite_where=NEEDED,
            postgresql_where=NEEDED,
        ),
        Index("ix_checklist_item_entry_id_id", "entry_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    opened_id: Mapped[int] = mapped_column(ForeignKey("opened_checklist.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("checklist_entry.id"))
    need: Mapped[str] = mapped_column(String(10))
    needed_since: Mapped[date | None]
    linked: Mapped[bool] = mapped_column(default=False)
    waived: Mapped[bool] = mapped_column(default=False)
    promised_for: Mapped[date | None]


class ItemSettlement(Base):
    """What somebody said of an item, until somebody took it back. Triggers refuse any change but the end."""

    __tablename__ = "checklist_settlement"
    __table_args__ = (
        CheckConstraint(f"kind IN ({among(Settlement)})", name="kind"),
        CheckConstraint("(kind = 'link') = (document_id IS NOT NULL)", name="document"),
        CheckConstraint("(kind = 'promise') = (promised_for IS NOT NULL)", name="promised_for"),
        CheckConstraint("kind <> 'not_applicable' OR reason <> ''", name="reason"),
        CheckConstraint("(ended_at IS NULL) = (end_reason = '')", name="ended"),
        Index(
            "uq_checklist_settlement_link",
            "item_id",
            "document_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "uq_checklist_settlement_promise",
            "item_id",
            unique=True,
            sqlite_where=LIVE_PROMISE,
            postgresql_where=LIVE_PROMISE,
        ),
        Index(
            "uq_checklist_settlement_waiver",
            "item_id",
            unique=True,
            sqlite_where=LIVE_WAIVER,
            postgresql_where=LIVE_WAIVER,
        ),
        Index("ix_checklist_settlement_item_id_id", "item_id", "id"),
        Index("ix_checklist_settlement_document_id", "document_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("checklist_item.id"))
    kind: Mapped[str] = mapped_column(String(14))
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    promised_for: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(255), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str] = mapped_column(String(255), default="")


class SupplementTask(Base):
    """补齐任务: an item that stayed away too long is somebody's to get."""

    __tablename__ = "supplement_task"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
        CheckConstraint(f"outcome IN ({among(TaskEnd)})", name="outcome"),
        CheckConstraint("document_id IS NULL OR outcome = 'evidence'", name="document"),
        Index(
            "uq_supplement_task_open",
            "item_id",
            unique=True,
            sqlite_where=OPEN_TASK,
            postgresql_where=OPEN_TASK,
        ),
        Index("ix_supplement_task_item_id", "item_id"),
        Index(
            "ix_supplement_task_open_due",
            "due_on",
            "id",
            sqlite_where=OPEN_TASK,
            postgresql_where=OPEN_TASK,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("checklist_item.id"))
    opened_on: Mapped[date]
    due_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(40))  # "overdue", "promised": a code
    escalated_on: Mapped[date | None]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None] = mapped_column(String(10))
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))  # the evidence
