"""Verbs on case files (案卷): open, describe, close, open again. Each with who, when and, where it matters, why."""

from dataclasses import asdict
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update

from archive_service import people, premises
from archive_service.classification import selectable_class
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records.models import CaseFile, CaseFileChange
from archive_service.records.queries import case_files as queries
from archive_service.records.queries.case_files import CaseFileRow
from archive_service.records.rules import NeedsReason, TooLong, clean_text, first_day, uncovered
from archive_service.records.rules.case_files import (
    FILE_LENGTHS,
    FILE_MOVES,
    OWNER_FILES,
    CaseFileId,
    FileFacts,
    FileState,
    FileStep,
    NotInFiles,
    OtherOwner,
    StaleFile,
    WrongFileState,
    clean_file,
)
from archive_service.records.rules.filing import BadFact, NeedsDiscipline
from archive_service.records.rules.numbers import (
    DRAWINGS,
    DrawingFile,
    Pattern,
    YearFile,
    building_code,
    pattern_of,
)
from archive_service.records.service.numbering import fonds_of, next_number
from archive_service.records.service.owners import refuse_no_owner
from archive_service.unit_of_work import UnitOfWork

_COVERED: Final = ("title", "unit", "owner", "note", "cross_ref")


def may_file(actor: Actor, class_code: str) -> bool:
    """Whether the actor files papers of this class and keeps its case files."""
    return actor.may(Permission.FILE) and people.may_file_under(actor, class_code)


def open_case_file(
    work: UnitOfWork,
    class_code: str,
    raw: FileFacts,
    *,
    fonds: str = "",
    year: int | None = None,
    building: str = "",
    doc_date: str = "",
) -> CaseFileRow:
    """A new file with the next number of its series.

    ``year``: by default that of today; of drawings, ``building`` takes its place. ``fonds``: "" for the only one.
    ``doc_date``: of the paper for which it is opened. Raises Forbidden, UnknownClass, NotInFiles, NeedsDiscipline,
    NoFonds, ChooseFonds, BadBuilding, OtherOwner, NotTheOwner and as ``clean_file``.
    """
    work.actor.must(Permission.FILE)
    row = selectable_class(work, class_code)
    if not may_file(work.actor, class_code):
        raise Forbidden()
    assert row.retention is not None, "selectable classes have a period"
    pattern = pattern_of(class_code, row.retention.kind)
    if pattern is Pattern.ITEM:
        raise NotInFiles(field="class_code")
    facts = clean_file(raw)
    fonds = fonds_of(work.session, fonds)
    meant = premises.unit_meant(work.session, facts.unit, fonds=fonds)
    unit_id = meant.unit.id if meant.unit else None
    day = business_day(work.now)
    since = _since(year, first_day(doc_date) or day)
    _refuse_other_owner(work, fonds, class_code, facts, unit_id, since=since)
    file: YearFile | DrawingFile
    if pattern is Pattern.DRAWING:
        if class_code == DRAWINGS:
            raise NeedsDiscipline(field="class_code")
        code = building_code(building)
        series = DrawingFile(fonds, class_code, code, 0).series
        file = DrawingFile(fonds, class_code, code, next_number(work.session, series))
    else:
        if year is not None and not 1900 <= year <= day.year + 1:
            raise BadFact(field="year", value=year)
        year = year or day.year
        series = YearFile(fonds, class_code, year, 0).series
        file = YearFile(fonds, class_code, year, next_number(work.session, series))
    kept = CaseFile(
        fonds=fonds,
        class_code=class_code,
        year=file.year if isinstance(file, YearFile) else None,
        building=file.building if isinstance(file, DrawingFile) else "",
        number=file.number,
        file_no=str(file),
        state=FileState.OPEN.value,
        opened_on=day,
        revision=1,
        created_at=work.now,
        created_by=work.actor.user_id,
        unit_id=unit_id,
        **asdict(facts),
    )
    work.session.add(kept)
    work.session.flush()
    _note(work, kept.id, "opened", "", {})
    work.audit("case-file.opened", f"case-file:{kept.id}", file_no=kept.file_no)
    work.publish("case-file.opened", case_file_id=kept.id)
    return queries.case_file_row(kept)


def about_unit(unit_id: int | None, text: str) -> ColumnElement[bool]:
    """Files of the unit, under whatever name; of those whose unit nobody knew, the ones that are called ``text``."""
    called = CaseFile.unit == text
    return (
        called if unit_id is None else or_(CaseFile.unit_id == unit_id, CaseFile.unit_id.is_(None) & called)
    )


def _refuse_other_owner(
    work: UnitOfWork,
    fonds: str,
    class_code: str,
    facts: FileFacts,
    unit_id: int | None,
    *,
    since: date,
    but: int | None = None,
) -> None:
    """``unit_id``: which unit is meant, however it is written. ``since``: the first day that the file is about, up to
    today. ``but``: the file itself. Source: workflows.md §1.

    Holds the unit, so that of two who ask for different owners only one finds none: whoever gives an open file its
    owner or its unit, or opens it again, asks here first, before any row of files and counters is locked.
    Raises OtherOwner, NotTheOwner.
    """
    if class_code not in OWNER_FILES or not facts.unit or not facts.owner:
        return
    premises.hold_unit(work.session, unit_id, fonds=fonds)
    others = select(CaseFile.id).where(
        CaseFile.fonds == fonds,
        CaseFile.class_code.in_(OWNER_FILES),
        about_unit(unit_id, facts.unit),
        CaseFile.owner.not_in(["", facts.owner]),
        CaseFile.state == FileState.OPEN.value,
        CaseFile.id != (but or 0),
    )
    if work.session.scalar(others.limit(1)) is not None:
        raise OtherOwner(field="owner")
    today = business_day(work.now)
    refuse_no_owner(work, unit_id, facts.owner, (min(since, today), today))


def _since(year: int | None, day: date) -> date:
    """The first day that a file is about which was opened on a day, or for a paper of it: one of an earlier year is
    about that year."""
    return date(year, 1, 1) if year is not None and year < day.year else day


def _since_of(seen: CaseFileRow) -> date:
    return _since(seen.year, seen.opened_on)


def describe_case_file(work: UnitOfWork, case_file_id: int, raw: FileFacts, *, revision: int) -> CaseFileRow:
    """Change what is written on its cover. A closed one is opened first.

    ``revision``: the one the person saw. Raises NotFound, Forbidden, StaleFile, WrongFileState and as
    ``clean_file``, CoveredNumber, OtherOwner, NotTheOwner.
    """
    seen = _mine(work, case_file_id)
    if seen.revision != revision:
        raise StaleFile()
    if not seen.is_open:
        raise WrongFileState()
    before, texts = asdict(seen.facts), asdict(clean_file(raw))
    texts |= {name: uncovered(name, texts[name], before[name]) for name in _COVERED}
    changed = {name: [before[name], texts[name]] for name in FILE_LENGTHS if texts[name] != before[name]}
    unit_id = seen.unit_id
    if "unit" in changed:
        meant = premises.unit_meant(work.session, texts["unit"], fonds=seen.fonds)
        unit_id = meant.unit.id if meant.unit else None
    if "owner" in changed or "unit" in changed:
        _refuse_other_owner(
            work, seen.fonds, seen.class_code, FileFacts(**texts), unit_id, since=_since_of(seen), but=seen.id
        )
    kept = _locked(work, seen.id)
    if kept.revision != revision:
        raise StaleFile()
    if changed:
        if "unit" in changed:
            kept.unit_id = unit_id
        for name, (_, new) in changed.items():
            setattr(kept, name, new)
        kept.revision += 1
        work.session.flush()
        _note(work, kept.id, "described", "", changed)
        work.audit("case-file.described", f"case-file:{kept.id}", fields=sorted(changed))
    return queries.case_file_row(kept)


def close_case_file(work: UnitOfWork, case_file_id: int, *, revision: int, reason: str = "") -> CaseFileRow:
    """From now on it takes no more papers. Raises NotFound, Forbidden, WrongFileState, TooLong."""
    return _moved(work, case_file_id, FileStep.CLOSE, revision, _reason(reason))


def reopen_case_file(work: UnitOfWork, case_file_id: int, *, revision: int, reason: str) -> CaseFileRow:
    """Raises NotFound, Forbidden, WrongFileState, OtherOwner, NotTheOwner, NeedsReason, TooLong."""
    reason = _reason(reason)
    if not reason:
        raise NeedsReason(field="reason")
    seen = _mine(work, case_file_id)
    if seen.state is FileState.CLOSED:
        _refuse_other_owner(
            work, seen.fonds, seen.class_code, seen.facts, seen.unit_id, since=_since_of(seen), but=seen.id
        )
    return _moved(work, case_file_id, FileStep.REOPEN, revision, reason)


def _reason(text: str) -> str:
    reason = clean_text(text)
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    return reason


def _moved(work: UnitOfWork, case_file_id: int, step: FileStep, revision: int, reason: str) -> CaseFileRow:
    seen = _mine(work, case_file_id)
    before, after = FILE_MOVES[step]
    closed_on: date | None = business_day(work.now) if after is FileState.CLOSED else None
    moved = work.session.execute(
        update(CaseFile)
        .where(CaseFile.id == seen.id, CaseFile.state == before.value, CaseFile.revision == revision)
        .values(state=after.value, closed_on=closed_on, revision=CaseFile.revision + 1)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]  # what an UPDATE gives has it
        raise WrongFileState()
    action = "closed" if step is FileStep.CLOSE else "reopened"
    _note(work, seen.id, action, reason, {})
    work.audit(f"case-file.{action}", f"case-file:{seen.id}", file_no=seen.file_no)
    work.session.expire_all()
    return queries.case_file(work.session, work.actor, seen.id)


def _note(
    work: UnitOfWork, case_file_id: int, action: str, reason: str, fields: dict[str, list[str]]
) -> None:
    work.session.add(
        CaseFileChange(
            case_file_id=case_file_id,
            at=work.now,
            by=work.actor.user_id,
            action=action,
            reason=reason,
            fields=fields,
        )
    )
    work.session.flush()


def _mine(work: UnitOfWork, case_file_id: int) -> CaseFileRow:
    """Raises NotFound, Forbidden."""
    work.actor.must(Permission.FILE)
    seen = queries.case_file(work.session, work.actor, case_file_id)
    if not may_file(work.actor, seen.class_code):
        raise Forbidden()
    return seen


def _locked(work: UnitOfWork, case_file_id: CaseFileId) -> CaseFile:
    found = work.session.get(CaseFile, case_file_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def locked_file(work: UnitOfWork, file_no: str) -> CaseFile | None:
    """The file with this number in any spelling, locked against being closed meanwhile; None if there is none."""
    seen = queries.case_file_called(work.session, work.actor, file_no)
    if seen is None:
        return None
    return work.session.get(CaseFile, seen.id, with_for_update=True, populate_existing=True)
