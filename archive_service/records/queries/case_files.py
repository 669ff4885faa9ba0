"""Case files: lists, one, what stands in it. Only classes that the actor sees something of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from archive_service import premises
from archive_service.classification import class_rows
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Sight
from archive_service.kernel.masking import mask
from archive_service.records.models import CaseFile, CaseFileChange, Document, Filing
from archive_service.records.queries.sights import visible
from archive_service.records.rules.case_files import CaseFileId, FileFacts, FileState
from archive_service.records.rules.numbers import normalised

MOST_CHANGES: Final = 100
LONGEST_QUERY: Final = 80
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class CaseFileRow:
    """``year``: None for files of drawings, which have a ``building`` instead."""

    id: CaseFileId
    fonds: str
    class_code: str
    year: int | None
    building: str
    file_no: str
    facts: FileFacts
    state: FileState
    opened_on: date
    closed_on: date | None
    revision: int
    created_by: int | None
    unit_id: int | None  # which unit of the register ``facts.unit`` calls

    @property
    def title(self) -> str:
        return self.facts.title

    @property
    def is_open(self) -> bool:
        return self.state is FileState.OPEN


@dataclass(frozen=True, slots=True)
class CaseFileFilter:
    """``class_code``: the class and what lies below it. ``text``: the beginning of a number, part of a title as lists show
    it, with personal numbers covered, or the unit in any spelling."""

    class_code: str = ""
    state: FileState | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class FileChangeRow:
    at: datetime
    by: int | None
    action: str
    reason: str
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What the actor sees in a file: how many papers and pages, and the days of the earliest and latest."""

    papers: int
    pages: int
    first: str
    last: str


def case_file_row(f: CaseFile) -> CaseFileRow:
    return CaseFileRow(
        id=CaseFileId(f.id),
        fonds=f.fonds,
        class_code=f.class_code,
        year=f.year,
        building=f.building,
        file_no=f.file_no,
        facts=FileFacts(
            title=f.title,
            unit=f.unit,
            owner=f.owner,
            responsible_unit=f.responsible_unit,
            cross_ref=f.cross_ref,
            note=f.note,
            made_by=f.made_by,
            made_on=f.made_on,
            checked_by=f.checked_by,
            checked_on=f.checked_on,
        ),
        state=FileState(f.state),
        opened_on=f.opened_on,
        closed_on=f.closed_on,
        revision=f.revision,
        created_by=f.created_by,
        unit_id=f.unit_id,
    )


def seen_files(session: Session, actor: Actor) -> ColumnElement[bool]:
    """A file is seen by who sees papers of its class; the plan in force says of which level these are."""
    hidden = [c.code for c in class_rows(session) if actor.sight(c.level, c.code) is Sight.HIDDEN]
    # What is left out instead of what is seen: asked for classes, SQLite would gather and sort all their files
    # where walking the newest finds a page of fifty at once.
    if not hidden:
        return true()
    by_name = [grant.case_file_id for grant in actor.papers if grant.case_file_id is not None]
    seen = CaseFile.class_code.not_in(hidden)
    return or_(seen, CaseFile.id.in_(by_name)) if by_name else seen


def _chosen(session: Session, actor: Actor, wanted: CaseFileFilter) -> ColumnElement[bool]:
    conditions = [seen_files(session, actor)]
    if wanted.class_code:
        below = CaseFile.class_code.startswith(wanted.class_code + ".", autoescape=True)
        conditions.append(or_(CaseFile.class_code == wanted.class_code, below))
    if wanted.state is not None:
        conditions.append(CaseFile.state == wanted.state.value)
    if text := wanted.text.strip()[:LONGEST_QUERY]:
        begins = CaseFile.file_no.startswith(normalised(text), autoescape=True)
        ways = [begins, CaseFile.title_masked.contains(text, autoescape=True)]
        # Digits that lists cover are not found either: who guesses them would be told which are right.
        if mask(text) == text:
            ways.append(CaseFile.unit == text)
            if meant := premises.units_spelled(session, text):
                ways.append(CaseFile.unit_id.in_(meant))
        conditions.append(or_(*ways))
    return and_(*conditions)


def case_files(
    session: Session,
    actor: Actor,
    wanted: CaseFileFilter = CaseFileFilter(),
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[CaseFileRow]:
    """Newest first."""
    query = select(CaseFile).where(_chosen(session, actor, wanted)).order_by(CaseFile.id.desc())
    return [case_file_row(f) for f in session.scalars(query.offset(offset).limit(limit))]


def case_file_count(session: Session, actor: Actor, wanted: CaseFileFilter = CaseFileFilter()) -> int:
    return (
        session.scalar(select(func.count()).select_from(CaseFile).where(_chosen(session, actor, wanted))) or 0
    )


def case_file(session: Session, actor: Actor, case_file_id: int) -> CaseFileRow:
    """Raises NotFound, also for what the actor may not see."""
    query = select(CaseFile).where(CaseFile.id == case_file_id, seen_files(session, actor))
    found = session.scalar(query)
    if found is None:
        raise NotFound()
    return case_file_row(found)


def case_files_by_id(
    session: Session, actor: Actor, case_file_ids: Collection[int]
) -> dict[int, CaseFileRow]:
    """Those of the given files that the actor may see, by id, in one statement."""
    query = select(CaseFile).where(CaseFile.id.in_(case_file_ids), seen_files(session, actor))
    return {f.id: case_file_row(f) for f in session.scalars(query)}


def case_file_called(session: Session, actor: Actor, file_no: str) -> CaseFileRow | None:
    """The file with this number, in any spelling."""
    query = select(CaseFile).where(CaseFile.file_no == normalised(file_no), seen_files(session, actor))
    found = session.scalar(query)
    return case_file_row(found) if found else None


def case_files_called(session: Session, actor: Actor, numbers: Collection[str]) -> dict[str, CaseFileRow]:
    """The same of many, as they are spelled; those that there are. One statement for each _AT_ONCE of them."""
    spelled = {text: normalised(text) for text in numbers}
    wanted = sorted(set(spelled.values()))
    found: dict[str, CaseFileRow] = {}
    seen = seen_files(session, actor)
    for at in range(0, len(wanted), _AT_ONCE):
        query = select(CaseFile).where(CaseFile.file_no.in_(wanted[at : at + _AT_ONCE]), seen)
        found |= {f.file_no: case_file_row(f) for f in session.scalars(query)}
    return {text: found[number] for text, number in spelled.items() if number in found}


def file_changes(session: Session, case_file_id: int) -> list[FileChangeRow]:
    """Newest first."""
    query = select(CaseFileChange).where(CaseFileChange.case_file_id == case_file_id)
    rows = session.scalars(query.order_by(CaseFileChange.id.desc()).limit(MOST_CHANGES))
    return [
        FileChangeRow(c.at, c.by, c.action, c.reason, {n: (v[0], v[1]) for n, v in c.fields.items()})
        for c in rows
    ]


def contents(session: Session, actor: Actor, case_file_id: int) -> Contents:
    dated = func.nullif(Document.doc_date, "")
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Filing.pages), 0), func.min(dated), func.max(dated))
        .select_from(Filing)
        .join(Document, Document.id == Filing.document_id)
        .where(Filing.case_file_id == case_file_id, visible(actor))
    ).one()
    return Contents(int(row[0]), int(row[1]), row[2] or "", row[3] or "")
