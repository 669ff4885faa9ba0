"""Reads of documents. Every list is one statement and a count, and shows only what the actor may see."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Sight
from archive_service.records.models import Correction, Document, Filing, Page, Version
from archive_service.records.queries.marked import unmarked
from archive_service.records.queries.rows import DocumentRow, VersionRow, document_row, version_row
from archive_service.records.queries.sights import small_picture, visible
from archive_service.records.rules import VersionState


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """``class_code``: the class and what lies below it; "" with ``unclassified`` for documents without one.

    What bears the mark of a state secret is in none of these lists until it is filed: ``queries.marked``.
    """

    class_code: str = ""
    unclassified: bool = False
    states: tuple[VersionState, ...] = ()
    mine: bool = False
    discarded: bool = False
    filed: bool | None = None  # None: whether filed or not


Chosen = TypeVar("Chosen")
Sort = Literal["newest", "oldest", "title", "date"]


def select_rows(actor: Actor) -> Select[Document, Version, bool, int | None]:
    first = select(small_picture(actor)).where(Page.version_id == Version.id, Page.number == 1)
    stands_in = select(Filing.case_file_id).where(Filing.document_id == Document.id).scalar_subquery()
    return select(Document, Version, first.scalar_subquery().is_not(None), stands_in).join(
        Version, and_(Version.document_id == Document.id, Version.is_current)
    )


def _conditions(actor: Actor, wanted: DocumentFilter) -> list[ColumnElement[bool]]:
    conditions = [visible(actor)]
    conditions.append(
        Document.discarded_at.is_not(None) if wanted.discarded else Document.discarded_at.is_(None)
    )
    if wanted.unclassified:
        conditions.append(Document.class_code.is_(None))
    elif wanted.class_code:
        code = wanted.class_code
        below = Document.class_code.startswith(code + ".", autoescape=True)
        conditions.append(or_(Document.class_code == code, below))
    if wanted.filed is not True:  # what is filed keeps its row
        conditions.append(unmarked())
    if wanted.states:
        conditions.append(Version.state.in_([s.value for s in wanted.states]))
    if wanted.filed is not None:
        number = Document.archival_no
        conditions.append(number.is_not(None) if wanted.filed else number.is_(None))
    if wanted.mine:
        conditions.append(Document.created_by == actor.user_id)
    return conditions


def _chosen(query: Select[Chosen], actor: Actor, wanted: DocumentFilter) -> Select[Chosen]:
    """``query`` over Document kept to what is wanted; the current version joins in only where it is asked about."""
    if wanted.states:
        query = query.join(Version, and_(Version.document_id == Document.id, Version.is_current))
    return query.where(*_conditions(actor, wanted))


_ORDERS = {
    "newest": (Document.id.desc(),),  # ids are ordered by time
    "oldest": (Document.id.asc(),),
    "title": (Document.title_masked, Document.id),
    "date": (Document.doc_date.desc(), Document.id.desc()),
}


def documents(
    session: Session,
    actor: Actor,
    wanted: DocumentFilter = DocumentFilter(),
    *,
    sort: Sort = "newest",
    offset: int = 0,
    limit: int = 50,
) -> list[DocumentRow]:
    # Ids first, along one index: joined at once, SQLite would begin with the versions and sort them all.
    ids = (
        _chosen(select(Document.id), actor, wanted)
        .order_by(*_ORDERS[sort])
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    query = select_rows(actor).join(ids, ids.c.id == Document.id).order_by(*_ORDERS[sort])
    return [document_row(row) for row in session.execute(query)]


def document_count(session: Session, actor: Actor, wanted: DocumentFilter) -> int:
    query = select(func.count()).select_from(Document)
    return session.scalar(_chosen(query, actor, wanted)) or 0


def documents_by_version(
    session: Session, actor: Actor, version_ids: Sequence[int], *, at_least: Sight = Sight.FACTS
) -> dict[int, tuple[DocumentRow, VersionRow]]:
    """The documents that the given versions, current or not, belong to, by version id, as far as the actor sees
    ``at_least`` so much of them."""
    wanted = select(Version).where(Version.id.in_(version_ids))
    hits = {v.id: version_row(v) for v in session.scalars(wanted)}
    query = select_rows(actor).where(
        Document.id.in_({v.document_id for v in hits.values()}),
        visible(actor, at_least),
        Document.discarded_at.is_(None),
    )
    rows = {row.id: row for row in map(document_row, session.execute(query))}
    return {i: (rows[v.document_id], v) for i, v in hits.items() if v.document_id in rows}


def document(session: Session, actor: Actor, document_id: uuid.UUID) -> DocumentRow:
    """Raises NotFound, also for what the actor may not see."""
    row = session.execute(select_rows(actor).where(Document.id == document_id, visible(actor))).one_or_none()
    if row is None:
        raise NotFound()
    return document_row(row)


def documents_by_id(
    session: Session, actor: Actor, document_ids: Collection[uuid.UUID], *, replaced: bool = False
) -> dict[DocumentId, DocumentRow]:
    """Those of the given documents that the actor may see, by id, in one statement; ``replaced``: also those whose
    pages other documents hold now."""
    there = Document.discarded_at.is_(None)
    query = select_rows(actor).where(
        Document.id.in_(document_ids),
        visible(actor),
        or_(there, Document.replaced_at.is_not(None)) if replaced else there,
    )
    return {row.id: row for row in map(document_row, session.execute(query))}


def document_unchecked(session: Session, actor: Actor, document_id: uuid.UUID) -> DocumentRow:
    """For the service's own use, after rights were checked. Raises NoResultFound."""
    return document_row(session.execute(select_rows(actor).where(Document.id == document_id)).one())


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    at: datetime
    by: int | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    revision: int = 0
    reason: str = ""


def corrections(session: Session, document_id: uuid.UUID) -> list[CorrectionRow]:
    query = select(Correction).where(Correction.document_id == document_id).order_by(Correction.id.desc())
    return [
        CorrectionRow(c.at, c.by, c.before, c.after, c.revision, c.reason)
        for c in session.scalars(query.limit(100))
    ]
