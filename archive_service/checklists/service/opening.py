"""Opening a list: by hand with an event and its day, or because a case file was opened."""

from datetime import date
from typing import Final

from sqlalchemy import select

from archive_service import people, premises, records
from archive_service.checklists.models import Checklist, ChecklistEntry, ChecklistItem, OpenedChecklist
from archive_service.checklists.queries.lists import ListRow, list_called, lists
from archive_service.checklists.queries.opened import OpenedRow, opened_list
from archive_service.checklists.rules import (
    MOST_NAME,
    ListState,
    Need,
    NeedsSubject,
    UnknownChecklist,
    UnknownPerson,
)
from archive_service.checklists.service.evaluating import evaluate, keep_fact
from archive_service.checklists.service.noting import event_day, note
from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import UserId
from archive_service.premises import UnitKind
from archive_service.records import CaseFileRow, TooLong, clean_text
from archive_service.unit_of_work import UnitOfWork

HOUSING: Final = "housing"
"""The fact that a unit's register tells: whether it is a flat."""


def open_list(
    work: UnitOfWork,
    code: str,
    *,
    unit_id: int | None = None,
    case_file_id: int | None = None,
    case_name: str = "",
    event_on: date | None = None,
    steward_id: int | None = None,
) -> OpenedRow:
    """Open the list ``code`` for a unit, a case file, a named case, or several of these.

    ``event_on``: the day of what opens it; by default today. ``steward_id``: whose it is to get its gaps closed; by
    default whoever opens it. Raises Forbidden, UnknownChecklist, NeedsSubject, TooLong, BadEventDay, UnknownPerson,
    and NotFound for a unit or a file that the actor does not see.
    """
    work.actor.must(Permission.KEEP_CHECKLISTS)
    checklist = list_called(work.session, code)
    if checklist is None:
        raise UnknownChecklist(field="checklist", checklist=code[:12])
    name = clean_text(case_name)
    if len(name) > MOST_NAME:
        raise TooLong(field="case_name", most=MOST_NAME)
    if unit_id is None and case_file_id is None and not name:
        raise NeedsSubject(field="unit")
    file = None if case_file_id is None else records.case_file(work.session, work.actor, case_file_id)
    if unit_id is not None:
        premises.unit(work.session, unit_id)
    elif file is not None:
        unit_id = unit_of_file(work, file)
    if steward_id is not None:
        known_person(work, steward_id)
    else:
        steward_id = work.actor.user_id
    return _opened(
        work, checklist, unit_id, file, name, event_on=event_day(work, event_on), steward_id=steward_id
    )


def open_for_case_file(work: UnitOfWork, case_file_id: int) -> list[OpenedRow]:
    """Open the lists of a file's class, once however often it is asked; answers those that are new."""
    work.actor.must(Permission.KEEP_CHECKLISTS)
    file = records.case_file(work.session, work.actor, case_file_id)
    new: list[OpenedRow] = []
    for checklist in lists(work.session):
        if file.class_code not in checklist.opens_for:
            continue
        origin = f"case-file:{file.id}"
        known = select(OpenedChecklist.id).where(
            OpenedChecklist.code == checklist.code, OpenedChecklist.origin == origin
        )
        if work.session.scalar(known) is not None:
            continue
        new.append(
            _opened(
                work,
                checklist,
                unit_of_file(work, file),
                file,
                "",
                event_on=file.opened_on,
                steward_id=file.created_by,
                origin=origin,
            )
        )
    return new


def unit_of_file(work: UnitOfWork, file: CaseFileRow) -> int | None:
    """The unit that the file's cover names, if it can be only one."""
    meant = premises.unit_meant(work.session, file.facts.unit, fonds=file.fonds).unit
    return meant.id if meant else None


def known_person(work: UnitOfWork, user_id: int) -> None:
    """Raises UnknownPerson."""
    if people.person(work.session, work.now, UserId(user_id)) is None:
        raise UnknownPerson(field="steward")


def _opened(
    work: UnitOfWork,
    checklist: ListRow,
    unit_id: int | None,
    file: CaseFileRow | None,
    name: str,
    *,
    event_on: date,
    steward_id: int | None,
    origin: str | None = None,
) -> OpenedRow:
    row = OpenedChecklist(
        checklist_id=checklist.id,
        code=checklist.code,
        unit_id=unit_id,
        case_file_id=file.id if file else None,
        case_class=file.class_code if file else "",
        case_name=name,
        origin=origin,
        event_on=event_on,
        steward_id=steward_id,
        stage=checklist.stages[0].code if checklist.stages else "",
        state=ListState.OPEN.value,
        opened_at=work.now,
        opened_by=work.actor.user_id,
    )
    work.session.add(row)
    work.session.flush()
    entries = work.session.scalars(
        select(ChecklistEntry.id)
        .join(Checklist, Checklist.id == ChecklistEntry.checklist_id)
        .where(Checklist.id == checklist.id)
        .order_by(ChecklistEntry.position)
    )
    for entry_id in entries.all():
        work.session.add(ChecklistItem(opened_id=row.id, entry_id=entry_id, need=Need.LATER.value))
    work.session.flush()
    if unit_id is not None and any(fact.code == HOUSING for fact in checklist.facts):
        keep_fact(work, row.id, HOUSING, premises.unit(work.session, unit_id).facts.kind is UnitKind.FLAT)
    evaluate(work, row, checklist, since=event_on)
    note(work, row.id, "opened", after=checklist.code)
    work.audit("checklist.opened", f"checklist:{row.id}", checklist=checklist.code, unit=unit_id)
    return opened_list(work.session, work.actor, row.id)
