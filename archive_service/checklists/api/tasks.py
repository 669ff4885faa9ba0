"""Supplement tasks for programs."""

from flask import Response

from archive_service.api import Reply, doors, once
from archive_service.checklists.api.answers import (
    ItemTold,
    SupplementTaskList,
    SupplementTaskQuery,
    TaskEvidence,
    item_told,
    task_told,
)
from archive_service.checklists.api.lists import blueprint
from archive_service.checklists.queries import tasks as queries
from archive_service.checklists.queries.tasks import TaskFilter
from archive_service.checklists.service import chasing
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive


@blueprint.get("/supplement-tasks")
@blueprint.input(SupplementTaskQuery, location="query", arg_name="asked")
@blueprint.output(SupplementTaskList)
@blueprint.doc(summary=N_("Tasks to get papers that stay away, due first"))
def tasks(asked: SupplementTaskQuery) -> SupplementTaskList:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_CHECKLISTS)
    wanted = TaskFilter(open=asked.open, steward_id=asked.steward_id, escalated=asked.escalated)
    today = business_day(archive.clock.now())
    with archive.reading() as session:
        total = queries.task_count(session, actor, today, wanted)
        offset = (asked.page - 1) * asked.size
        rows = queries.tasks(session, actor, today, wanted, offset=offset, limit=asked.size)
    return SupplementTaskList(
        total=total, page=asked.page, size=asked.size, tasks=[task_told(row) for row in rows]
    )


@blueprint.post("/supplement-tasks/<int(max=2147483647):task_id>/closing")
@blueprint.input(TaskEvidence, arg_name="asked")
@blueprint.output(ItemTold)
@blueprint.doc(summary=N_("Close a task by the paper that came, which then stands for the item"))
def close_task(task_id: int, asked: TaskEvidence) -> Response:
    current_actor().must(Permission.KEEP_CHECKLISTS)

    def effect(work: UnitOfWork) -> Reply:
        row = chasing.close_task(work, task_id, document_id=asked.document_id, archival_no=asked.archival_no)
        return Reply(200, item_told(row).model_dump(mode="json"), {})

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))
