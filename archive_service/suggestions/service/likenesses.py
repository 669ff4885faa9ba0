"""Papers that look alike: their marks, and the classes that people gave them."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.suggestions.models import Likeness
from archive_service.suggestions.rules import Known, Like
from archive_service.suggestions.rules.likeness import HEADING_BAND
from archive_service.unit_of_work import UnitOfWork

MOST_LOOKED_AT: Final = 4_000  # marks, newest first
MOST_OF_A_KIND: Final = 12  # papers of one class and level
AT_ONCE: Final = 500  # ids in one statement
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
    """By class, the filed papers with the same marks. The newest few of each class and level count: whoever asks for a
    proposal later learns from those only that they see, so a mass of hidden ones must leave room for them."""
    either = [(Likeness.band == band) & (Likeness.mark == mark) for band, mark in marks.items()]
    if not either:
        return {}
    wanted = select(Likeness.document_id, Likeness.band).where(or_(*either), Likeness.document_id != besides)
    found = session.execute(wanted.order_by(Likeness.document_id.desc()).limit(MOST_LOOKED_AT)).all()
    shared: Counter[uuid.UUID] = Counter()
    for document_id, band in found:
        shared[document_id] += 2 if band == HEADING_BAND else 1
    near = [(i, weight) for i, weight in shared.most_common() if weight >= LEAST_SHARED]
    kinds: dict[uuid.UUID, tuple[str, Level]] = {}
    for at in range(0, len(near), AT_ONCE):
        kinds |= records.filed_kinds(session, [i for i, _ in near[at : at + AT_ONCE]])
    likes: dict[str, tuple[Like, ...]] = {}
    taken: Counter[tuple[str, Level]] = Counter()
    for document_id, weight in near:
        kind = kinds.get(document_id)
        if kind is None or kind[0] not in known.classes or taken[kind] >= MOST_OF_A_KIND:
            continue
        taken[kind] += 1
        likes[kind[0]] = (*likes.get(kind[0], ()), Like(str(document_id), weight))
    return likes


def unmarked(session: Session, document_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those that have no mark yet."""
    found: set[uuid.UUID] = set()
    for at in range(0, len(document_ids), 500):
        ids = document_ids[at : at + 500]
        found.update(session.scalars(select(Likeness.document_id).where(Likeness.document_id.in_(ids))))
    return set(document_ids) - found
