"""The table of who approves what, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.approvals.models import ApprovalRule
from archive_service.approvals.rules import ChainStep, UnknownCase
from archive_service.people import Role


@dataclass(frozen=True, slots=True)
class ChainRow:
    """Who approves a case. ``changed_by``: name, None for what came with the service. ``revision``: what a form gives
    back as ``seen``."""

    id: int
    kind: str
    case: str
    revision: int
    steps: tuple[ChainStep, ...]
    changed_by: str | None
    changed_at: datetime
    reason: str


def steps_of(rule: ApprovalRule) -> tuple[ChainStep, ...]:
    return tuple(ChainStep(Role(one["role"]), int(one["deciders"])) for one in rule.steps)


def chain(session: Session, kind: str, case: str) -> ChainRow:
    """The one in force. Raises UnknownCase."""
    found = history(session, kind, case, limit=1)
    if not found:
        raise UnknownCase()
    return found[0]


def history(session: Session, kind: str, case: str, *, limit: int = 50) -> list[ChainRow]:
    """Every chain that the case ever had, the latest first."""
    query = (
        select(ApprovalRule)
        .where(ApprovalRule.kind == kind, ApprovalRule.case_code == case)
        .order_by(ApprovalRule.revision.desc())
        .limit(limit)
    )
    return _rows(session, session.scalars(query).all())


def chains(session: Session) -> list[ChainRow]:
    """Those in force, by kind and case as they came."""
    last = select(func.max(ApprovalRule.id)).group_by(ApprovalRule.kind, ApprovalRule.case_code)
    first = (
        select(ApprovalRule.kind, ApprovalRule.case_code, func.min(ApprovalRule.id).label("id"))
        .group_by(ApprovalRule.kind, ApprovalRule.case_code)
        .subquery()
    )
    query = (
        select(ApprovalRule)
        .join(first, (first.c.kind == ApprovalRule.kind) & (first.c.case_code == ApprovalRule.case_code))
        .where(ApprovalRule.id.in_(last))
        .order_by(ApprovalRule.kind, first.c.id)
    )
    return _rows(session, session.scalars(query).all())


def _rows(session: Session, found: Sequence[ApprovalRule]) -> list[ChainRow]:
    names = people.display_names(session, {one.changed_by for one in found if one.changed_by})
    return [
        ChainRow(
            one.id,
            one.kind,
            one.case_code,
            one.revision,
            steps_of(one),
            None if one.changed_by is None else names[one.changed_by],
            one.changed_at,
            one.reason,
        )
        for one in found
    ]
