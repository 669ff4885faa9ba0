"""Cross-references between documents and between case files (互见、参见): come and go, each with who and when."""

import uuid

from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden
from archive_service.records.models import Document, Relation
from archive_service.records.queries import case_files as file_queries
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import relations as queries
from archive_service.records.rules import TooLong, clean_text
from archive_service.records.rules.relations import (
    BETWEEN_FILES,
    SYMMETRIC,
    NotBetweenFiles,
    RelatedAlready,
    RelatedToItself,
    RelationKind,
)
from archive_service.records.rules.state_secrets import TROUBLE, MarkedPaper
from archive_service.records.service.case_files import may_file
from archive_service.records.service.documents import must_describe
from archive_service.unit_of_work import UnitOfWork

LONGEST_NOTE = 200


def relate_documents(
    work: UnitOfWork, document_id: uuid.UUID, other_id: uuid.UUID, kind: RelationKind, *, note: str = ""
) -> int:
    """Say that one document refers to another; the id of what was said.

    Who may describe the first and sees the second may. Raises NotFound, Forbidden, RelatedToItself, RelatedAlready,
    MarkedPaper, TooLong.
    """
    must_link(work, document_id)
    here = document_queries.document(work.session, work.actor, document_id)
    there = document_queries.document(work.session, work.actor, other_id)
    if here.id == there.id:
        raise RelatedToItself(field="other")
    if TROUBLE in {here.trouble, there.trouble}:
        raise MarkedPaper()
    one, other = sorted((here.id, there.id)) if kind in SYMMETRIC else (here.id, there.id)
    row = Relation(document_id=one, other_document_id=other)
    relation_id = _kept(work, row, kind, note)
    for end in (here.id, there.id):
        work.audit("relation.added", f"document:{end}", relation=relation_id)
    return relation_id


def relate_case_files(
    work: UnitOfWork, case_file_id: int, other_id: int, kind: RelationKind, *, note: str = ""
) -> int:
    """The same of case files, for who keeps the first.

    Raises NotFound, Forbidden, NotBetweenFiles, RelatedToItself, RelatedAlready, TooLong.
    """
    here = file_queries.case_file(work.session, work.actor, case_file_id)
    there = file_queries.case_file(work.session, work.actor, other_id)
    if not may_file(work.actor, here.class_code):
        raise Forbidden()
    if kind not in BETWEEN_FILES:
        raise NotBetweenFiles(field="kind")
    if here.id == there.id:
        raise RelatedToItself(field="other")
    one, other = sorted((here.id, there.id)) if kind in SYMMETRIC else (here.id, there.id)
    row = Relation(case_file_id=one, other_case_file_id=other)
    relation_id = _kept(work, row, kind, note)
    for end in (here.id, there.id):
        work.audit("relation.added", f"case-file:{end}", relation=relation_id)
    return relation_id


def must_link(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """Whether the actor may link this document with others. Raises NotFound, Forbidden."""
    document_queries.document(work.session, work.actor, document_id)
    document = work.session.get(Document, document_id)
    assert document is not None, "it was found a moment ago"
    must_describe(work, document)


def _kept(work: UnitOfWork, row: Relation, kind: RelationKind, note: str) -> int:
    row.note = clean_text(note)
    if len(row.note) > LONGEST_NOTE:
        raise TooLong(field="note", most=LONGEST_NOTE)
    row.kind, row.added_at, row.added_by = kind.value, work.now, work.actor.user_id
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as error:
        raise RelatedAlready() from error
    return row.id


def unrelate(work: UnitOfWork, relation_id: int) -> None:
    """Take a cross-reference away; that it was there, and from when to when, stays. For who may describe either end.

    Raises NotFound, Forbidden.
    """
    work.actor.must(Permission.SEARCH)
    row = queries.relation(work.session, work.actor, relation_id, lock=True)
    if row.document_id is not None and row.other_document_id is not None:
        ends = [f"document:{row.document_id}", f"document:{row.other_document_id}"]
        _must_describe_either(work, row.document_id, row.other_document_id)
    else:
        files = [
            file_queries.case_file(work.session, work.actor, end)
            for end in (row.case_file_id, row.other_case_file_id)
            if end is not None
        ]
        if not any(may_file(work.actor, file.class_code) for file in files):
            raise Forbidden()
        ends = [f"case-file:{file.id}" for file in files]
    row.removed_at, row.removed_by = work.now, work.actor.user_id
    work.session.flush()
    for end in ends:
        work.audit("relation.removed", end, relation=relation_id)


def _must_describe_either(work: UnitOfWork, one: uuid.UUID, other: uuid.UUID) -> None:
    try:
        must_link(work, one)
    except Forbidden:
        must_link(work, other)
