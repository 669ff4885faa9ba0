"""Reads of pages, their texts and what was made of a version on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, undefer

from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Level
from archive_service.records.models import Document, Page, Rendition, Version
from archive_service.records.rules import READ


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page without its text. Pictures are digests of blobs, None where there is none."""

    number: int
    width: int
    height: int
    full_width: int
    full_height: int
    rotation: int
    source: str
    confidence: float | None
    preview: str | None
    masked_preview: str | None
    thumbnail: str | None


@dataclass(frozen=True, slots=True)
class PageLayout:
    """A page's text in reading order, and a packed box for each of its characters (``kernel.boxes``)."""

    row: PageRow
    text: str
    boxes: bytes


@dataclass(frozen=True, slots=True)
class VersionText:
    """A read version with its document's description and the text of its pages: what the index is fed with."""

    version_id: int
    is_current: bool
    state: str
    file_name: str
    title: str
    class_code: str
    level: Level
    file_no: str
    doc_number: str
    unit: str
    owner: str
    doc_date: str
    created_at: datetime
    created_by: int | None
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenditionRow:
    kind: str
    page_number: int
    state: str
    digest: str | None
    size: int | None
    width: int | None
    height: int | None


def _page_row(p: Page) -> PageRow:
    return PageRow(
        p.number,
        p.width,
        p.height,
        p.full_width,
        p.full_height,
        p.rotation,
        p.source,
        p.confidence,
        p.preview,
        p.masked_preview,
        p.thumbnail,
    )


def page_rows(session: Session, version_id: int, *, first: int = 1, limit: int = 2000) -> list[PageRow]:
    wanted = select(Page).where(Page.version_id == version_id, Page.number >= first)
    # Texts stay in the database: a two-thousand-page list needs only the pictures' names.
    query = wanted.order_by(Page.number).limit(limit).options(defer(Page.text))
    return [_page_row(p) for p in session.scalars(query)]


def page_layout(session: Session, version_id: int, number: int) -> PageLayout:
    """Raises NotFound."""
    query = select(Page).where(Page.version_id == version_id, Page.number == number)
    page = session.scalar(query.options(undefer(Page.boxes)))
    if page is None:
        raise NotFound()
    return PageLayout(_page_row(page), page.text, page.boxes)


def page_layouts(session: Session, version_id: int, numbers: Sequence[int]) -> list[PageLayout]:
    """Several pages with their boxes, in one statement."""
    query = select(Page).where(Page.version_id == version_id, Page.number.in_(numbers)).order_by(Page.number)
    pages = session.scalars(query.options(undefer(Page.boxes)))
    return [PageLayout(_page_row(p), p.text, p.boxes) for p in pages]


def page_texts(session: Session, version_id: int) -> list[tuple[int, str]]:
    """(number, text) of every page read so far."""
    query = select(Page.number, Page.text).where(Page.version_id == version_id).order_by(Page.number)
    return [(n, t) for n, t in session.execute(query)]


def page_numbers(session: Session, version_id: int) -> set[int]:
    """The pages that have been read already."""
    return set(session.scalars(select(Page.number).where(Page.version_id == version_id)))


def version_texts(session: Session, version_ids: Sequence[int]) -> list[VersionText]:
    """The read versions among ``version_ids`` whose documents are not discarded, with their texts."""
    query = select(Version, Document).join(Document, Document.id == Version.document_id)
    query = query.where(
        Version.id.in_(version_ids),
        Version.state.in_([s.value for s in READ]),
        Document.discarded_at.is_(None),
    )
    pages: dict[int, list[str]] = {}
    texts = select(Page.version_id, Page.text).where(Page.version_id.in_(version_ids))
    for version_id, text in session.execute(texts.order_by(Page.version_id, Page.number)):
        pages.setdefault(version_id, []).append(text)
    return [
        VersionText(
            version_id=v.id,
            is_current=v.is_current,
            state=v.state,
            file_name=v.file_name,
            title=d.title,
            class_code=d.class_code or "",
            level=Level(d.level),
            file_no=d.file_no,
            doc_number=d.doc_number,
            unit=d.unit,
            owner=d.owner,
            doc_date=d.doc_date,
            created_at=d.created_at,
            created_by=d.created_by,
            pages=tuple(pages.get(v.id, ())),
        )
        for v, d in session.execute(query.order_by(Version.id))
    ]


def rendition(session: Session, version_id: int, kind: str, page_number: int = 0) -> RenditionRow | None:
    query = select(Rendition).where(
        Rendition.version_id == version_id, Rendition.kind == kind, Rendition.page_number == page_number
    )
    r = session.scalar(query)
    if r is None:
        return None
    return RenditionRow(r.kind, r.page_number, r.state, r.digest, r.size, r.width, r.height)
