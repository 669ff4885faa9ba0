"""What is open about a document, and how it ends: its review by being filed, discarded, handed in again or sent back;
a wish to lower its level by the level being raised."""

import uuid

from sqlalchemy import select, update

from archive_service.records.models import OPEN_REVIEW, LevelRequest, Review
from archive_service.records.rules.placing import RequestState
from archive_service.records.rules.review import REVIEW_MOVES, ReviewState, ReviewStep
from archive_service.unit_of_work import UnitOfWork


def open_row(work: UnitOfWork, document_id: uuid.UUID) -> Review | None:
    """Its document is locked by then, so that nobody else opens one."""
    return work.session.scalar(select(Review).where(Review.document_id == document_id, OPEN_REVIEW))


def move(work: UnitOfWork, row: Review, step: ReviewStep) -> None:
    before = ReviewState(row.state)
    row.state = REVIEW_MOVES[before, step].value
    if before is ReviewState.PENDING:
        row.decided_at, row.decided_by = work.now, work.actor.user_id
    work.session.flush()


def settle_review(work: UnitOfWork, document_id: uuid.UUID, step: ReviewStep) -> None:
    """What was open of a review ends with the paper's filing or discarding."""
    row = open_row(work, document_id)
    if row is not None:
        move(work, row, step)


def end_level_request(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """Whoever raised the level knew better than a wish from before, which nobody may approve any more."""
    waiting = (
        LevelRequest.document_id == document_id,
        LevelRequest.state == RequestState.WAITING.value,
    )
    ended = {"state": RequestState.WITHDRAWN.value, "decided_by": work.actor.user_id, "decided_at": work.now}
    request_id = work.session.scalar(
        update(LevelRequest).where(*waiting).values(**ended).returning(LevelRequest.id)
    )
    if request_id is not None:
        work.audit("level.ended", f"document:{document_id}", request=request_id)
