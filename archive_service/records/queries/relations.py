"""Cross-references of a document or a case file, as far as the actor sees the other end."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId, parse_uuid
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
    here, there = Relation.document_id, Relation.other_document_id
    query = (
        select(Relation, Document)
        .join(
            Document,
            or_(
                and_(here == document_id, Document.id == there),
                and_(there == document_id, Document.id == here),
            ),
        )
        .where(LIVE_RELATION, visible(actor), Document.discarded_at.is_(None))
        .order_by(Relation.id)
        .limit(MOST)
    )
    return [
        _row(r, r.document_id == document_id, d.archival_no or "", d.title, document_id=DocumentId(d.id))
        for r, d in session.execute(query)
    ]


def relations_of_case_file(session: Session, actor: Actor, case_file_id: int) -> list[RelationRow]:
    """Whoever asks has been let in by ``case_file``."""
    here, there = Relation.case_file_id, Relation.other_case_file_id
    query = (
        select(Relation, CaseFile)
        .join(
            CaseFile,
            or_(
                and_(here == case_file_id, CaseFile.id == there),
                and_(there == case_file_id, CaseFile.id == here),
            ),
        )
        .where(LIVE_RELATION, seen_files(session, actor))
        .order_by(Relation.id)
        .limit(MOST)
    )
    return [
        _row(r, r.case_file_id == case_file_id, f.file_no, f.title, case_file_id=CaseFileId(f.id))
        for r, f in session.execute(query)
    ]


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


def relation(session: Session, actor: Actor, relation_id: int, *, lock: bool = False) -> Relation:
    """A living one both ends of which the actor sees. Raises NotFound."""
    wanted = select(Relation).where(Relation.id == relation_id, LIVE_RELATION)
    found = session.scalar(wanted.with_for_update() if lock else wanted)
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
    """``now``: the number that the paper has now, "" where it has none."""

    archival_no: str
    kind: EmptyKind
    document_id: DocumentId
    now: str
    reason: str
    emptied_at: datetime
    emptied_by: int | None


def document_called(session: Session, actor: Actor, typed: str) -> DocumentId | None:
    """The document that somebody means by a number, present or former, in any spelling, or by its id, alone or in an
    address; None where there is none that they see.
    """
    typed = typed.strip()[:400].replace("\0", "")
    document_id = _id_in(typed)
    number = normalised(typed)
    former = select(EmptyNumber.document_id).where(EmptyNumber.archival_no == number)
    called = (
        Document.id == document_id
        if document_id is not None
        else or_(Document.archival_no == number, Document.id.in_(former))
    )
    query = select(Document.id).where(called, visible(actor), Document.discarded_at.is_(None))
    found = session.scalar(query.order_by(Document.archival_no != number).limit(1))
    return None if found is None else DocumentId(found)


def _id_in(typed: str) -> uuid.UUID | None:
    """The last id in an address as copied from a browser, whatever stands behind it."""
    path = typed.partition("?")[0].partition("#")[0]
    return next((found for piece in reversed(path.split("/")) if (found := parse_uuid(piece))), None)


def empty_number(session: Session, actor: Actor, typed: str) -> EmptyNumberRow | None:
    """What became of a number that stands for no paper any more, in any spelling; None for every other, and where the
    actor may not see the paper."""
    query = _emptied(actor).where(EmptyNumber.archival_no == normalised(typed))
    found = session.execute(query).one_or_none()
    return None if found is None else _empty(*found)


def former_numbers(session: Session, actor: Actor, document_id: uuid.UUID) -> list[EmptyNumberRow]:
    """Those that a document once had, newest first, if the actor sees it."""
    query = _emptied(actor).where(EmptyNumber.document_id == document_id)
    found = session.execute(query.order_by(EmptyNumber.emptied_at.desc()).limit(MOST))
    return [_empty(*row) for row in found]


def _emptied(actor: Actor) -> Select[EmptyNumber, str | None]:
    joined = select(EmptyNumber, Document.archival_no).join(Document, Document.id == EmptyNumber.document_id)
    return joined.where(visible(actor))


def _empty(e: EmptyNumber, now: str | None) -> EmptyNumberRow:
    return EmptyNumberRow(
        e.archival_no,
        EmptyKind(e.kind),
        DocumentId(e.document_id),
        now or "",
        e.reason,
        e.emptied_at,
        e.emptied_by,
    )
