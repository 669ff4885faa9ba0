"""The nightly look at what stays away: tasks for gaps after TASK_AFTER, the manager's business after ESCALATED_AFTER.

Walks open gaps in batches, each its own transaction; what is done already is not found again, so that a run that was
broken off goes on where it stopped and a second one finds nothing to do.
"""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Final

from sqlalchemy import Select, and_, exists, func, or_, select

from archive_service.bootstrap import Archive
from archive_service.checklists.models import ChecklistItem, OpenedChecklist, SupplementTask
from archive_service.checklists.queries.items import ItemRow
from archive_service.checklists.queries.sights import satisfied
from archive_service.checklists.queries.tasks import task
from archive_service.checklists.rules import ESCALATED_AFTER, TASK_AFTER, ListState, Need, TaskEnd
from archive_service.checklists.service.ending import end_task
from archive_service.checklists.service.evaluating import evidence_of
from archive_service.checklists.service.settling import link_paper
from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.clock import business_day
from archive_service.unit_of_work import UnitOfWork

BATCH: Final = 200

Told = Callable[[int, int | None], None]


def chase_gaps(archive: Archive, progress: Told = lambda _done, _total: None) -> tuple[int, int]:
    """How many tasks were opened, and how many escalated. ``progress(done, total)``."""
    today = business_day(archive.clock.now())
    with archive.reading() as session:
        total = session.scalar(select(func.count()).select_from(_gaps(today).subquery())) or 0
    while _end_some(archive) > 0:
        pass
    opened = escalated = 0
    while (found := _open_some(archive, today)) > 0:
        opened += found
        progress(opened, total)
    while (found := _escalate_some(archive, today)) > 0:
        escalated += found
        progress(opened + escalated, total + escalated)
    return opened, escalated


def _gaps(today: date) -> Select[int]:
    has_task = exists().where(SupplementTask.item_id == ChecklistItem.id, SupplementTask.closed_at.is_(None))
    return (
        select(ChecklistItem.id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .where(
            ChecklistItem.need == Need.NEEDED.value,
            ~ChecklistItem.waived,
            or_(~ChecklistItem.linked, ~satisfied(service_actor())),
            ChecklistItem.needed_since <= today - TASK_AFTER,
            # Nobody is chased before the day that was promised.
            or_(ChecklistItem.promised_for.is_(None), ChecklistItem.promised_for < today),
            OpenedChecklist.state == ListState.OPEN.value,
            ~has_task,
        )
    )


def _open_some(archive: Archive, today: date) -> int:
    with archive.unit_of_work(service_actor()) as work:
        found = work.session.scalars(_gaps(today).order_by(ChecklistItem.id).limit(BATCH)).all()
        if found:
            new = [
                SupplementTask(item_id=item_id, opened_on=today, due_on=today + TASK_AFTER, reason="overdue")
                for item_id in found
            ]
            work.session.add_all(new)
            work.session.flush()
            told = [task.id for task in new]
            work.audit("supplement-task.opened", "job:checklist_gaps", tasks=told, reason="overdue")
        return len(found)


def _end_some(archive: Archive) -> int:
    """Tasks that nothing else ends: the paper that stood for the item is filed again, or the list was closed."""
    with archive.unit_of_work(service_actor()) as work:
        asked = (
            select(SupplementTask.item_id)
            .join(ChecklistItem, ChecklistItem.id == SupplementTask.item_id)
            .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
            .where(
                SupplementTask.closed_at.is_(None),
                or_(satisfied(service_actor()), OpenedChecklist.state == ListState.CLOSED.value),
            )
            .order_by(SupplementTask.id)
            .limit(BATCH)
        )
        found = work.session.scalars(asked).all()
        for item_id in found:
            evidence = work.session.scalar(evidence_of(item_id))
            end_task(work, item_id, TaskEnd.EVIDENCE if evidence else TaskEnd.NOT_NEEDED, evidence)
        return len(found)


def _escalate_some(archive: Archive, today: date) -> int:
    with archive.unit_of_work(service_actor()) as work:
        asked = (
            select(SupplementTask)
            .join(ChecklistItem, ChecklistItem.id == SupplementTask.item_id)
            .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
            .where(
                and_(SupplementTask.closed_at.is_(None), SupplementTask.escalated_on.is_(None)),
                OpenedChecklist.state == ListState.OPEN.value,
                ChecklistItem.needed_since <= today - ESCALATED_AFTER,
            )
            .order_by(SupplementTask.id)
            .limit(BATCH)
        )
        found = work.session.scalars(asked).all()
        for one in found:
            one.escalated_on = today
        if found:
            told = [one.id for one in found]
            work.audit("supplement-task.escalated", "job:checklist_gaps", tasks=told)
        return len(found)


def close_task(
    work: UnitOfWork, task_id: int, *, document_id: uuid.UUID | None = None, archival_no: str = ""
) -> ItemRow:
    """Close a task by its evidence: the paper, which then stands for the item.

    Raises Forbidden, NotFound, NeedsPaper, NotFiled, ListClosed, SettledMeanwhile.
    """
    work.actor.must(Permission.KEEP_CHECKLISTS)
    told = task(work.session, work.actor, business_day(work.now), task_id)
    return link_paper(work, told.item_id, document_id=document_id, archival_no=archival_no)
