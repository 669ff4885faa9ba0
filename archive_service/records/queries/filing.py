"""What was said of papers when they were filed: of one, of a file's, of a catalogue's."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records.models import CaseFile, Document, Drawing, Filing, Version
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
    """One line of a list of contents (卷内目录) or a catalogue (归档文件目录)."""

    document_id: DocumentId
    archival_no: str
    item: int
    doc_number: str
    responsible: tuple[str, ...]
    title: str
    doc_date: str
    level: str
    pages: int
    note: str
    first_page: int  # where it begins if the pages of the whole file are counted through


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


def other_with_bytes(session: Session, document_id: uuid.UUID, digest: str) -> bool:
    """Whether another document that is filed has these very bytes now."""
    query = (
        select(Filing.document_id)
        .join(Version, and_(Version.document_id == Filing.document_id, Version.is_current))
        .where(Version.digest == digest, Filing.document_id != document_id)
    )
    return session.scalar(query.limit(1)) is not None


def file_lines(
    session: Session, actor: Actor, case_file_id: int, *, offset: int = 0, limit: int = 50
) -> list[CatalogueLine]:
    """The papers of a case file that the actor sees, as they are numbered."""
    return _lines(session, actor, Filing.case_file_id == case_file_id, (Filing.item,), offset, limit)


def catalogue_lines(
    session: Session, actor: Actor, wanted: Catalogue, *, offset: int = 0, limit: int = 50
) -> list[CatalogueLine]:
    return _lines(session, actor, _of(wanted), (Filing.series, Filing.item), offset, limit)


def catalogue_count(session: Session, actor: Actor, wanted: Catalogue) -> int:
    query = select(func.count()).select_from(Filing).join(Document, Document.id == Filing.document_id)
    return session.scalar(query.where(_of(wanted), visible(actor))) or 0


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


def _of(wanted: Catalogue) -> ColumnElement[bool]:
    return and_(
        Filing.fonds == wanted.fonds,
        Filing.class_code == wanted.class_code,
        Filing.file_year == wanted.year,
        Filing.case_file_id.is_(None),
    )


def _lines(  # noqa: PLR0917  (two lists that differ in nothing else)
    session: Session,
    actor: Actor,
    condition: ColumnElement[bool],
    order: tuple[InstrumentedAttribute[Any], ...],
    offset: int,
    limit: int,
) -> list[CatalogueLine]:
    before = func.sum(Filing.pages).over(order_by=order) - Filing.pages
    query = (
        select(Filing, Document, before)
        .join(Document, Document.id == Filing.document_id)
        .where(condition, visible(actor))
        .order_by(*order)
        .offset(offset)
        .limit(limit)
    )
    return [
        CatalogueLine(
            document_id=DocumentId(d.id),
            archival_no=d.archival_no or "",
            item=f.item,
            doc_number=d.doc_number,
            responsible=tuple(f.responsible),
            title=d.title,
            doc_date=d.doc_date,
            level=d.level,
            pages=f.pages,
            note=f.summary,
            first_page=int(pages) + 1,
        )
        for f, d, pages in session.execute(query)
    ]
