"""Supplement tasks (补齐任务): whose they are, when they are due, what closed them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.checklists.models import (
    Checklist,
    ChecklistEntry,
    ChecklistItem,
    OpenedChecklist,
    SupplementTask,
)
from archive_service.checklists.queries.lists import EntryRow, closed_classes, entry_row
from archive_service.checklists.queries.sights import told_entries, told_of
from archive_service.checklists.rules import ESCALATED_AFTER, ItemId, ListState, OpenedId, TaskEnd, TaskId
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """``open``: None for all. ``steward_id``: whose. ``escalated``: only those that are the manager's business."""

    open: bool | None = True
    steward_id: int | None = None
    escalated: bool = False
    opened_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """``escalated``: by the calendar. ``is_open``: for who asks; it is to whoever does not see what closed it."""

    id: TaskId
    item_id: ItemId
    opened_id: OpenedId
    entry: EntryRow
    list_zh: str
    list_en: str
    unit_id: int | None
    case_file_id: int | None
    case_name: str
    steward_id: int | None
    opened_on: date
    due_on: date
    reason: str
    escalated: bool
    is_open: bool
    outcome: TaskEnd | None
    evidence: DocumentId | None

    def list_name(self, language: str) -> str:
        return self.list_zh if language.startswith("zh") else self.list_en


def _closed_unseen(actor: Actor) -> ColumnElement[bool]:
    """Closed by a paper that the actor does not see."""
    if actor.sees_every_document:
        return false()
    evidence = SupplementTask.document_id
    return and_(evidence.is_not(None), evidence.not_in(records.visible_ids(actor)))


def _looks_open(actor: Actor) -> ColumnElement[bool]:
    """A task that was closed by a paper which the actor does not see is open to them as long as its list is, like the
    task of a gap: otherwise it would tell."""
    of_open_list = OpenedChecklist.state == ListState.OPEN.value
    return or_(SupplementTask.closed_at.is_(None), and_(_closed_unseen(actor), of_open_list))


def _looks_escalated(today: date) -> ColumnElement[bool]:
    return ChecklistItem.needed_since <= today - ESCALATED_AFTER


def _chosen(session: Session, actor: Actor, wanted: TaskFilter, today: date) -> list[ColumnElement[bool]]:
    hidden = closed_classes(session, actor)
    conditions = [told_of(hidden), told_entries(hidden)]
    if wanted.open is not None:
        looks_open = _looks_open(actor)
        conditions.append(looks_open if wanted.open else ~looks_open)
    if wanted.steward_id is not None:
        conditions.append(OpenedChecklist.steward_id == wanted.steward_id)
    if wanted.escalated:
        conditions.append(_looks_escalated(today))
    if wanted.opened_id is not None:
        conditions.append(OpenedChecklist.id == wanted.opened_id)
    return conditions


def tasks(
    session: Session,
    actor: Actor,
    today: date,
    wanted: TaskFilter = TaskFilter(),
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[TaskRow]:
    """What is due first comes first."""
    return _rows(
        session,
        actor,
        today,
        _chosen(session, actor, wanted, today),
        offset=offset,
        limit=limit,
    )


def task(session: Session, actor: Actor, today: date, task_id: int) -> TaskRow:
    """Raises NotFound, also for what the actor may not know of."""
    conditions = _chosen(session, actor, TaskFilter(open=None), today)
    rows = _rows(session, actor, today, [SupplementTask.id == task_id, *conditions], offset=0, limit=1)
    if not rows:
        raise NotFound()
    return rows[0]


def _rows(
    session: Session,
    actor: Actor,
    today: date,
    conditions: list[ColumnElement[bool]],
    *,
    offset: int,
    limit: int,
) -> list[TaskRow]:
    # A gap of a closed list is not needed any more, and so is what looks like one.
    shown = case((_looks_open(actor), "open"), (_closed_unseen(actor), "not_needed"), else_="closed")
    asked = (
        select(SupplementTask, ChecklistItem, ChecklistEntry, OpenedChecklist, Checklist, shown)
        .join(ChecklistItem, ChecklistItem.id == SupplementTask.item_id)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .join(Checklist, Checklist.id == OpenedChecklist.checklist_id)
        .where(*conditions)
        .order_by(SupplementTask.due_on, SupplementTask.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        TaskRow(
            id=TaskId(t.id),
            item_id=ItemId(i.id),
            opened_id=OpenedId(o.id),
            entry=entry_row(e),
            list_zh=c.name_zh,
            list_en=c.name_en,
            unit_id=o.unit_id,
            case_file_id=o.case_file_id,
            case_name=o.case_name,
            steward_id=o.steward_id,
            opened_on=t.opened_on,
            due_on=t.due_on,
            reason=t.reason,
            escalated=as_ == "open" and (i.needed_since or t.opened_on) <= today - ESCALATED_AFTER,
            is_open=as_ == "open",
            outcome=_outcome(t, as_),
            evidence=DocumentId(t.document_id) if as_ == "closed" and t.document_id is not None else None,
        )
        for t, i, e, o, c, as_ in session.execute(asked)
    ]


def _outcome(t: SupplementTask, as_: str) -> TaskEnd | None:
    if as_ == "open" or t.outcome is None:
        return None
    return TaskEnd.NOT_NEEDED if as_ == "not_needed" else TaskEnd(t.outcome)


def task_count(session: Session, actor: Actor, today: date, wanted: TaskFilter = TaskFilter()) -> int:
    asked = (
        select(func.count())
        .select_from(SupplementTask)
        .join(ChecklistItem, ChecklistItem.id == SupplementTask.item_id)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .where(*_chosen(session, actor, wanted, today))
    )
    return session.scalar(asked) or 0


def waiting_count(session: Session, actor: Actor, today: date) -> int:
    """Open tasks that wait for the actor: their own, and for who oversees the lists those that were escalated."""
    own = OpenedChecklist.steward_id == actor.user_id if actor.user_id is not None else ~true()
    whose = or_(own, _looks_escalated(today)) if actor.may(Permission.OVERSEE_CHECKLISTS) else own
    asked = (
        select(func.count())
        .select_from(SupplementTask)
        .join(ChecklistItem, ChecklistItem.id == SupplementTask.item_id)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .where(*_chosen(session, actor, TaskFilter(), today), whose)
    )
    return session.scalar(asked) or 0
