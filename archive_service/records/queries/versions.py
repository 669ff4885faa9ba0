"""Reads of versions. Whoever asks has been let in by ``document``, or walks for the service itself."""

import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from archive_service import outbox
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Sight
from archive_service.records.models import Document, Version
from archive_service.records.queries.rows import VersionRow, version_row
from archive_service.records.queries.sights import granted_by_name, visible
from archive_service.records.rules import VersionState
from archive_service.records.rules.state_secrets import TROUBLE as MARKED


def versions(session: Session, document_id: uuid.UUID) -> list[VersionRow]:
    """All versions, newest first. Whoever asks has been let in by ``document``."""
    query = select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    return [version_row(v) for v in session.scalars(query)]


def version(session: Session, document_id: uuid.UUID, number: int) -> VersionRow:
    query = select(Version).where(Version.document_id == document_id, Version.number == number)
    found = session.scalar(query)
    if found is None:
        raise NotFound()
    return version_row(found)


def version_by_id(session: Session, version_id: int) -> VersionRow:
    found = session.get(Version, version_id)
    if found is None:
        raise NotFound()
    return version_row(found)


def versions_granted(session: Session, actor: Actor) -> list[int]:
    """Ids of all versions of the papers whose pages were opened to the actor by name. One statement."""
    query = select(Version.id).join(Document, Document.id == Version.document_id)
    return list(session.scalars(query.where(granted_by_name(actor))))


def versions_closed_unindexed(session: Session, actor: Actor) -> list[int]:
    """Ids of the versions whose pages the actor may not see, discarded ones with them, of documents that changed after
    they came and of which the index hasn't been told: until then its entry may say otherwise. One statement.

    Whatever an entry depends on makes its version wait for the index again and announces it, so only those that wait
    are looked at, and where nothing is announced there are none.
    """
    seen = case(
        (visible(actor, Sight.MASKED), 1), else_=0
    )  # told by three values, NOT would lose the unknown
    closed = or_(Document.discarded_at.is_not(None), and_(Document.revision > 1, seen == 0))
    query = select(Version.id).join(Document, Document.id == Version.document_id)
    query = query.where(outbox.any_undone("version.read"), Version.state.in_(_WAITING))
    return list(session.scalars(query.where(or_(closed, Version.trouble == MARKED))))


_WAITING: Final = sorted(state.value for state in VersionState if state is not VersionState.SEARCHABLE)


def version_states(session: Session, version_ids: Sequence[int]) -> dict[int, VersionState]:
    """By version id; nothing of those that there are not."""
    rows = session.execute(select(Version.id, Version.state).where(Version.id.in_(version_ids)))
    return {row.id: VersionState(row.state) for row in rows}


def known_versions(session: Session, after: int, limit: int = 1000) -> list[VersionRow]:
    """Versions with an id above ``after``, in order: for walks over the whole archive."""
    query = select(Version).where(Version.id > after).order_by(Version.id).limit(limit)
    return [version_row(v) for v in session.scalars(query)]
