"""How many documents wait, and how many stand in each class."""

from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.models import Document, Version
from archive_service.records.queries.inbox import stuck_papers
from archive_service.records.queries.marked import unmarked
from archive_service.records.queries.sights import visible
from archive_service.records.rules import UNREAD


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits, of what the actor may see."""

    documents: int
    unclassified: int
    unread: int
    stuck: int


def counts(session: Session, actor: Actor) -> Counts:
    """The numbers on the work bench, in one statement; each counts along an index of its own, and as many as the list
    holds that it leads to."""
    there = and_(visible(actor), Document.discarded_at.is_(None), unmarked())
    papers = select(func.count()).select_from(Document).where(there)

    current = papers.join(Version, and_(Version.document_id == Document.id, Version.is_current))
    unread = current.where(Version.state.in_([state.value for state in UNREAD]))
    row = session.execute(
        select(
            papers.scalar_subquery(),
            papers.where(Document.class_code.is_(None)).scalar_subquery(),
            unread.scalar_subquery(),
            select(func.count()).select_from(stuck_papers(actor).subquery()).scalar_subquery(),
        )
    ).one()
    return Counts(*(int(n) for n in row))


def class_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many visible documents stand directly in each class; "" for those without one."""
    there = (visible(actor), Document.discarded_at.is_(None), unmarked())
    query = select(Document.class_code, func.count()).where(*there)
    return {row[0] or "": row[1] for row in session.execute(query.group_by(Document.class_code))}
