"""Cross-references of a document or a case file, as far as the actor sees the other end."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.records.models import LIVE_RELATION, CaseFile, Document, EmptyNumber, Relation
from archive_service.records.queries.case_files import seen_files
from archive_service.records.queries.sights import visible
from archive_service.records.rules.case_files import CaseFileId
from archive_service.records.rules.numbers import normalised
from archive_service.records.rules.placing import EmptyKind
from archive_service.records.rules.relations import RelationKind

MOST: Final = 100
"""Of one paper; who has more wants a case file."""


@dataclass(frozen=True, slots=True)
class RelationRow:
    """``outward``: the relation reads from the paper asked about to the other one. Of ``document_id`` and
    ``case_file_id`` one is the other end."""

    id: int
    kind: RelationKind
    outward: bool
    document_id: DocumentId | None
    case_file_id: CaseFileId | None
    number: str
    title: str
    note: str
    added_at: datetime
    added_by: int | None


def relations_of_document(session: Session, actor: Actor, document_id: uuid.UUID) -> list[RelationRow]:
    """Whoever asks has been let in by ``document``."""
    rows: list[RelationRow] = []
    for outward, here, there in (
        (True, Relation.document_id, Relation.other_document_id),
        (False, Relation.other_document_id, Relation.document_id),
    ):
        query = (
            select(Relation, Document)
            .join(Document, Document.id == there)
            .where(here == document_id, LIVE_RELATION, visible(actor), Document.discarded_at.is_(None))
            .order_by(Relation.id)
            .limit(MOST)
        )
        rows += [
            _row(r, outward, d.archival_no or "", d.title, document_id=DocumentId(d.id))
            for r, d in session.execute(query)
        ]
    return sorted(rows, key=lambda row: row.id)


def relations_of_case_file(session: Session, actor: Actor, case_file_id: int) -> list[RelationRow]:
    """Whoever asks has been let in by ``case_file``."""
    rows: list[RelationRow] = []
    for outward, here, there in (
        (True, Relation.case_file_id, Relation.other_case_file_id),
        (False, Relation.other_case_file_id, Relation.case_file_id),
    ):
        query = (
            select(Relation, CaseFile)
            .join(CaseFile, CaseFile.id == there)
            .where(here == case_file_id, LIVE_RELATION, seen_files(session, actor))
            .order_by(Relation.id)
            .limit(MOST)
        )
        rows += [
            _row(r, outward, f.file_no, f.title, case_file_id=CaseFileId(f.id))
            for r, f in session.execute(query)
        ]
    return sorted(rows, key=lambda row: row.id)


def _row(  # noqa: PLR0917  (two kinds of ends that differ in nothing else)
    r: Relation,
    outward: bool,
    number: str,
    title: str,
    document_id: DocumentId | None = None,
    case_file_id: CaseFileId | None = None,
) -> RelationRow:
    return RelationRow(
        r.id,
        RelationKind(r.kind),
        outward,
        document_id,
        case_file_id,
        number,
        title,
        r.note,
        r.added_at,
        r.added_by,
    )


def relation(session: Session, actor: Actor, relation_id: int) -> Relation:
    """A living one both ends of which the actor sees. Raises NotFound."""
    found = session.scalar(select(Relation).where(Relation.id == relation_id, LIVE_RELATION))
    if found is None:
        raise NotFound()
    documents = select(Document.id).where(
        Document.id.in_([found.document_id, found.other_document_id]),
        visible(actor),
        Document.discarded_at.is_(None),
    )
    files = select(CaseFile.id).where(
        CaseFile.id.in_([found.case_file_id, found.other_case_file_id]), seen_files(session, actor)
    )
    ends: list[object] = list(session.scalars(documents if found.document_id is not None else files))
    if len(ends) != 2:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class EmptyNumberRow:
    """``now``: the number that the paper has now, "" where it has none or the actor may not see the paper."""

    archival_no: str
    kind: EmptyKind
    document_id: DocumentId | None
    now: str
    reason: str
    emptied_at: datetime
    emptied_by: int | None


def empty_number(session: Session, actor: Actor, typed: str) -> EmptyNumberRow | None:
    """What became of a number that stands for no paper any more, in any spelling; None for every other."""
    query = (
        select(EmptyNumber, Document.archival_no)
        .outerjoin(Document, (Document.id == EmptyNumber.document_id) & visible(actor))
        .where(EmptyNumber.archival_no == normalised(typed))
    )
    found = session.execute(query).one_or_none()
    return None if found is None else _empty(found[0], found[1], actor_sees=found[1] is not None)


def former_numbers(session: Session, document_id: uuid.UUID) -> list[EmptyNumberRow]:
    """Those that a document once had, newest first. Whoever asks has been let in by ``document``."""
    query = (
        select(EmptyNumber, Document.archival_no)
        .join(Document, Document.id == EmptyNumber.document_id)
        .where(EmptyNumber.document_id == document_id)
        .order_by(EmptyNumber.emptied_at.desc())
    )
    return [_empty(e, now, actor_sees=True) for e, now in session.execute(query.limit(MOST))]


def _empty(e: EmptyNumber, now: str | None, *, actor_sees: bool) -> EmptyNumberRow:
    return EmptyNumberRow(
        e.archival_no,
        EmptyKind(e.kind),
        DocumentId(e.document_id) if actor_sees else None,
        now or "",
        e.reason,
        e.emptied_at,
        e.emptied_by,
    )
