"""Reads that serve search and lists: by description without the index, pictures, what came in when."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.models import Document, Page, Version
from archive_service.records.queries.documents import (
    DocumentRow,
    _document_row,
    _select_rows,
    visible,
)
from archive_service.records.rules import READ

__all__ = ["described_with", "pictured_pages", "readable_version_count", "was_recognised"]


def described_with(
    session: Session, actor: Actor, words: Sequence[str], *, limit: int = 300
) -> list[DocumentRow]:
    """Visible documents whose description may hold every word, newest first.

    ``%`` in a word stands for any characters. It is a coarse sieve: case is as the database compares it.
    """
    columns = (Document.title, Document.doc_number, Document.file_no, Document.unit, Document.owner)
    query = _select_rows().where(visible(actor), Document.discarded_at.is_(None))
    for word in words:
        pattern = "%" + "%".join(_escaped(part) for part in word.split("%")) + "%"
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    rows = session.execute(query.order_by(Document.id.desc()).limit(limit))
    return [_document_row(row) for row in rows]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def pictured_pages(session: Session, pages: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these pages (version id, number) have a small picture. Always one statement."""
    either = [and_(Page.version_id == version, Page.number == number) for version, number in pages]
    query = select(Page.version_id, Page.number).where(or_(*either) if either else Page.number == -1)
    return {
        (version, number) for version, number in session.execute(query.where(Page.thumbnail.is_not(None)))
    }


def was_recognised(session: Session, version_id: int) -> bool:
    """Whether any page's text was read off a picture, so that a searchable copy makes sense."""
    recognised = select(Page.number).where(Page.version_id == version_id, Page.source == "ocr")
    return session.scalar(recognised.limit(1)) is not None


def readable_version_count(session: Session) -> int:
    """How many versions belong into the index."""
    query = select(func.count()).select_from(Version).join(Document, Document.id == Version.document_id)
    read = Version.state.in_([state.value for state in READ])
    return session.scalar(query.where(read, Document.discarded_at.is_(None))) or 0
