"""The end of a list, and of a supplement task: the paper came, or it is not needed any more."""

import uuid

from sqlalchemy import select

from archive_service.checklists.models import ChecklistItem, OpenedChecklist, SupplementTask
from archive_service.checklists.rules import ClosedBy, ListState, TaskEnd
from archive_service.checklists.service.noting import note
from archive_service.unit_of_work import UnitOfWork


def end_task(work: UnitOfWork, item_id: int, outcome: TaskEnd, document_id: uuid.UUID | None = None) -> None:
    """End the item's open task, if it has one."""
    asked = select(SupplementTask).where(
        SupplementTask.item_id == item_id, SupplementTask.closed_at.is_(None)
    )
    task = work.session.scalar(asked.with_for_update())
    if task is None:
        return
    task.closed_at, task.closed_by = work.now, work.actor.user_id
    task.outcome, task.document_id = outcome.value, document_id
    work.audit("supplement-task.closed", f"supplement-task:{task.id}", outcome=outcome.value)
    work.session.flush()


def end_list(
    work: UnitOfWork, row: OpenedChecklist, *, reason: str, closed_by: ClosedBy | None = None
) -> None:
    """Close a list that the caller holds, and its tasks. ``closed_by``: another act that does it along the way."""
    row.state, row.closed_at = ListState.CLOSED.value, work.now
    note(work, row.id, "closed", after=closed_by.value if closed_by else "", reason=reason)
    _end_tasks_of_list(work, row.id)
    work.audit("checklist.closed", f"checklist:{row.id}")


def _end_tasks_of_list(work: UnitOfWork, opened_id: int) -> None:
    """The case is over: nobody has to get anything for it any more."""
    asked = (
        select(SupplementTask.item_id)
        .join(ChecklistItem, ChecklistItem.id == SupplementTask.item_id)
        .where(ChecklistItem.opened_id == opened_id, SupplementTask.closed_at.is_(None))
        .order_by(SupplementTask.item_id)
    )
    for item_id in work.session.scalars(asked).all():
        end_task(work, item_id, TaskEnd.NOT_NEEDED)
