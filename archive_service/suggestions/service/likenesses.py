"""Papers that look alike: their marks, and the classes that people gave them."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.suggestions.models import Likeness
from archive_service.suggestions.rules import Known, Like
from archive_service.suggestions.rules.likeness import HEADING_BAND
from archive_service.unit_of_work import UnitOfWork

MOST_LIKES: Final = 60
LEAST_SHARED: Final = 2
"""Marks: a single one may be the letterhead alone."""


def keep_marks(work: UnitOfWork, document_id: DocumentId, marks: Mapping[int, int]) -> None:
    """Replace the marks of a paper."""
    work.session.execute(delete(Likeness).where(Likeness.document_id == document_id))
    for band, mark in marks.items():
        work.session.add(Likeness(document_id=document_id, band=band, mark=mark))
    work.session.flush()


def likes_of(
    session: Session, marks: Mapping[int, int], known: Known, besides: uuid.UUID
) -> dict[str, tuple[Like, ...]]:
    """By class, the filed papers with the same marks. The newest few of them count; whoever asks for a proposal
    later learns from those only that they see."""
    either = [(Likeness.band == band) & (Likeness.mark == mark) for band, mark in marks.items()]
    if not either:
        return {}
    wanted = select(Likeness.document_id, Likeness.band).where(or_(*either), Likeness.document_id != besides)
    found = session.execute(wanted.order_by(Likeness.document_id.desc()).limit(MOST_LIKES * 4)).all()
    shared: Counter[uuid.UUID] = Counter()
    for document_id, band in found:
        shared[document_id] += 2 if band == HEADING_BAND else 1
    rows = records.documents_by_id(session, service_actor(), [i for i, _ in shared.most_common(MOST_LIKES)])
    likes: dict[str, tuple[Like, ...]] = {}
    for document_id, weight in shared.most_common(MOST_LIKES):
        if weight < LEAST_SHARED:
            break
        row = rows.get(DocumentId(document_id))
        if row is None or row.class_code not in known.classes or not row.archival_no:
            continue
        likes[row.class_code] = (*likes.get(row.class_code, ()), Like(str(row.id), weight))
    return likes


def unmarked(session: Session, document_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those that have no mark yet."""
    found: set[uuid.UUID] = set()
    for at in range(0, len(document_ids), 500):
        ids = document_ids[at : at + 500]
        found.update(session.scalars(select(Likeness.document_id).where(Likeness.document_id.in_(ids))))
    return set(document_ids) - found
