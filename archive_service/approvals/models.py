from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.approvals.rules import RequestState
from archive_service.kernel.db import Base, UtcDateTime, among

WAITING = text("state = 'waiting'")
NOT_ENDED = text("ended_at IS NULL")


class ApprovalRule(Base):
    """Who approves a case of a kind of request, in revisions: the last one counts, and none ever changes."""

    __tablename__ = "approval_rule"
    __table_args__ = (
        UniqueConstraint("kind", "case_code", "revision"),
        CheckConstraint("revision > 0", name="revision"),
        # What came with the service has nobody who changed it, and needs no reason.
        CheckConstraint("changed_by IS NULL OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    case_code: Mapped[str] = mapped_column(String(40))
    revision: Mapped[int]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # {"role": …, "deciders": …}, in their order
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(255), default="")


class ApprovalRequest(Base):
    """Somebody asks for something that others must approve. Triggers keep an ended one as it ended."""

    __tablename__ = "approval_request"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(RequestState)})", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'waiting') = (step IS NOT NULL)", name="step"),
        CheckConstraint("(state = 'waiting') = (role IS NOT NULL)", name="role"),
        CheckConstraint("(state = 'void') = (facts_found IS NOT NULL)", name="void"),
        CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name="ended_by"),
        # The rule alone approves what has no chain; nobody decides their own.
        CheckConstraint("state NOT IN ('approved', 'refused') OR ended_by <> requester_id", name="not_own"),
        CheckConstraint("state <> 'refused' OR ended_by IS NOT NULL", name="refused_by"),
        CheckConstraint(
            "state <> 'withdrawn' OR (ended_by IS NOT NULL AND ended_by = requester_id)", name="withdrawn_by"
        ),
        CheckConstraint("lapses_at IS NULL OR lapses_at > asked_at", name="lapses_later"),
        UniqueConstraint("id", "requester_id"),  # for the decisions, which must know whose request it is
        Index(
            "uq_approval_request_waiting",
            "kind",
            "subject",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "ix_approval_request_waiting",
            "role",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_approval_request_lapses", "lapses_at", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_approval_request_subject", "subject", "id"),
        Index("ix_approval_request_requester_id_id", "requester_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    case_code: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(64))  # as the trail names it: loan:12
    title: Mapped[str] = mapped_column(String(200))
    requester_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, str]] = mapped_column(JSON)  # what the decision stands on, at asking
    facts_found: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))  # if others: void
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("approval_rule.id"))  # None: a chain of its own
    lapses_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(9))
    step: Mapped[int | None]  # the level that it waits at, from 1
    role: Mapped[str | None] = mapped_column(String(32))  # whom it waits for
    revision: Mapped[int]  # counts decisions and comments: a page that is older is refused
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: the rule itself, or the job


class ApprovalStep(Base):
    """A level of the chain that a request was asked with: a chain that changes later leaves it as it is."""

    __tablename__ = "approval_step"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("deciders > 0", name="deciders"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(32))
    deciders: Mapped[int]


class ApprovalDelegation(Base):
    """委托代批: for some days one person decides for another. Only its end is written later, once."""

    __tablename__ = "approval_delegation"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="to_another"),
        CheckConstraint("last_day >= first_day", name="dates_in_order"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        UniqueConstraint("id", "from_id", "to_id"),
        Index("ix_approval_delegation_to_id", "to_id", sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
        Index("ix_approval_delegation_from_id", "from_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    first_day: Mapped[date]  # Asia/Shanghai
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # before its last day
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ApprovalDecision(Base):
    """One word on a request. The keys below are the separation of duties: nobody decides their own, nobody twice, and
    nobody's hat counts twice, whoever wears it."""

    __tablename__ = "approval_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "requester_id"], ["approval_request.id", "approval_request.requester_id"]
        ),
        ForeignKeyConstraint(
            ["request_id", "step"],
            ["approval_step.request_id", "approval_step.number"],
            name="fk_approval_decision_step",
        ),
        ForeignKeyConstraint(
            ["delegation_id", "hat_id", "decided_by"],
            ["approval_delegation.id", "approval_delegation.from_id", "approval_delegation.to_id"],
            name="fk_approval_decision_delegation",
        ),
        UniqueConstraint("request_id", "decided_by"),
        UniqueConstraint("request_id", "hat_id"),
        CheckConstraint("decided_by <> requester_id", name="not_own"),
        CheckConstraint("hat_id <> requester_id", name="not_for_the_requester"),
        CheckConstraint("(hat_id = decided_by) = (delegation_id IS NULL)", name="by_delegation"),
        CheckConstraint("approves OR comment <> ''", name="refused_why"),
        Index("ix_approval_decision_decided_by_request_id", "decided_by", "request_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int]
    requester_id: Mapped[int]
    step: Mapped[int]
    decided_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    hat_id: Mapped[int] = mapped_column(
        ForeignKey("user.id")
    )  # whose word it is: their own, or who delegated
    delegation_id: Mapped[int | None]
    approves: Mapped[bool]
    comment: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApprovalComment(Base):
    """What somebody wrote beside a request. Triggers refuse any change."""

    __tablename__ = "approval_comment"
    __table_args__ = (
        CheckConstraint("body <> ''", name="body"),
        Index("ix_approval_comment_request_id_id", "request_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"))
    by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(String(500))
