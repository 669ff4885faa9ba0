"""Reads of documents and versions. Every list is one statement and a count, and shows only what the actor may see."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId, VersionId
from archive_service.kernel.levels import Level, Sight
from archive_service.records.models import Correction, Document, Page, Rendition, Version
from archive_service.records.rules import STUCK, UNREAD, VersionState


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its current version; texts are as stored, not masked."""

    id: DocumentId
    title: str
    class_code: str  # "" while it has none
    level: Level
    level_chosen: bool
    file_no: str
    doc_number: str
    unit: str
    owner: str
    doc_date: str
    created_at: datetime
    created_by: int | None
    discarded_at: datetime | None
    revision: int
    version_id: VersionId
    version_number: int
    state: VersionState
    trouble: str
    pages_total: int | None
    pages_read: int
    size: int
    media_type: str
    file_name: str
    flags: tuple[str, ...]
    digest: str
    has_thumbnail: bool  # a small picture of the first page, which who asked may see


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: VersionId
    document_id: DocumentId
    number: int
    is_current: bool
    digest: str
    size: int
    file_name: str
    media_type: str
    reason: str
    created_at: datetime
    created_by: int | None
    state: VersionState
    trouble: str
    pages_total: int | None
    pages_read: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """``class_code``: the class and what lies below it; "" with ``unclassified`` for documents without one.

    ``in_inbox``: those that somebody has to look at, without a class or stuck.
    """

    class_code: str = ""
    unclassified: bool = False
    states: tuple[VersionState, ...] = ()
    mine: bool = False
    discarded: bool = False
    in_inbox: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits, of what the actor may see."""

    documents: int
    unclassified: int
    unread: int
    stuck: int


Chosen = TypeVar("Chosen")
Sort = Literal["newest", "oldest", "title", "date"]


def visible(actor: Actor, at_least: Sight = Sight.MASKED) -> ColumnElement[bool]:
    """The view table as a condition on Document rows; the uploader's own papers can be viewed until classed.

    Levels have no index on purpose: with one, SQLite would gather all rows of all levels and sort them, where
    walking the newest ids finds a page of fifty at once.
    """
    seen = [rule for rule in actor.sights if rule.sight >= at_least]
    whole = {rule.level.value for rule in seen if rule.classes is None}
    if len(whole) == len(Level):
        return true()
    parts: list[ColumnElement[bool]] = [Document.level.in_(sorted(whole))] if whole else []
    for rule in seen:
        if rule.classes is not None and rule.level.value not in whole:
            code = Document.class_code
            under = [or_(code == c, code.startswith(c + ".", autoescape=True)) for c in rule.classes]
            parts.append(and_(Document.level == rule.level.value, or_(false(), *under)))
    if actor.user_id is not None and at_least <= Sight.VIEW:
        parts.append(and_(Document.created_by == actor.user_id, Document.class_code.is_(None)))
    return or_(false(), *parts)


def sight_of(actor: Actor, row: DocumentRow) -> Sight:
    """How much of ``row`` the actor may see. One's own papers can be viewed until they have a class."""
    sight = actor.sight(row.level, row.class_code or None)
    if actor.user_id is not None and row.created_by == actor.user_id and not row.class_code:
        return max(sight, Sight.VIEW)
    return sight


def small_picture(actor: Actor) -> ColumnElement[str | None]:
    """On pages and their documents: digest of the small picture that the actor may see, or None.

    Who sees a document masked gets the covered picture in its place; where nobody could find out what to cover
    there is none.
    """
    open_to_all = or_(visible(actor, Sight.VIEW), Page.masked_preview == Page.preview)
    return case((open_to_all, Page.thumbnail), else_=Page.masked_preview)


def _select_rows(actor: Actor) -> Select[Document, Version, bool]:
    first = select(small_picture(actor)).where(Page.version_id == Version.id, Page.number == 1)
    return select(Document, Version, first.scalar_subquery().is_not(None)).join(
        Version, and_(Version.document_id == Document.id, Version.is_current)
    )


def _document_row(row: Row[Document, Version, bool]) -> DocumentRow:
    d, v, has_thumbnail = row
    return _facts_of(d, v, has_thumbnail=has_thumbnail)


def _facts_of(d: Document, v: Version, *, has_thumbnail: bool) -> DocumentRow:
    return DocumentRow(
        id=DocumentId(d.id),
        title=d.title,
        class_code=d.class_code or "",
        level=Level(d.level),
        level_chosen=d.level_chosen,
        file_no=d.file_no,
        doc_number=d.doc_number,
        unit=d.unit,
        owner=d.owner,
        doc_date=d.doc_date,
        created_at=d.created_at,
        created_by=d.created_by,
        discarded_at=d.discarded_at,
        revision=d.revision,
        version_id=VersionId(v.id),
        version_number=v.number,
        state=VersionState(v.state),
        trouble=v.trouble or "",
        pages_total=v.pages_total,
        pages_read=v.pages_read,
        size=v.size,
        media_type=v.media_type,
        file_name=v.file_name,
        flags=tuple(v.flags),
        digest=v.digest,
        has_thumbnail=bool(has_thumbnail),
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
    if wanted.in_inbox:
        stuck = Version.state.in_([s.value for s in STUCK])
        conditions.append(or_(Document.class_code.is_(None), stuck))
    if wanted.states:
        conditions.append(Version.state.in_([s.value for s in wanted.states]))
    if wanted.mine:
        conditions.append(Document.created_by == actor.user_id)
    return conditions


def _chosen(query: Select[Chosen], actor: Actor, wanted: DocumentFilter) -> Select[Chosen]:
    """``query`` over Document kept to what is wanted; the current version joins in only where it is asked about."""
    if wanted.states or wanted.in_inbox:
        query = query.join(Version, and_(Version.document_id == Document.id, Version.is_current))
    return query.where(*_conditions(actor, wanted))


_ORDERS = {
    "newest": (Document.id.desc(),),  # ids are ordered by time
    "oldest": (Document.id.asc(),),
    "title": (Document.title, Document.id),
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
    query = _select_rows(actor).join(ids, ids.c.id == Document.id).order_by(*_ORDERS[sort])
    return [_document_row(row) for row in session.execute(query)]


def document_count(session: Session, actor: Actor, wanted: DocumentFilter) -> int:
    query = select(func.count()).select_from(Document)
    return session.scalar(_chosen(query, actor, wanted)) or 0


def documents_by_version(
    session: Session, actor: Actor, version_ids: Sequence[int]
) -> dict[int, tuple[DocumentRow, VersionRow]]:
    """The visible documents that the given versions, current or not, belong to, by version id."""
    wanted = select(Version).where(Version.id.in_(version_ids))
    hits = {v.id: _version_row(v) for v in session.scalars(wanted)}
    query = _select_rows(actor).where(
        Document.id.in_({v.document_id for v in hits.values()}),
        visible(actor),
        Document.discarded_at.is_(None),
    )
    rows = {row.id: row for row in map(_document_row, session.execute(query))}
    return {i: (rows[v.document_id], v) for i, v in hits.items() if v.document_id in rows}


def document(session: Session, actor: Actor, document_id: uuid.UUID) -> DocumentRow:
    """Raises NotFound, also for what the actor may not see."""
    row = session.execute(_select_rows(actor).where(Document.id == document_id, visible(actor))).one_or_none()
    if row is None:
        raise NotFound()
    return _document_row(row)


def documents_by_id(
    session: Session, actor: Actor, document_ids: Collection[uuid.UUID]
) -> dict[DocumentId, DocumentRow]:
    """Those of the given documents that the actor may see, by id, in one statement."""
    query = _select_rows(actor).where(
        Document.id.in_(document_ids), visible(actor), Document.discarded_at.is_(None)
    )
    return {row.id: row for row in map(_document_row, session.execute(query))}


def document_unchecked(session: Session, actor: Actor, document_id: uuid.UUID) -> DocumentRow:
    """For the service's own use, after rights were checked. Raises NoResultFound."""
    return _document_row(session.execute(_select_rows(actor).where(Document.id == document_id)).one())


def _version_row(v: Version) -> VersionRow:
    return VersionRow(
        id=VersionId(v.id),
        document_id=DocumentId(v.document_id),
        number=v.number,
        is_current=v.is_current,
        digest=v.digest,
        size=v.size,
        file_name=v.file_name,
        media_type=v.media_type,
        reason=v.reason,
        created_at=v.created_at,
        created_by=v.created_by,
        state=VersionState(v.state),
        trouble=v.trouble or "",
        pages_total=v.pages_total,
        pages_read=v.pages_read,
        flags=tuple(v.flags),
    )


def versions(session: Session, document_id: uuid.UUID) -> list[VersionRow]:
    """All versions, newest first. Whoever asks has been let in by ``document``."""
    query = select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    return [_version_row(v) for v in session.scalars(query)]


def version(session: Session, document_id: uuid.UUID, number: int) -> VersionRow:
    query = select(Version).where(Version.document_id == document_id, Version.number == number)
    found = session.scalar(query)
    if found is None:
        raise NotFound()
    return _version_row(found)


def version_by_id(session: Session, version_id: int) -> VersionRow:
    found = session.get(Version, version_id)
    if found is None:
        raise NotFound()
    return _version_row(found)


@dataclass(frozen=True, slots=True)
class SameBytes:
    """A document, and which of its versions has the bytes asked about: the newest, if several have."""

    document: DocumentRow
    version: VersionRow


def same_bytes(session: Session, actor: Actor, digest: str, limit: int = 5) -> list[SameBytes]:
    """Documents of which a version, the current or an older one, has these very bytes, of those that the actor
    sees in clear.

    Of others not even that much is told: who has a file must not learn by it whether it is here. Only bytes
    that somebody brought in themselves are no news to them.
    """
    return same_bytes_of_many(session, actor, [digest], limit).get(digest, [])


def same_bytes_of_many(
    session: Session, actor: Actor, digests: Collection[str], limit: int = 200
) -> dict[str, list[SameBytes]]:
    """``same_bytes`` of several digests at once, by digest; ``limit`` in all."""
    hit = aliased(Version)
    newest = select(hit.document_id, hit.digest, func.max(hit.id).label("id"))
    newest = newest.join(Document, Document.id == hit.document_id)
    newest = newest.where(hit.digest.in_(digests), _known_to(actor, hit), Document.discarded_at.is_(None))
    chosen = newest.group_by(hit.document_id, hit.digest).subquery()
    query = _select_rows(actor).add_columns(hit).join(chosen, chosen.c.document_id == Document.id)
    query = query.join(hit, hit.id == chosen.c.id).order_by(Document.id).limit(limit)
    found: dict[str, list[SameBytes]] = {}
    for document, version, has_thumbnail, same in session.execute(query):
        row = _facts_of(document, version, has_thumbnail=has_thumbnail)
        found.setdefault(same.digest, []).append(SameBytes(row, _version_row(same)))
    return found


def _known_to(actor: Actor, version: type[Version]) -> ColumnElement[bool]:
    """On rows of documents and ``version``: whether the actor may know which bytes these are."""
    in_clear = visible(actor, Sight.VIEW)
    if actor.user_id is None:
        return in_clear
    return or_(in_clear, and_(visible(actor), version.created_by == actor.user_id))


def counts(session: Session, actor: Actor) -> Counts:
    """The numbers on the work bench, in one statement; each counts along an index of its own."""
    there = and_(visible(actor), Document.discarded_at.is_(None))
    papers = select(func.count()).select_from(Document).where(there)

    def in_state(states: Iterable[VersionState]) -> ScalarSelect[int]:
        current = papers.join(Version, and_(Version.document_id == Document.id, Version.is_current))
        return current.where(Version.state.in_([s.value for s in states])).scalar_subquery()

    row = session.execute(
        select(
            papers.scalar_subquery(),
            papers.where(Document.class_code.is_(None)).scalar_subquery(),
            in_state(UNREAD),
            in_state(STUCK),
        )
    ).one()
    return Counts(*(int(n) for n in row))


def class_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many visible documents stand directly in each class; "" for those without one."""
    query = select(Document.class_code, func.count()).where(visible(actor), Document.discarded_at.is_(None))
    return {row[0] or "": row[1] for row in session.execute(query.group_by(Document.class_code))}


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    at: datetime
    by: int | None
    before: Mapping[str, str]
    after: Mapping[str, str]


def corrections(session: Session, document_id: uuid.UUID) -> list[CorrectionRow]:
    query = select(Correction).where(Correction.document_id == document_id).order_by(Correction.id.desc())
    return [CorrectionRow(c.at, c.by, c.before, c.after) for c in session.scalars(query.limit(100))]


def referenced_digests(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these blobs some row still names."""
    asked = list(digests)
    columns = (Version.digest, Page.preview, Page.masked_preview, Page.thumbnail, Rendition.digest)
    query = union(*(select(column).where(column.in_(asked)) for column in columns))
    return {d for d in session.scalars(query) if d is not None}


def known_versions(session: Session, after: int, limit: int = 1000) -> list[VersionRow]:
    """Versions with an id above ``after``, in order: for walks over the whole archive."""
    query = select(Version).where(Version.id > after).order_by(Version.id).limit(limit)
    return [_version_row(v) for v in session.scalars(query)]
