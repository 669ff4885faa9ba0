"""Reads of pages, their texts and what was made of a version on demand."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, defer, undefer

from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Level
from archive_service.records.models import Document, EmptyNumber, Page, Rendition, Version
from archive_service.records.rules import READ
from archive_service.records.rules.state_secrets import TROUBLE as MARKED


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
    """A version with its document's description and the text of its pages: what the index is fed with.

    One that has not been read has no pages here, even while some are kept already: those may still change.
    """

    version_id: int
    stamp: int  # another one whenever anything else here is
    is_current: bool
    state: str
    file_name: str
    title: str
    class_code: str
    level: Level
    file_no: str
    doc_number: str
    archival_no: str  # "" until it is filed
    unit: str
    owner: str
    doc_date: str
    created_at: datetime
    created_by: int | None
    pages: tuple[str, ...]
    former_nos: tuple[str, ...] = ()  # archival numbers that it had before: papers are asked for by them, too


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


def page_texts(
    session: Session, version_id: int, *, first: int = 1, most: int, characters: int
) -> tuple[list[tuple[int, str]], int | None]:
    """(number, text) of the pages from ``first`` on that have been read, and the number of the page that follows.

    At most so many pages, which have at most so many characters together, however long a text somebody sent in;
    a single page may have more.
    """
    wanted = select(Page.number, func.length(Page.text)).where(
        Page.version_id == version_id, Page.number >= first
    )
    numbers: list[int] = []
    following: int | None = None
    for number, length in session.execute(wanted.order_by(Page.number).limit(most + 1)):
        characters -= length
        if numbers and (characters < 0 or len(numbers) == most):
            following = number
            break
        numbers.append(number)
    texts = select(Page.number, Page.text).where(Page.version_id == version_id, Page.number.in_(numbers))
    return [(n, t) for n, t in session.execute(texts.order_by(Page.number))], following


def page_numbers(session: Session, version_id: int) -> set[int]:
    """The pages that have been read already."""
    return set(session.scalars(select(Page.number).where(Page.version_id == version_id)))


_IN_THE_INDEX: Final = and_(
    Document.id == Version.document_id,
    Document.discarded_at.is_(None),
    or_(Version.trouble.is_(None), Version.trouble != MARKED),
)
"""On versions and their documents: what belongs into the index, read or not."""

_STAMPED: Final = select(
    Version.id, Document.revision, Document.archival_no, Version.is_current, Version.state
).where(_IN_THE_INDEX)


def _stamp(revision: int, archival_no: str | None, is_current: bool, state: str) -> int:
    """What the index holds of a version never changes but with one of these."""
    return revision * 8 + (archival_no is not None) * 4 + is_current * 2 + (state in READ)


def version_stamps(session: Session, version_ids: Sequence[int]) -> dict[int, int]:
    """``VersionText.stamp`` by version id, of those that ``version_texts`` would tell."""
    query = _STAMPED.where(Version.id.in_(version_ids))
    return {
        row.id: _stamp(row.revision, row.archival_no, row.is_current, row.state)
        for row in session.execute(query)
    }


def indexable_version_stamps(session: Session, after: int, limit: int = 1000) -> list[tuple[int, int]]:
    """(id, stamp) of the versions that belong into the index, in order."""
    query = _STAMPED.where(Version.id > after).order_by(Version.id).limit(limit)
    return [
        (row.id, _stamp(row.revision, row.archival_no, row.is_current, row.state))
        for row in session.execute(query)
    ]


def indexable_version_ids(session: Session, after: int, limit: int = 1000) -> list[int]:
    """Ids of the versions that belong into the index, in order."""
    query = select(Version.id).join(Document, _IN_THE_INDEX).where(Version.id > after)
    return list(session.scalars(query.order_by(Version.id).limit(limit)))


def indexable_version_count(session: Session) -> int:
    """How many versions belong into the index."""
    query = select(func.count()).select_from(Version).join(Document, _IN_THE_INDEX)
    return session.scalar(query) or 0


def text_lengths(session: Session, version_ids: Sequence[int]) -> dict[int, int]:
    """Characters of all pages, by version id; nothing of versions without pages."""
    query = select(Page.version_id, func.sum(func.length(Page.text))).where(Page.version_id.in_(version_ids))
    return {row[0]: int(row[1]) for row in session.execute(query.group_by(Page.version_id))}


def page_lengths(session: Session, version_id: int) -> dict[int, int]:
    """Characters on each page that has been read, by its number."""
    query = select(Page.number, func.length(Page.text)).where(Page.version_id == version_id)
    return {row[0]: int(row[1]) for row in session.execute(query)}


def version_texts(session: Session, version_ids: Sequence[int]) -> list[VersionText]:
    """The versions among ``version_ids`` whose documents are not discarded, with the texts of those read."""
    # Their pages come second: those of a version that has been read don't change any more.
    query = select(Version, Document).where(_IN_THE_INDEX, Version.id.in_(version_ids))
    found = session.execute(query.order_by(Version.id)).all()
    pages: dict[int, list[str]] = {}
    texts = select(Page.version_id, Page.text).where(
        Page.version_id.in_([v.id for v, _ in found if v.state in READ])
    )
    for version_id, text in session.execute(texts.order_by(Page.version_id, Page.number)):
        pages.setdefault(version_id, []).append(text)
    former: dict[uuid.UUID, list[str]] = {}
    emptied = select(EmptyNumber.document_id, EmptyNumber.archival_no).where(
        EmptyNumber.document_id.in_({d.id for _, d in found})
    )
    for document_id, number in session.execute(emptied.order_by(EmptyNumber.archival_no)):
        former.setdefault(document_id, []).append(number)
    return [
        VersionText(
            version_id=v.id,
            stamp=_stamp(d.revision, d.archival_no, v.is_current, v.state),
            is_current=v.is_current,
            state=v.state,
            file_name=v.file_name,
            title=d.title,
            class_code=d.class_code or "",
            level=Level(d.level),
            file_no=d.file_no,
            doc_number=d.doc_number,
            archival_no=d.archival_no or "",
            unit=d.unit,
            owner=d.owner,
            doc_date=d.doc_date,
            created_at=d.created_at,
            created_by=d.created_by,
            pages=tuple(pages.get(v.id, ())),
            former_nos=tuple(former.get(d.id, ())),
        )
        for v, d in found
    ]


def rendition(session: Session, version_id: int, kind: str, page_number: int = 0) -> RenditionRow | None:
    query = select(Rendition).where(
        Rendition.version_id == version_id, Rendition.kind == kind, Rendition.page_number == page_number
    )
    r = session.scalar(query)
    if r is None:
        return None
    return RenditionRow(r.kind, r.page_number, r.state, r.digest, r.size, r.width, r.height)
