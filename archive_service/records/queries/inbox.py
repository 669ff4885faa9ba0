"""What somebody has to look at: papers without a class, papers that could not be read; what waits to be filed, to be
reviewed, to be put right."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, Permission
from archive_service.records.models import UNFILED, Document, Review, Version
from archive_service.records.queries.documents import select_rows
from archive_service.records.queries.marked import unmarked
from archive_service.records.queries.reviewing import PENDING, SENT_BACK
from archive_service.records.queries.rows import DocumentRow, document_row
from archive_service.records.queries.sights import visible
from archive_service.records.rules import STUCK
from archive_service.records.rules.state_secrets import TROUBLE


class InboxPart(StrEnum):
    ALL = "all"
    UNCLASSIFIED = "unclassified"
    STUCK = "stuck"
    MINE = "mine"  # of all, what the actor brought in
    DESCRIBED = "described"  # has a class and is not filed yet
    REVIEW = "review"  # handed in for filing
    RETURNED = "returned"  # sent back to the actor


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Papers in each part, of what the actor may see."""

    all: int
    unclassified: int
    stuck: int
    mine: int
    described: int = 0
    review: int = 0
    returned: int = 0

    def of(self, part: InboxPart) -> int:
        return int(getattr(self, part.value))


def inbox(
    session: Session, actor: Actor, part: InboxPart = InboxPart.ALL, *, offset: int = 0, limit: int = 50
) -> list[DocumentRow]:
    """Newest first, in one statement."""
    # No index serves "without a class or stuck", but each half has one that gives its newest in their order.
    halves = [
        half.order_by(half.selected_columns.id.desc()).limit(offset + limit).subquery()
        for half in _halves(actor, part)
    ]
    either = union_all(*(select(half.c.id) for half in halves)).subquery()
    ids = select(either.c.id).order_by(either.c.id.desc()).offset(offset).limit(limit).subquery()
    query = select_rows(actor).join(ids, ids.c.id == Document.id).order_by(Document.id.desc())
    return [document_row(row) for row in session.execute(query)]


def inbox_counts(session: Session, actor: Actor) -> InboxCounts:
    """All of them in one statement, which walks each part once."""
    classed, mine = _not_unclassified(), _brought_in_by(actor)
    unclassified = _unclassified(actor).with_only_columns(
        func.count().label("all"), func.count(case((mine, 1))).label("mine")
    )
    stuck = stuck_papers(actor).with_only_columns(
        func.count().label("all"),
        func.count(case((classed, 1))).label("more"),
        func.count(case((and_(classed, mine), 1))).label("mine"),
    )
    one, other = unclassified.subquery().c, stuck.subquery().c
    rest = (
        select(func.count()).select_from(part.subquery()).scalar_subquery()
        for part in (_described(actor), _in_review(actor), _returned(actor))
    )
    query = select(one.all + other.more, one.all, other.all, one.mine + other.mine, *rest)
    return InboxCounts(*session.execute(query.join_from(one.all.table, other.all.table, true())).one())


def _halves(actor: Actor, part: InboxPart) -> list[Select[UUID]]:
    """Ids that have nothing in common, and are together those of ``part``."""
    if part is InboxPart.UNCLASSIFIED:
        return [_unclassified(actor)]
    if part is InboxPart.STUCK:
        return [stuck_papers(actor)]
    if part is InboxPart.DESCRIBED:
        return [_described(actor)]
    if part is InboxPart.REVIEW:
        return [_in_review(actor)]
    if part is InboxPart.RETURNED:
        return [_returned(actor)]
    halves = [_unclassified(actor), stuck_papers(actor).where(_not_unclassified())]
    return [half.where(_brought_in_by(actor)) for half in halves] if part is InboxPart.MINE else halves


def _unclassified(actor: Actor) -> Select[UUID]:
    return select(Document.id).where(
        Document.class_code.is_(None), visible(actor), Document.discarded_at.is_(None), unmarked()
    )


def stuck_papers(actor: Actor) -> Select[UUID]:
    """Ids of what could not be read, as the inbox shows them."""
    query = select(Version.document_id.label("id")).join(Document, Document.id == Version.document_id)
    stuck = Version.state.in_([state.value for state in STUCK])
    query = query.where(stuck, Version.is_current, visible(actor), Document.discarded_at.is_(None))
    if actor.may(Permission.FILE):
        return query
    # What bears the mark of a state secret is left to whoever brought it in and whoever says what becomes of it.
    return query.where(or_(func.coalesce(Version.trouble, "") != TROUBLE, _brought_in_by(actor)))


def _not_unclassified() -> ColumnElement[bool]:
    """On what could not be read: whether it isn't among those without a class anyway."""
    return or_(Document.class_code.is_not(None), Version.trouble == TROUBLE)


def _described(actor: Actor) -> Select[UUID]:
    # Not along the index of classes, which would walk all that was ever filed.
    classed = func.coalesce(Document.class_code, "") != ""
    return select(Document.id).where(UNFILED, classed, visible(actor), unmarked())


def _in_review(actor: Actor) -> Select[UUID]:
    query = select(Document.id).join(Review, Review.document_id == Document.id)
    return query.where(PENDING, UNFILED, visible(actor), unmarked())


def _returned(actor: Actor) -> Select[UUID]:
    query = select(Document.id).join(Review, Review.document_id == Document.id)
    mine = Review.mender == (actor.user_id or 0)
    return query.where(SENT_BACK, mine, UNFILED, visible(actor), unmarked())


def _brought_in_by(actor: Actor) -> ColumnElement[bool]:
    # Not along the index of who brought papers in: in a small office one person has brought in nearly all.
    return func.coalesce(Document.created_by, 0) == (actor.user_id or 0)
