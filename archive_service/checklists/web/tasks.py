"""Supplement tasks (补齐任务): whose they are, what is due, closed by their evidence."""

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.checklists.queries import tasks as queries
from archive_service.checklists.queries.tasks import TaskFilter
from archive_service.checklists.service.chasing import close_task
from archive_service.checklists.web.furnishing import PAGE_SIZE, blueprint, names_for, to, words
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Conflict, Invalid, NotFound
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
)


@blueprint.get("/tasks")
def tasks() -> str:
    only_asked("show", "page")
    return _page(None)


def _page(trouble: str | None) -> str:
    """``show``: ``mine``, ``escalated``, ``all`` or ``closed``."""
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_CHECKLISTS)
    oversees = actor.may(Permission.OVERSEE_CHECKLISTS)
    shown = request.args.get("show", "escalated" if oversees else "mine")
    shown = shown if shown in ("mine", "escalated", "all", "closed") else "mine"
    wanted = TaskFilter(
        open=shown != "closed",
        steward_id=actor.user_id if shown == "mine" else None,
        escalated=shown == "escalated",
    )
    number, today = asked_page(), business_day(archive.clock.now())
    with archive.reading() as session:
        total = queries.task_count(session, actor, today, wanted)
        rows = queries.tasks(session, actor, today, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        names = names_for(session, rows, [row.steward_id for row in rows])
    return render_template(
        "checklists/tasks.html",
        rows=rows,
        names=names,
        shown=shown,
        today=today,
        trouble=trouble,
        paging=Paging(number, PAGE_SIZE, total),
        **words(),
    )


@blueprint.post("/tasks/<int(max=2147483647):task_id>/closing")
def close(task_id: int) -> ResponseReturnValue:
    """By its evidence: the archival number of the paper that came."""
    only_asked("show", "page")
    refuse_unknown(frozenset({"archival_no"}))
    actor = current_actor()
    actor.must(Permission.KEEP_CHECKLISTS)
    try:
        with current_archive().unit_of_work(actor) as work:
            close_task(work, task_id, archival_no=request.form.get("archival_no", ""))
    except (Invalid, Conflict, NotFound) as error:
        status = 404 if isinstance(error, NotFound) else 409 if isinstance(error, Conflict) else 422
        return make_response(_page(explain(error)), status)
    flash(str(gettext("The task is closed; the paper stands for its item.")), "success")
    return to("checklists.tasks", **request.args.to_dict())
