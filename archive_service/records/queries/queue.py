"""The papers that wait to be filed, one after the other: what the filing desk opens next, and what it begins with."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, Permission
from archive_service.records.models import (
    OPEN_REVIEW,
    UNFILED,
    CaseFile,
    Document,
    EditLock,
    Filing,
    Review,
    Version,
)
from archive_service.records.queries.case_files import CaseFileRow, case_file_row
from archive_service.records.queries.filing import facts_of
from archive_service.records.queries.marked import unmarked
from archive_service.records.queries.reviewing import PENDING, SENT_BACK
from archive_service.records.queries.sights import visible
from archive_service.records.rules import UNREAD
from archive_service.records.rules.case_files import FileState
from archive_service.records.rules.filing import FiledFacts

MOST_COUNTED: Final = 1000
MOST_FILES: Final = 50


class Queue(StrEnum):
    """``FILING``: everything the actor can prepare or file. ``REVIEW``: handed in. ``RETURNED``: sent back to them."""

    FILING = "filing"
    REVIEW = "review"
    RETURNED = "returned"


def _waiting(actor: Actor, queue: Queue) -> Select[uuid.UUID]:
    query = select(Document.id).where(UNFILED, visible(actor), unmarked())
    if queue is Queue.FILING:
        sent_back = exists().where(Review.document_id == Document.id, SENT_BACK)
        query = query.where(~sent_back, *_in_hand(actor))
        if not actor.may(Permission.FILE):
            query = query.where(~exists().where(Review.document_id == Document.id, OPEN_REVIEW))
        return query
    query = query.join(Review, Review.document_id == Document.id)
    if queue is Queue.REVIEW:
        return query.where(PENDING, *_in_hand(actor))
    return query.where(SENT_BACK, Review.mender == (actor.user_id or 0))


def _in_hand(actor: Actor) -> list[ColumnElement[bool]]:
    """What they can do something about: of their own classes, or brought in by themselves."""
    if not actor.may(Permission.DESCRIBE):
        return [Document.created_by == (actor.user_id or 0)]
    if actor.upload_classes is None:
        return []
    code = Document.class_code
    under = [or_(code == c, code.startswith(c + ".", autoescape=True)) for c in actor.upload_classes]
    return [or_(and_(code.is_(None), Document.created_by == (actor.user_id or 0)), *under)]


def next_waiting(
    session: Session, actor: Actor, queue: Queue, now: datetime, *, after: uuid.UUID | None = None
) -> uuid.UUID | None:
    """The newest paper that has been looked at by the reading and that nobody else works on; with ``after`` the next
    older one, and past the oldest the newest again, but not ``after`` itself. None: nothing else waits."""
    reading = exists().where(
        Version.document_id == Document.id,
        Version.is_current,
        Version.state.in_([state.value for state in UNREAD]),
    )
    others = exists().where(
        EditLock.document_id == Document.id,
        EditLock.expires_at > now,
        EditLock.held_by != (actor.user_id or 0),
    )
    query = _waiting(actor, queue).where(~reading, ~others).order_by(Document.id.desc()).limit(1)
    if after is not None:
        older = session.scalar(query.where(Document.id < after))
        return older if older is not None else session.scalar(query.where(Document.id > after))
    return session.scalar(query)


def waiting_count(session: Session, actor: Actor, queue: Queue) -> int:
    """At most MOST_COUNTED: beyond that nobody minds how many more there are."""
    some = _waiting(actor, queue).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


@dataclass(frozen=True, slots=True)
class LastFiled:
    """What was said of the paper of a class that was filed last, of those the actor sees."""

    facts: FiledFacts
    dept: str
    fonds: str


def last_filed(session: Session, actor: Actor, class_code: str) -> LastFiled | None:
    query = (
        select(Filing)
        .join(Document, Document.id == Filing.document_id)
        .where(Filing.class_code == class_code, visible(actor))
        .order_by(Filing.filed_at.desc())
        .limit(1)
    )
    found = session.scalar(query)
    return None if found is None else LastFiled(facts_of(found, None), found.dept or "", found.fonds)


def open_files_for(
    session: Session, class_code: str, unit: str
) -> tuple[list[CaseFileRow], list[CaseFileRow]]:
    """Open files of the class: those of the unit, then the newest of all. Of a class whose papers the actor sees."""
    files = select(CaseFile).where(CaseFile.class_code == class_code, CaseFile.state == FileState.OPEN.value)
    files = files.order_by(CaseFile.id.desc())
    of_unit = session.scalars(files.where(CaseFile.unit == unit).limit(MOST_FILES)).all() if unit else []
    newest = session.scalars(files.limit(MOST_FILES)).all()
    return [case_file_row(f) for f in of_unit], [case_file_row(f) for f in newest]
