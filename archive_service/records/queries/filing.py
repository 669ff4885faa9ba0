"""What was said of papers when they were filed: of one, of a file's, of a catalogue's."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records.models import CaseFile, Document, Drawing, EmptyNumber, Filing
from archive_service.records.queries.sights import visible
from archive_service.records.rules.case_files import CaseFileId
from archive_service.records.rules.filing import (
    DRAWING_FIELDS,
    DrawingFacts,
    FiledFacts,
    Form,
    Medium,
    Pii,
    SourceKind,
    Stage,
)
from archive_service.records.rules.placing import EmptyKind

MOST_EMPTY: Final = 500
"""Empty numbers on one page of a list: each is somebody's mistake, with a reason."""


@dataclass(frozen=True, slots=True)
class FilingRow:
    document_id: DocumentId
    archival_no: str
    archival_no_ascii: str
    fonds: str
    class_code: str
    file_year: int
    case_file_id: CaseFileId | None
    file_no: str  # "" for papers that stand by themselves
    dept: str
    item: int
    facts: FiledFacts
    filed_at: datetime
    filed_by: int | None


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """One line of a list of contents (卷内目录) or a catalogue (归档文件目录).

    ``empty``: why the number stands for no paper any more (空号); then nothing else is told of the line.
    """

    document_id: DocumentId | None
    archival_no: str
    series: str
    item: int
    doc_number: str
    responsible: tuple[str, ...]
    title: str
    doc_date: str
    level: str
    pages: int
    note: str
    first_page: int  # where it begins if the pages of the whole file are counted through
    empty: EmptyKind | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Which catalogue: papers that stand by themselves, by fonds, class and year."""

    fonds: str
    class_code: str
    year: int


def filing(session: Session, document_id: uuid.UUID) -> FilingRow | None:
    """None while it isn't filed. Whoever asks has been let in by ``document``."""
    query = (
        select(Filing, Document.archival_no, CaseFile.file_no, Drawing)
        .join(Document, Document.id == Filing.document_id)
        .outerjoin(CaseFile, CaseFile.id == Filing.case_file_id)
        .outerjoin(Drawing, Drawing.document_id == Filing.document_id)
        .where(Filing.document_id == document_id)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else _row(found)


def _row(row: Row[Filing, str | None, str, Drawing]) -> FilingRow:
    f, archival_no, file_no, drawing = row
    return FilingRow(
        document_id=DocumentId(f.document_id),
        archival_no=archival_no or "",
        archival_no_ascii=f.archival_no_ascii,
        fonds=f.fonds,
        class_code=f.class_code,
        file_year=f.file_year,
        case_file_id=None if f.case_file_id is None else CaseFileId(f.case_file_id),
        file_no=file_no or "",
        dept=f.dept or "",
        item=f.item,
        facts=facts_of(f, drawing),
        filed_at=f.filed_at,
        filed_by=f.filed_by,
    )


def facts_of(f: Filing, drawing: Drawing | None) -> FiledFacts:
    return FiledFacts(
        responsible=tuple(f.responsible),
        form=Form(f.form),
        medium=Medium(f.medium),
        source_kind=SourceKind(f.source_kind),
        carries_pii=Pii(f.carries_pii),
        pages=f.pages,
        quantity=f.quantity,
        copy_certified_by=f.copy_certified_by,
        copy_certified_on=f.copy_certified_on,
        language=f.language,
        keywords=tuple(f.keywords),
        summary=f.summary,
        drawing=_drawing_facts(drawing) if drawing else None,
    )


def _drawing_facts(drawing: Drawing) -> DrawingFacts:
    texts = {name: getattr(drawing, name) for name in DRAWING_FIELDS if name != "stage"}
    return DrawingFacts(stage=Stage(drawing.stage), **texts)


def file_lines(
    session: Session, actor: Actor, case_file_id: int, *, offset: int = 0, limit: int = 50
) -> list[CatalogueLine]:
    """The papers of a case file that the actor sees, as they are numbered, and the numbers left empty among them."""
    places = (Filing.case_file_id == case_file_id, EmptyNumber.case_file_id == case_file_id)
    return _lines(session, actor, places, (Filing.item,), (EmptyNumber.item,), offset, limit)


def catalogue_lines(
    session: Session, actor: Actor, wanted: Catalogue, *, offset: int = 0, limit: int = 50
) -> list[CatalogueLine]:
    """Papers that stand by themselves, and the numbers left empty among them."""
    places = (_of(Filing, wanted), _of(EmptyNumber, wanted))
    keys = (Filing.series, Filing.item), (EmptyNumber.series, EmptyNumber.item)
    return _lines(session, actor, places, *keys, offset, limit)


def catalogue_count(session: Session, actor: Actor, wanted: Catalogue) -> int:
    """How many papers it has; empty numbers are no papers."""
    query = select(func.count()).select_from(Filing).join(Document, Document.id == Filing.document_id)
    return session.scalar(query.where(_of(Filing, wanted), visible(actor))) or 0


def catalogues(session: Session, actor: Actor) -> list[tuple[Catalogue, int]]:
    """Which catalogues there are, with how many papers the actor sees in each."""
    keys = (Filing.fonds, Filing.class_code, Filing.file_year)
    query = (
        select(*keys, func.count())
        .join(Document, Document.id == Filing.document_id)
        .where(Filing.case_file_id.is_(None), visible(actor))
        .group_by(*keys)
        .order_by(Filing.fonds, Filing.class_code, Filing.file_year.desc())
    )
    return [(Catalogue(*row[:3]), row[3]) for row in session.execute(query)]


def _of(table: type[Filing] | type[EmptyNumber], wanted: Catalogue) -> ColumnElement[bool]:
    return and_(
        table.fonds == wanted.fonds,
        table.class_code == wanted.class_code,
        table.file_year == wanted.year,
        table.case_file_id.is_(None),
    )


Places = tuple[ColumnElement[bool], ColumnElement[bool]]
"""The same condition on filings and on empty numbers."""


Keys = tuple[InstrumentedAttribute[Any], ...]


def _lines(  # noqa: PLR0917  (two lists that differ in nothing else)
    session: Session, actor: Actor, places: Places, order: Keys, empty_order: Keys, offset: int, limit: int
) -> list[CatalogueLine]:
    """``limit`` papers from ``offset`` on, and the empty numbers that stand before and among them, or after the last
    of all: they are few, and fetched by themselves so that the papers come in the order of their index."""
    before = func.sum(Filing.pages).over(order_by=order) - Filing.pages
    first = max(offset - 1, 0)
    query = (
        select(Filing, Document, before)
        .join(Document, Document.id == Filing.document_id)
        .where(places[0], visible(actor))
        .order_by(*order)
        .offset(first)
        .limit(limit + 1 + offset - first)
    )
    rows = [(f, d, int(pages)) for f, d, pages in session.execute(query)]
    until = rows[limit + offset - first :]  # the first paper of the next page
    here = rows[offset - first : limit + offset - first]
    ends = [places[1]]
    if offset and rows:
        ends.append(tuple_(*empty_order) > tuple_(*_key(rows[0][0], order)))
    if until:
        ends.append(tuple_(*empty_order) < tuple_(*_key(until[0][0], order)))
    empty = list(
        session.scalars(select(EmptyNumber).where(*ends).order_by(*empty_order).limit(MOST_EMPTY))
        if here or not offset
        else ()
    )
    lines = [*map(_paper, here), *map(_empty, empty)]
    lines.sort(key=lambda line: (line.series, line.item))
    at = 1
    placed = []
    for line in lines:
        placed.append(line if line.empty is None else replace(line, first_page=at))
        at = placed[-1].first_page + line.pages
    return placed


def _key(f: Filing, order: Keys) -> list[Any]:
    return [getattr(f, key.key) for key in order]


def _empty(e: EmptyNumber) -> CatalogueLine:
    return CatalogueLine(
        document_id=None,
        archival_no=e.archival_no,
        series=e.series,
        item=e.item,
        doc_number="",
        responsible=(),
        title="",
        doc_date="",
        level="",
        pages=0,
        note="",
        first_page=0,
        empty=EmptyKind(e.kind),
    )


def _paper(row: tuple[Filing, Document, int]) -> CatalogueLine:
    f, d, before = row
    return CatalogueLine(
        document_id=DocumentId(d.id),
        archival_no=d.archival_no or "",
        series=f.series,
        item=f.item,
        doc_number=d.doc_number,
        responsible=tuple(f.responsible),
        title=d.title,
        doc_date=d.doc_date,
        level=d.level,
        pages=f.pages,
        note=f.summary,
        first_page=before + 1,
    )
