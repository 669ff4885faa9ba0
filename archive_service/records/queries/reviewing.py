"""Reviews and edit locks: of one document, of those on a page, how many wait for whom."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, Permission
from archive_service.records.models import OPEN_REVIEW, Document, EditLock, LockBreak, Review
from archive_service.records.queries.sights import visible
from archive_service.records.rules.review import ReviewState, SendBackReason

# Written out, not bound: only so do partial indexes serve them.
PENDING = Review.state == literal_column(f"'{ReviewState.PENDING.value}'")
SENT_BACK = Review.state == literal_column(f"'{ReviewState.REJECTED.value}'")


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """``facts``: what was filled in for its filing, by the names of the form's fields; texts are as stored."""

    document_id: uuid.UUID
    state: ReviewState
    submitted_at: datetime | None
    submitted_by: int | None
    revision: int
    facts: Mapping[str, str]
    mender: int | None
    decided_at: datetime | None
    decided_by: int | None
    reason: SendBackReason | None
    comment: str

    def is_returned_to(self, actor: Actor) -> bool:
        return self.state is ReviewState.REJECTED and self.mender is not None and self.mender == actor.user_id


@dataclass(frozen=True, slots=True)
class LockRow:
    """A lock that holds at the moment it was asked for."""

    document_id: uuid.UUID
    held_by: int
    taken_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """``to_review``: of those that file, papers handed in by anybody; ``sent_back``: to the actor."""

    to_review: int
    sent_back: int


@dataclass(frozen=True, slots=True)
class ToldReason:
    """Why a paper was sent back, or a lock broken (without ``code``)."""

    code: SendBackReason | None
    comment: str


def review_row(r: Review) -> ReviewRow:
    return ReviewRow(
        document_id=r.document_id,
        state=ReviewState(r.state),
        submitted_at=r.submitted_at,
        submitted_by=r.submitted_by,
        revision=r.revision,
        facts=dict(r.facts),
        mender=r.mender,
        decided_at=r.decided_at,
        decided_by=r.decided_by,
        reason=SendBackReason(r.reason) if r.reason else None,
        comment=r.comment,
    )


def open_review(session: Session, document_id: uuid.UUID) -> ReviewRow | None:
    """Whoever asks has been let in by ``document``."""
    return open_reviews(session, [document_id]).get(document_id)


def open_reviews(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ReviewRow]:
    """Of the given documents those that wait for a review or were sent back, in one statement."""
    query = select(Review).where(Review.document_id.in_(document_ids), OPEN_REVIEW)
    return {row.document_id: review_row(row) for row in session.scalars(query)}


def is_returned_to(session: Session, actor: Actor, document_id: uuid.UUID) -> bool:
    """Whether the paper was sent back to the actor to be put right."""
    if actor.user_id is None:
        return False
    query = select(Review.id).where(Review.document_id == document_id, Review.mender == actor.user_id)
    return session.scalar(query.where(SENT_BACK)) is not None


def reviews_of(session: Session, document_id: uuid.UUID) -> list[ReviewRow]:
    """All there ever were of a document, newest first."""
    query = select(Review).where(Review.document_id == document_id).order_by(Review.id.desc()).limit(100)
    return [review_row(row) for row in session.scalars(query)]


def review_counts(session: Session, actor: Actor) -> ReviewCounts:
    """In one statement."""
    seen = select(func.count()).select_from(Review).join(Document, Document.id == Review.document_id)
    seen = seen.where(visible(actor), Document.discarded_at.is_(None))
    pending = seen.where(PENDING)
    mine = seen.where(SENT_BACK, Review.mender == (actor.user_id or 0))
    row = session.execute(select(pending.scalar_subquery(), mine.scalar_subquery())).one()
    return ReviewCounts(int(row[0]) if actor.may(Permission.FILE) else 0, int(row[1]))


def lock_of(session: Session, document_id: uuid.UUID, now: datetime) -> LockRow | None:
    """Who works on it now; None for nobody. Whoever asks has been let in by ``document``."""
    return locks_of(session, [document_id], now).get(document_id)


def locks_of(
    session: Session, document_ids: Collection[uuid.UUID], now: datetime
) -> dict[uuid.UUID, LockRow]:
    query = select(EditLock).where(EditLock.document_id.in_(document_ids), EditLock.expires_at > now)
    return {
        lock.document_id: LockRow(lock.document_id, lock.held_by, lock.taken_at, lock.expires_at)
        for lock in session.scalars(query)
    }


def lock_breaks(session: Session, document_id: uuid.UUID) -> dict[datetime, str]:
    """Why locks of the document were broken, by when."""
    query = select(LockBreak.at, LockBreak.reason).where(LockBreak.document_id == document_id)
    rows = session.execute(query.order_by(LockBreak.id.desc()).limit(100))
    return {row.at: row.reason for row in rows}


def reasons_told(session: Session, document_id: uuid.UUID) -> dict[datetime, ToldReason]:
    """Why the document was sent back and its locks broken, by when: for its history."""
    told = {at: ToldReason(None, reason) for at, reason in lock_breaks(session, document_id).items()}
    back = (row for row in reviews_of(session, document_id) if row.reason and row.decided_at)
    return told | {row.decided_at: ToldReason(row.reason, row.comment) for row in back if row.decided_at}
