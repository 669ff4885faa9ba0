"""Checklists (资料清单): what must be on file of a move-in, a renovation, a complaint, and what is still missing.

A list is opened by the event it names, for a unit, a case file or a named case. Its items are settled by links to
filed papers, by "not applicable" with a reason, or by a promise for a day; what stays away becomes a task.
"""

from archive_service.checklists.queries.items import ItemRow, SettlementRow, item, items
from archive_service.checklists.queries.lists import EntryRow, ListRow, are_loaded, list_called, lists
from archive_service.checklists.queries.missing import (
    Fit,
    MissingFilter,
    MissingRow,
    fits_of,
    missing,
    missing_count,
    proposals,
)
from archive_service.checklists.queries.opened import (
    Completeness,
    OpenedFilter,
    OpenedRow,
    completeness,
    opened_count,
    opened_list,
    opened_lists,
)
from archive_service.checklists.queries.tasks import TaskFilter, TaskRow, task_count, tasks, waiting_count
from archive_service.checklists.rules import ItemStanding, ListState, Need, Settlement
from archive_service.checklists.service.chasing import chase_gaps, close_task
from archive_service.checklists.service.going_on import (
    close_list,
    enter_stage,
    entrust,
    reopen_list,
    tell_facts,
)
from archive_service.checklists.service.loading import load_shipped_lists
from archive_service.checklists.service.opening import open_for_case_file, open_list
from archive_service.checklists.service.settling import link_paper, promise, set_aside, take_back

__all__ = [
    "Completeness",
    "EntryRow",
    "Fit",
    "ItemRow",
    "ItemStanding",
    "ListRow",
    "ListState",
    "MissingFilter",
    "MissingRow",
    "Need",
    "OpenedFilter",
    "OpenedRow",
    "Settlement",
    "SettlementRow",
    "TaskFilter",
    "TaskRow",
    "are_loaded",
    "chase_gaps",
    "close_list",
    "close_task",
    "completeness",
    "enter_stage",
    "entrust",
    "fits_of",
    "item",
    "items",
    "link_paper",
    "list_called",
    "lists",
    "load_shipped_lists",
    "missing",
    "missing_count",
    "open_for_case_file",
    "open_list",
    "opened_count",
    "opened_list",
    "opened_lists",
    "promise",
    "proposals",
    "reopen_list",
    "set_aside",
    "take_back",
    "task_count",
    "tasks",
    "tell_facts",
    "waiting_count",
]
