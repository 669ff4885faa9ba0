"""Which documents have the very bytes that come in once more."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Sight
from archive_service.records.models import Document, Filing, Version
from archive_service.records.queries.documents import select_rows
from archive_service.records.queries.rows import DocumentRow, VersionRow, facts_of, version_row
from archive_service.records.queries.sights import visible


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
    query = select_rows(actor).add_columns(hit).join(chosen, chosen.c.document_id == Document.id)
    query = query.join(hit, hit.id == chosen.c.id).order_by(Document.id).limit(limit)
    found: dict[str, list[SameBytes]] = {}
    for document, version, has_thumbnail, case_file_id, same in session.execute(query):
        row = facts_of(document, version, has_thumbnail=has_thumbnail, case_file_id=case_file_id)
        found.setdefault(same.digest, []).append(SameBytes(row, version_row(same)))
    return found


def may_know_bytes(session: Session, actor: Actor, version_id: int) -> bool:
    """Whether the actor may be told of bytes in hand that they are those of this version."""
    query = select(Version.id).join(Document, Document.id == Version.document_id)
    return session.scalar(query.where(Version.id == version_id, _known_to(actor, Version))) is not None


def other_filed(session: Session, actor: Actor, document_id: uuid.UUID, digest: str) -> bool:
    """Whether another document that is filed has these very bytes now, and the actor may know it."""
    query = (
        select(Filing.document_id)
        .join(Document, Document.id == Filing.document_id)
        .join(Version, and_(Version.document_id == Filing.document_id, Version.is_current))
        .where(Version.digest == digest, Filing.document_id != document_id, _known_to(actor, Version))
    )
    return session.scalar(query.limit(1)) is not None


def _known_to(actor: Actor, version: type[Version]) -> ColumnElement[bool]:
    """On rows of documents and ``version``: whether the actor may know which bytes these are."""
    in_clear = visible(actor, Sight.VIEW)
    if actor.user_id is None:
        return in_clear
    return or_(in_clear, and_(visible(actor), version.created_by == actor.user_id))
