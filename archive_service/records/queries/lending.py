"""What a loan hangs on: level, class, version and pages of papers and whole case files, as the archive knows them.

Whoever asks has seen to it that the person may see them; what is told here goes into rules and into no page.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service.classification import class_rows
from archive_service.kernel.levels import Level
from archive_service.records.models import CaseFile, Document, Filing, Version
from archive_service.records.rules.filing import Form, Medium
from archive_service.records.rules.state_secrets import TROUBLE


@dataclass(frozen=True, slots=True)
class Lendable:
    """``version``: another one whenever what is lent is another. ``level`` of a file: the strictest of
    its class and its papers.
    ``form``: None of a file. ``dept``: "" where the number carries none."""

    document_id: uuid.UUID | None
    case_file_id: int | None
    within_file_id: int | None
    archival_no: str
    class_code: str
    level: Level
    version: str
    pages: int
    form: Form | None
    on_paper: bool
    dept: str
    unit_id: int | None
    owner: str  # as the description names them; never shown
    day: str  # of the paper, ISO, may be partial; "" of a file
    marked: bool  # as a state secret


def lendable_papers(session: Session, document_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Lendable]:
    """The filed ones among the given; what is not filed, or no longer, is left out."""
    return {
        one.document_id: one for one in _papers(session, Document.id.in_(document_ids)) if one.document_id
    }


def papers_within(session: Session, case_file_ids: Collection[int]) -> dict[int, list[Lendable]]:
    """The filed papers of each of the given case files; one statement."""
    found: dict[int, list[Lendable]] = {}
    if case_file_ids:
        for one in _papers(session, Filing.case_file_id.in_(case_file_ids)):
            found.setdefault(one.within_file_id or 0, []).append(one)
    return found


def _papers(session: Session, which: ColumnElement[bool]) -> list[Lendable]:
    query = (
        select(Document, Filing, Version.number, Version.trouble)
        .join(Filing, Filing.document_id == Document.id)
        .join(Version, (Version.document_id == Document.id) & Version.is_current)
        .where(which, Document.archival_no.is_not(None), Document.discarded_at.is_(None))
    )
    return [
        Lendable(
            document_id=d.id,
            case_file_id=None,
            within_file_id=f.case_file_id,
            archival_no=d.archival_no or "",
            class_code=d.class_code or f.class_code,
            level=Level(d.level),
            version=str(number),
            pages=f.pages,
            form=Form(f.form),
            on_paper=Medium(f.medium) is not Medium.ELECTRONIC,
            dept=f.dept or "",
            unit_id=d.unit_id,
            owner=d.owner,
            day=d.doc_date,
            marked=trouble == TROUBLE,
        )
        for d, f, number, trouble in session.execute(query)
    ]


def lendable_files(session: Session, case_file_ids: Collection[int]) -> dict[int, Lendable]:
    """The given case files, with what their papers come to; three statements."""
    files = session.scalars(select(CaseFile).where(CaseFile.id.in_(case_file_ids))).all()
    classes = {row.code: row.level for row in class_rows(session)} if files else {}
    held = (
        select(
            Filing.case_file_id,
            Document.level,
            func.count(),
            func.sum(Filing.pages),
            func.sum(Version.number),
            func.max(Version.trouble == TROUBLE)
            if session.get_bind().dialect.name == "sqlite"
            else func.bool_or(func.coalesce(Version.trouble, "") == TROUBLE),
        )
        .join(Document, Document.id == Filing.document_id)
        .join(Version, (Version.document_id == Document.id) & Version.is_current)
        .where(Filing.case_file_id.in_(case_file_ids), Document.discarded_at.is_(None))
        .group_by(Filing.case_file_id, Document.level)
    )
    rows: dict[int, list[tuple[Level, int, int, int, bool]]] = {}
    for file_id, level, papers, pages, versions, marked in session.execute(held):
        told = (Level(level), int(papers), int(pages), int(versions), bool(marked))
        rows.setdefault(file_id or 0, []).append(told)
    return {f.id: _of_file(f, classes[f.class_code], rows.get(f.id, [])) for f in files}


def _of_file(f: CaseFile, least: Level, rows: Sequence[tuple[Level, int, int, int, bool]]) -> Lendable:
    levels = [least, *(row[0] for row in rows)]
    return Lendable(
        document_id=None,
        case_file_id=f.id,
        within_file_id=None,
        archival_no=f.file_no,
        class_code=f.class_code,
        level=max(levels, key=lambda one: one.rank),
        version=f"{sum(row[1] for row in rows)}.{sum(row[3] for row in rows)}",
        pages=sum(row[2] for row in rows),
        form=None,
        on_paper=True,
        dept="",
        unit_id=f.unit_id,
        owner=f.owner,
        day="",
        marked=any(row[4] for row in rows),
    )


def hold_case_files(session: Session, case_file_ids: Collection[int]) -> None:
    """Lock these rows until the transaction ends, always in the same order: whoever takes a file and whoever takes a
    paper out of it come one after the other."""
    query = select(CaseFile.id).where(CaseFile.id.in_(case_file_ids)).order_by(CaseFile.id)
    session.execute(query.with_for_update()).all()
