"""A unit changes hands: each list that is open of it or of its owners' files goes on or ends, as a person decided.

The new owners' move-in file opens the list of its own class, like every case file.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.checklists.models import Checklist, OpenedChecklist
from archive_service.checklists.queries.lists import closed_classes
from archive_service.checklists.queries.opened import opened_row
from archive_service.checklists.queries.sights import told_of
from archive_service.checklists.rules import MOST_REASON, ClosedBy, ListState
from archive_service.checklists.service.ending import end_list
from archive_service.kernel.actor import Actor
from archive_service.records import Hung
from archive_service.unit_of_work import UnitOfWork

_KEY: Final = "checklist:"


class ListsOfTheUnit:
    """Follows title transfers. Source: workflows.md §4, what hung on the old owner is closed or carried by decision."""

    def hanging(
        self, session: Session, actor: Actor, unit_id: int, case_file_ids: Collection[int]
    ) -> Sequence[Hung]:
        of_it = or_(OpenedChecklist.unit_id == unit_id, OpenedChecklist.case_file_id.in_(case_file_ids))
        asked = (
            select(OpenedChecklist, Checklist)
            .join(Checklist, Checklist.id == OpenedChecklist.checklist_id)
            .where(
                of_it, OpenedChecklist.state == ListState.OPEN.value, told_of(closed_classes(session, actor))
            )
            .order_by(OpenedChecklist.id)
        )
        rows = [opened_row(o, c) for o, c in session.execute(asked)]
        named = {row.case_file_id for row in rows if row.case_file_id is not None}
        files = records.case_files_by_id(session, actor, named)
        found = []
        for row in rows:
            file = files.get(row.case_file_id) if row.case_file_id is not None else None
            which = " ".join(text for text in (file.file_no if file else "", row.case_name) if text)
            list_ = row.checklist
            found.append(
                Hung(
                    f"{_KEY}{row.id}",
                    f"资料清单“{list_.name_zh}” {which}".strip(),
                    f"Checklist “{list_.name_en}” {which}".strip(),
                )
            )
        return found

    def end(self, work: UnitOfWork, keys: Collection[str], reason: str) -> None:
        """Also with gaps: they are none of the new owners'."""
        ids = [int(key.removeprefix(_KEY)) for key in keys]
        asked = (
            select(OpenedChecklist)
            .where(OpenedChecklist.id.in_(ids), OpenedChecklist.state == ListState.OPEN.value)
            .order_by(OpenedChecklist.id)
            .with_for_update()
        )
        for row in work.session.scalars(asked.execution_options(populate_existing=True)).all():
            end_list(work, row, reason=reason[:MOST_REASON], closed_by=ClosedBy.TITLE_TRANSFER)
