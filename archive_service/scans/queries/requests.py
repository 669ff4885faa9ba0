"""Reads of wishes to split and merge, and of what became of them."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.records import DocumentRow
from archive_service.scans.models import RearrangedPaper, Rearrangement
from archive_service.scans.rules.plans import Plan, RearrangementId, RequestState, from_json

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RequestRow:
    """``sources``, ``results``: document ids in the plan's order; of a new version both are the same document."""

    id: RearrangementId
    created_at: datetime
    created_by: int
    state: RequestState
    trouble: str
    plan: Plan
    finished_at: datetime | None
    undone_at: datetime | None
    undone_by: int | None
    sources: tuple[uuid.UUID, ...]
    source_versions: tuple[int, ...]
    results: tuple[uuid.UUID, ...]

    @property
    def papers(self) -> set[uuid.UUID]:
        return {*self.sources, *self.results}


def _rows(session: Session, found: Collection[Rearrangement]) -> list[RequestRow]:
    """In one statement for all of them."""
    papers: dict[tuple[int, str], list[RearrangedPaper]] = {}
    query = select(RearrangedPaper).where(RearrangedPaper.rearrangement_id.in_([r.id for r in found]))
    for paper in session.scalars(query.order_by(RearrangedPaper.position)):
        papers.setdefault((paper.rearrangement_id, paper.role), []).append(paper)
    return [
        RequestRow(
            id=RearrangementId(r.id),
            created_at=r.created_at,
            created_by=r.created_by,
            state=RequestState(r.state),
            trouble=r.trouble or "",
            plan=from_json(r.plan),
            finished_at=r.finished_at,
            undone_at=r.undone_at,
            undone_by=r.undone_by,
            sources=tuple(p.document_id for p in papers.get((r.id, "source"), ())),
            source_versions=tuple(p.version_id for p in papers.get((r.id, "source"), ())),
            results=tuple(p.document_id for p in papers.get((r.id, "result"), ())),
        )
        for r in found
    ]


def request_unchecked(session: Session, request_id: int) -> RequestRow:
    """For the background. Raises NotFound."""
    found = session.get(Rearrangement, request_id) if 0 < request_id <= LARGEST_ID else None
    if found is None:
        raise NotFound()
    return _rows(session, [found])[0]


def request(
    session: Session, actor: Actor, request_id: int
) -> tuple[RequestRow, Mapping[uuid.UUID, DocumentRow]]:
    """The wish, and those of its papers that the actor may see. Raises NotFound also if they see none."""
    row = request_unchecked(session, request_id)
    seen = seen_papers(session, actor, row.papers)
    if not seen:
        raise NotFound()
    return row, seen


def seen_papers(
    session: Session, actor: Actor, document_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, DocumentRow]:
    """Those of them that the actor may see, also such as others replaced."""
    found = records.documents_by_id(session, actor, document_ids, replaced=True)
    return {row.id: row for row in found.values()}


def requests_of(session: Session, document_id: uuid.UUID, limit: int = 20) -> list[RequestRow]:
    """Wishes that the paper was a source of, or came out of, newest first. Whoever asks may see the paper."""
    ids = select(RearrangedPaper.rearrangement_id).where(RearrangedPaper.document_id == document_id)
    query = select(Rearrangement).where(Rearrangement.id.in_(ids)).order_by(Rearrangement.id.desc())
    return _rows(session, session.scalars(query.limit(limit)).all())


def own_requests(session: Session, actor: Actor, *, offset: int = 0, limit: int = 50) -> list[RequestRow]:
    """What the actor asked for, newest first."""
    query = select(Rearrangement).where(Rearrangement.created_by == (actor.user_id or 0))
    query = query.order_by(Rearrangement.id.desc()).offset(offset).limit(limit)
    return _rows(session, session.scalars(query).all())


def underway(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, RearrangementId]:
    """Which of these papers are being split or merged right now."""
    query = (
        select(RearrangedPaper.document_id, RearrangedPaper.rearrangement_id)
        .join(Rearrangement, Rearrangement.id == RearrangedPaper.rearrangement_id)
        .where(
            RearrangedPaper.document_id.in_(list(document_ids)),
            RearrangedPaper.role == "source",
            RearrangedPaper.live,
            Rearrangement.state == RequestState.WANTED.value,
        )
    )
    return {row.document_id: RearrangementId(row.rearrangement_id) for row in session.execute(query)}
