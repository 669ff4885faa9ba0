"""Which blobs belong to versions, and which are still named: for walks over the whole store."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, union, union_all
from sqlalchemy.orm import Session

from archive_service.records.models import Page, Rendition, Version


def derived_digests(session: Session, version_ids: Sequence[int]) -> list[tuple[int, str]]:
    """(version id, digest) of every picture and rendition of these versions."""
    pages = (Page.preview, Page.masked_preview, Page.thumbnail)
    parts = [
        select(Page.version_id, column).where(Page.version_id.in_(version_ids), column.is_not(None))
        for column in pages
    ]
    made = select(Rendition.version_id, Rendition.digest).where(
        Rendition.version_id.in_(version_ids), Rendition.digest.is_not(None)
    )
    rows = session.execute(union_all(*parts, made))
    return [(version_id, digest) for version_id, digest in rows if digest is not None]


def referenced_digests(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these blobs some row still names."""
    asked = list(digests)
    columns = (Version.digest, Page.preview, Page.masked_preview, Page.thumbnail, Rendition.digest)
    query = union(*(select(column).where(column.in_(asked)) for column in columns))
    return {d for d in session.scalars(query) if d is not None}
