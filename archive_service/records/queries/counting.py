"""How many documents wait, and how many stand in each class."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, and_, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.models import Document, Version
from archive_service.records.queries.sights import visible
from archive_service.records.rules import STUCK, UNREAD, VersionState


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits, of what the actor may see."""

    documents: int
    unclassified: int
    unread: int
    stuck: int


def counts(session: Session, actor: Actor) -> Counts:
    """The numbers on the work bench, in one statement; each counts along an index of its own."""
    there = and_(visible(actor), Document.discarded_at.is_(None))
    papers = select(func.count()).select_from(Document).where(there)

    def in_state(states: Iterable[VersionState]) -> ScalarSelect[int]:
        current = papers.join(Version, and_(Version.document_id == Document.id, Version.is_current))
        return current.where(Version.state.in_([s.value for s in states])).scalar_subquery()

    row = session.execute(
        select(
            papers.scalar_subquery(),
            papers.where(Document.class_code.is_(None)).scalar_subquery(),
            in_state(UNREAD),
            in_state(STUCK),
        )
    ).one()
    return Counts(*(int(n) for n in row))


def class_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many visible documents stand directly in each class; "" for those without one."""
    query = select(Document.class_code, func.count()).where(visible(actor), Document.discarded_at.is_(None))
    return {row[0] or "": row[1] for row in session.execute(query.group_by(Document.class_code))}
