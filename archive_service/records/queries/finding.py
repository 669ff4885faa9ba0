"""Reads that serve search and lists: by description without the index, pictures, what came in when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import first_uuid_since
from archive_service.kernel.levels import Sight
from archive_service.records.models import Document, Page, Version
from archive_service.records.queries.documents import select_rows
from archive_service.records.queries.marked import searchable
from archive_service.records.queries.rows import DocumentRow, document_row
from archive_service.records.queries.sights import small_picture, visible

__all__ = [
    "DayFigures",
    "described_with",
    "pictured_pages",
    "received_between",
    "was_recognised",
]


def described_with(
    session: Session,
    actor: Actor,
    words: Sequence[str],
    *,
    at_least: Sight = Sight.FACTS,
    limit: int = 300,
) -> list[DocumentRow]:
    """Documents that the actor sees ``at_least`` so much of and whose description may hold every word, newest first.

    ``%`` in a word stands for any characters. It is a coarse sieve: case is as the database compares it.
    """
    columns = (
        Document.title,
        Document.doc_number,
        Document.archival_no,
        Document.file_no,
        Document.unit,
        Document.owner,
    )
    query = select_rows(actor).where(visible(actor, at_least), Document.discarded_at.is_(None), searchable())
    for word in words:
        pattern = "%" + "%".join(_escaped(part) for part in word.split("%")) + "%"
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    rows = session.execute(query.order_by(Document.id.desc()).limit(limit))
    return [document_row(row) for row in rows]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def pictured_pages(
    session: Session, actor: Actor, pages: Collection[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Of which of these pages (version id, number) the actor may see a small picture. Always one statement."""
    either = [and_(Page.version_id == version, Page.number == number) for version, number in pages]
    query = (
        select(Page.version_id, Page.number)
        .join(Version, Version.id == Page.version_id)
        .join(Document, Document.id == Version.document_id)
        .where(or_(false(), *either), visible(actor), small_picture(actor).is_not(None))
    )
    return {(version, number) for version, number in session.execute(query)}


def was_recognised(session: Session, version_id: int) -> bool:
    """Whether any page's text was read off a picture, so that a searchable copy makes sense."""
    recognised = select(Page.number).where(Page.version_id == version_id, Page.source == "ocr")
    return session.scalar(recognised.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What came in between two instants: documents, and the pages read of them so far."""

    documents: int
    pages: int


def received_between(
    session: Session, actor: Actor, bounds: Sequence[tuple[datetime, datetime]]
) -> list[DayFigures]:
    """Figures of visible documents for each span ``[start, end)``, ascending and apart. One statement.

    Reads only the documents since the first start: their ids are ordered by time.
    """
    if not bounds:
        return []
    columns: list[ColumnElement[int]] = []
    for start, end in bounds:
        inside = and_(Document.created_at >= start, Document.created_at < end)
        columns.append(func.count(case((inside, 1))))
        columns.append(func.coalesce(func.sum(case((inside, Version.pages_read), else_=0)), 0))
    row = session.execute(
        select(*columns)
        .select_from(Document)
        .join(Version, and_(Version.document_id == Document.id, Version.is_current))
        .where(visible(actor), Document.discarded_at.is_(None), Document.id >= first_uuid_since(bounds[0][0]))
    ).one()
    values = [int(value) for value in row]
    return [DayFigures(*pair) for pair in zip(values[::2], values[1::2], strict=True)]
