"""Handing papers in for filing (送审), sending them back (退回), and what filing or discarding does to that.

Source: workflows.md §1: front desk or archivist prepares; an archivist who didn't bring the paper in files it or
sends it back.
"""

import uuid
from collections.abc import Mapping

from archive_service.classification import selectable_class
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden
from archive_service.records.models import Review
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import reviewing as queries
from archive_service.records.queries.reviewing import ReviewRow
from archive_service.records.rules import READ, STUCK, Description, TooLong, clean_text
from archive_service.records.rules.filing import (
    AlreadyFiled,
    FiledFacts,
    MissingFacts,
    NotReadYet,
    Place,
    clean_facts,
    missing,
    told,
)
from archive_service.records.rules.review import (
    LONGEST_COMMENT,
    REVIEW_MOVES,
    NeedsComment,
    NewFile,
    ReviewState,
    ReviewStep,
    SendBackReason,
)
from archive_service.records.rules.state_secrets import TROUBLE, MarkedPaper
from archive_service.records.service.case_files import may_file
from archive_service.records.service.changing import may_describe
from archive_service.records.service.documents import (
    StaleDescription,
    describe,
    locked_document,
    must_describe,
)
from archive_service.records.service.filing import pattern_of_class
from archive_service.records.service.locks import end_own_lock, refuse_if_edited
from archive_service.records.service.settling import move, open_row
from archive_service.unit_of_work import UnitOfWork


def submit_for_review(
    work: UnitOfWork,
    document_id: uuid.UUID,
    raw: FiledFacts,
    place: Place,
    *,
    revision: int,
    description: Description | None = None,
    new_file: NewFile | None = None,
) -> ReviewRow:
    """Hand a described paper in with all that its filing needs; the case file alone may be left to who files it.

    ``description``: what it shall be described as first. ``new_file``: the file to be opened for it. Handing in
    again what waits or was sent back replaces that. Raises NotFound, Forbidden, StaleDescription, BeingEdited,
    AlreadyFiled, MarkedPaper, NotReadYet, UnknownClass, NeedsDiscipline, MissingFacts, BadFact, TooLong, BadDate and as
    ``describe``.
    """
    document = locked_document(work, document_id)
    must_describe(work, document)
    if document.archival_no is not None:
        raise AlreadyFiled(archival_no=document.archival_no)
    refuse_if_edited(work, document)
    if document.revision != revision:
        raise StaleDescription()
    before = open_row(work, document.id)
    if description is not None:
        describe(work, document.id, description, revision=revision)
    row = selectable_class(work, document.class_code or "")
    current = document_queries.document_unchecked(work.session, work.actor, document.id)
    if current.trouble == TROUBLE:
        raise MarkedPaper()
    if current.state not in READ and not (current.state in STUCK and current.trouble == "unsupported"):
        raise NotReadYet()
    facts = clean_facts(raw)
    wished = place.file_no or (new_file.title if new_file else "") or "later"
    absent = missing(
        facts,
        Place(place.fonds, place.year, wished, place.dept),
        class_code=row.code,
        pattern=pattern_of_class(row),
        title=document.title,
        doc_date=document.doc_date,
        unit=document.unit,
    )
    if absent:
        raise MissingFacts(field=absent[0], fields=",".join(absent))
    mender = work.actor.user_id if work.actor.user_id is not None else document.created_by
    if before is not None:
        if before.state == ReviewState.REJECTED.value and before.mender is not None:
            mender = before.mender
        move(work, before, ReviewStep.SUBMIT_AGAIN)
    kept = Review(
        document_id=document.id,
        state=ReviewState.PENDING.value,
        submitted_at=work.now,
        submitted_by=work.actor.user_id,
        revision=document.revision,
        facts=as_asked(facts, place, new_file),
        mender=mender,
    )
    work.session.add(kept)
    work.session.flush()
    end_own_lock(work, document.id)
    work.audit("document.submitted", f"document:{document.id}", revision=document.revision)
    return queries.review_row(kept)


def as_asked(facts: FiledFacts, place: Place, new_file: NewFile | None) -> dict[str, str]:
    """Everything of a filing that isn't in the description, as a form would send it."""
    texts = told(facts) | {
        "fonds": place.fonds,
        "year": str(place.year or ""),
        "file_no": place.file_no,
        "dept": place.dept.value if place.dept else "",
    }
    if new_file is not None:
        texts |= {"new_file": "1", "file_title": new_file.title, "building": new_file.building}
    return texts


def send_back(
    work: UnitOfWork, document_id: uuid.UUID, reason: SendBackReason, comment: str = "", *, revision: int
) -> ReviewRow:
    """Give a paper back to whoever handed it in, else to whoever brought it in, to be put right.

    Raises NotFound, Forbidden, BeingEdited, StaleDescription, AlreadyFiled, NeedsComment, TooLong.
    """
    work.actor.must(Permission.FILE)
    document = locked_document(work, document_id)
    if document.class_code and not may_file(work.actor, document.class_code):
        raise Forbidden()
    if not document.class_code and not may_describe(
        work.actor,
        work.now,
        class_code=None,
        created_at=document.created_at,
        created_by=document.created_by,
    ):
        raise Forbidden()
    if document.archival_no is not None:
        raise AlreadyFiled(archival_no=document.archival_no)
    refuse_if_edited(work, document)
    if document.revision != revision:
        raise StaleDescription()
    comment = clean_text(comment)
    if len(comment) > LONGEST_COMMENT:
        raise TooLong(field="comment", most=LONGEST_COMMENT)
    if reason is SendBackReason.OTHER and not comment:
        raise NeedsComment(field="comment")
    row = open_row(work, document.id)
    if row is not None and row.state == ReviewState.PENDING.value:
        row.state = REVIEW_MOVES[ReviewState.PENDING, ReviewStep.SEND_BACK].value
    else:
        facts: Mapping[str, str] = row.facts if row is not None else {}
        mender = row.mender if row is not None else document.created_by
        if row is not None:
            move(work, row, ReviewStep.SEND_BACK)
        row = Review(
            document_id=document.id,
            state=ReviewState.REJECTED.value,
            revision=document.revision,
            facts=dict(facts),
            mender=mender,
        )
        work.session.add(row)
    row.decided_at, row.decided_by = work.now, work.actor.user_id
    row.reason, row.comment = reason.value, comment
    work.session.flush()
    end_own_lock(work, document.id)
    work.audit("document.sent-back", f"document:{document.id}", reason=reason.value)
    return queries.review_row(row)
