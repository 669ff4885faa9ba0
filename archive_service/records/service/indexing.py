"""Verbs between versions and the search index: what it has to hear of, and what it was told.

Whatever an entry depends on changes in a transaction that holds the version's row and publishes
``version.read``. So the message always comes after the change, whichever of two transactions commits first.
"""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select

from archive_service.records.models import Version
from archive_service.records.queries.pages import version_stamps
from archive_service.records.rules import READ, VersionState, VersionStep, after
from archive_service.unit_of_work import UnitOfWork


def announce_document(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """The entries of all its versions are out of date, whether these have been read or not."""
    for version in _locked(work, select(Version).where(Version.document_id == document_id)):
        announce(work, version)


def announce(work: UnitOfWork, version: Version) -> None:
    """The index shall look at this version again, which the caller has locked or just made."""
    if version.state in READ:
        version.state = after(VersionState(version.state), VersionStep.REINDEX).value
    work.publish("version.read", version_id=version.id)


def mark_searchable(work: UnitOfWork, indexed: Mapping[int, int | None]) -> None:
    """The index holds these versions as they were with these stamps; None: it no longer holds them.

    Those that have changed in the meantime are announced again instead.
    """
    versions = _locked(work, select(Version).where(Version.id.in_(list(indexed))))
    # Read while the rows are locked, in a statement of its own: one that had to wait for a lock would still
    # show the document as it was before.
    stamps = version_stamps(work.session, list(indexed))
    for version in versions:
        if stamps.get(version.id) != indexed[version.id]:
            announce(work, version)
        elif version.state == VersionState.READABLE and version.id in stamps:
            version.state = after(VersionState.READABLE, VersionStep.INDEX).value


def unmark_searchable(work: UnitOfWork, version_ids: Sequence[int]) -> None:
    """The index has lost these versions, or holds them as they no longer are: announce them to it anew."""
    for version in _locked(work, select(Version).where(Version.id.in_(version_ids))):
        announce(work, version)


def _locked(work: UnitOfWork, wanted: Select[Version]) -> Sequence[Version]:
    """Always in the same order, so that two of them never wait for each other."""
    locked = wanted.order_by(Version.id).with_for_update()
    return work.session.scalars(locked.execution_options(populate_existing=True)).all()
