"""Reviews before filing, and edit locks, for programs."""

import uuid
from datetime import datetime
from typing import Final

from flask import Response, url_for
from pydantic import Field, StrictInt

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.kernel.masking import mask
from archive_service.records.api.answers import PageNumber, PageSize
from archive_service.records.api.filing import FilingAsked, all_missing, facts_asked
from archive_service.records.api.pages import CURRENT, seen_document
from archive_service.records.queries import inbox as inbox_queries
from archive_service.records.queries import reviewing as queries
from archive_service.records.queries.inbox import InboxPart
from archive_service.records.queries.reviewing import LockRow, ReviewRow
from archive_service.records.rules.filing import MissingFacts, Place
from archive_service.records.rules.review import LONGEST_COMMENT, NewFile, ReviewState, SendBackReason
from archive_service.records.service import locks as lock_service
from archive_service.records.service import reviewing as service
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("reviewing_api", __name__, "filing")
PARTS: Final = {ReviewState.PENDING: InboxPart.REVIEW, ReviewState.REJECTED: InboxPart.RETURNED}


class ReviewAsked(FilingAsked):
    """As for filing. The case file may be left to who files it; ``new_file`` asks for one to be opened."""

    new_file: Line = Field(default="", description="title of the case file to be opened for it")
    building: Line = Field(
        default="", description="of a drawing's new file: 03, A; 00 for the whole compound"
    )


class SendBackAsked(Asked):
    revision: StrictInt = Field(description="of the document that was read")
    reason: SendBackReason
    comment: Line = Field(default="", max_length=LONGEST_COMMENT, description="asked for with other")


class ReviewTold(Told):
    document: str = Field(description="address of the document")
    state: ReviewState
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: SendBackReason | None
    comment: str
    facts: dict[str, str] = Field(description="what was filled in for its filing, as the form names it")


class ReviewList(Told):
    total: int
    page: int
    size: int
    reviews: list[ReviewTold]


class ReviewQuery(Asked):
    state: ReviewState = Field(
        default=ReviewState.PENDING, description="pending: to review; rejected: sent back to the caller"
    )
    page: PageNumber = 1
    size: PageSize = 50


class LockTold(Told):
    document: str = Field(description="address of the document")
    taken_at: datetime
    expires_at: datetime
    mine: bool


class LockBroken(Asked):
    reason: Line


def _told(row: ReviewRow) -> ReviewTold:
    return ReviewTold(
        document=url_for("documents_api.show", document_id=row.document_id),
        state=row.state,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        reason=row.reason,
        comment=mask(row.comment),
        facts={name: mask(text) for name, text in row.facts.items() if text},
    )


def _lock_told(row: LockRow) -> LockTold:
    return LockTold(
        document=url_for("documents_api.show", document_id=row.document_id),
        taken_at=row.taken_at,
        expires_at=row.expires_at,
        mine=row.held_by == current_actor().user_id,
    )


@blueprint.get("/reviews")
@blueprint.input(ReviewQuery, location="query", arg_name="asked")
@blueprint.output(ReviewList)
@blueprint.doc(summary=N_("Documents that wait for a review, or were sent back to the caller"))
def listing(asked: ReviewQuery) -> ReviewList:
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    part = PARTS.get(asked.state)
    with current_archive().reading() as session:
        total = inbox_queries.inbox_counts(session, actor).of(part) if part else 0
        offset = (asked.page - 1) * asked.size
        rows = inbox_queries.inbox(session, actor, part, offset=offset, limit=asked.size) if part else []
        found = queries.open_reviews(session, [row.id for row in rows])
    told = [_told(found[row.id]) for row in rows if row.id in found]
    return ReviewList(total=total, page=asked.page, size=asked.size, reviews=told)


@blueprint.get(f"{CURRENT}/review")
@blueprint.output(ReviewTold)
@blueprint.doc(summary=N_("How far a document's review is; 404 while it waits for none"))
def show(document_id: uuid.UUID) -> ReviewTold:
    with current_archive().reading() as session:
        seen_document(session, document_id)
        row = queries.open_review(session, document_id)
    if row is None:
        raise NotFound()
    return _told(row)


@blueprint.post(f"{CURRENT}/review")
@blueprint.input(ReviewAsked, arg_name="asked")
@blueprint.output(ReviewTold, status_code=201)
@blueprint.doc(
    summary=N_("Hand a described document in for filing"),
    responses={409: "Filed already, not read yet, or changed meanwhile", 422: "Something is missing"},
)
def submit(document_id: uuid.UUID, asked: ReviewAsked) -> Response:
    current_actor().must(Permission.UPLOAD)

    def effect(work: UnitOfWork) -> Reply:
        row = service.submit_for_review(
            work,
            document_id,
            facts_asked(asked),
            Place(asked.fonds, asked.year, asked.file_no, asked.dept),
            revision=asked.revision,
            new_file=NewFile(asked.new_file, asked.building) if asked.new_file else None,
        )
        return Reply(201, _told(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    try:
        return doors.answer(once(current_archive(), current_actor(), attempt, effect))
    except MissingFacts as error:
        return all_missing(error)


@blueprint.post(f"{CURRENT}/review/return")
@blueprint.input(SendBackAsked, arg_name="asked")
@blueprint.output(ReviewTold)
@blueprint.doc(
    summary=N_("Send a document back to be put right"), responses={409: "Filed, or changed meanwhile"}
)
def send_back(document_id: uuid.UUID, asked: SendBackAsked) -> Response:
    current_actor().must(Permission.FILE)

    def effect(work: UnitOfWork) -> Reply:
        row = service.send_back(work, document_id, asked.reason, asked.comment, revision=asked.revision)
        return Reply(200, _told(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.get(f"{CURRENT}/lock")
@blueprint.output(LockTold)
@blueprint.doc(summary=N_("Whether somebody edits the document now; 404 for nobody"))
def lock(document_id: uuid.UUID) -> LockTold:
    archive = current_archive()
    with archive.reading() as session:
        seen_document(session, document_id)
        row = queries.lock_of(session, document_id, archive.clock.now())
    if row is None:
        raise NotFound()
    return _lock_told(row)


@blueprint.post(f"{CURRENT}/lock")
@blueprint.output(LockTold)
@blueprint.doc(
    summary=N_("Take the edit lock for ten minutes, or keep it for ten more"),
    responses={409: "Somebody else works on it"},
)
def take_lock(document_id: uuid.UUID) -> LockTold:
    with current_archive().unit_of_work(current_actor()) as work:
        row = lock_service.take_lock(work, document_id)
    return _lock_told(row)


@blueprint.delete(f"{CURRENT}/lock")
@blueprint.output({}, status_code=204)
@blueprint.doc(summary=N_("Give one's own edit lock back"))
def release_lock(document_id: uuid.UUID) -> Response:
    with current_archive().unit_of_work(current_actor()) as work:
        lock_service.release_lock(work, document_id)
    return Response(status=204)


@blueprint.post(f"{CURRENT}/lock/break")
@blueprint.input(LockBroken, arg_name="asked")
@blueprint.output(LockTold)
@blueprint.doc(summary=N_("Take the edit lock over from whoever holds it, with a reason"))
def break_lock(document_id: uuid.UUID, asked: LockBroken) -> LockTold:
    current_actor().must(Permission.BREAK_LOCK)
    with current_archive().unit_of_work(current_actor()) as work:
        row = lock_service.break_lock(work, document_id, asked.reason)
    return _lock_told(row)
