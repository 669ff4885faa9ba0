"""What the archive holds of one unit of the register: by its id, however people wrote its name."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.models import CaseFile, Document
from archive_service.records.queries.case_files import CaseFileRow, case_file_row, seen_files
from archive_service.records.queries.documents import select_rows
from archive_service.records.queries.marked import unmarked
from archive_service.records.queries.rows import DocumentRow, document_row
from archive_service.records.queries.sights import visible


@dataclass(frozen=True, slots=True)
class OfUnit:
    """Counts of all that the actor sees; the rows are those asked for, newest first."""

    documents: int
    case_files: int
    document_rows: list[DocumentRow]
    case_file_rows: list[CaseFileRow]


def of_unit(
    session: Session, actor: Actor, unit_id: int, *, offset: int = 0, limit: int = 50, files: int = 50
) -> OfUnit:
    papers: ColumnElement[bool] = and_(
        Document.unit_id == unit_id, visible(actor), Document.discarded_at.is_(None), unmarked()
    )
    held = and_(CaseFile.unit_id == unit_id, seen_files(session, actor))
    counts = select(
        select(func.count()).select_from(Document).where(papers).scalar_subquery(),
        select(func.count()).select_from(CaseFile).where(held).scalar_subquery(),
    )
    documents, case_files = session.execute(counts).one()
    ids = (
        select(Document.id).where(papers).order_by(Document.id.desc()).offset(offset).limit(limit).subquery()
    )
    rows = select_rows(actor).join(ids, ids.c.id == Document.id).order_by(Document.id.desc())
    found = session.scalars(select(CaseFile).where(held).order_by(CaseFile.id.desc()).limit(files))
    return OfUnit(
        int(documents),
        int(case_files),
        [document_row(row) for row in session.execute(rows)],
        [case_file_row(file) for file in found],
    )
