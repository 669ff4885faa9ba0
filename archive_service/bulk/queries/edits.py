"""Edits of many documents: of whoever began them, and of nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.bulk.models import BulkEdit, BulkEditItem
from archive_service.bulk.rules import EditId, EditState, ItemState
from archive_service.bulk.rules.editing import Changes, changes_from
from archive_service.bulk.rules.selection import Selection, selection_from
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId


@dataclass(frozen=True, slots=True)
class EditView:
    """``counts``: documents by state."""

    id: EditId
    state: EditState
    selection: Selection
    changes: Changes
    reason: str
    created_at: datetime
    created_by: int
    finished_at: datetime | None
    counts: Mapping[ItemState, int]

    def count(self, *states: ItemState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def documents(self) -> int:
        return sum(self.counts.values())

    @property
    def handled(self) -> int:
        return self.count(ItemState.DONE, ItemState.STALE, ItemState.FAILED)

    @property
    def to_handle(self) -> int:
        return self.handled + self.count(ItemState.READY)

    @property
    def is_underway(self) -> bool:
        return self.state is EditState.APPLYING


@dataclass(frozen=True, slots=True)
class EditLine:
    """``fields``: {name: (old, new)}; ``trouble``: code of why it can't be, or was not, changed."""

    document_id: DocumentId
    state: ItemState
    fields: Mapping[str, tuple[str, str]]
    trouble: str
    trouble_facts: Mapping[str, Any]


def _view(edit: BulkEdit, counts: Mapping[ItemState, int]) -> EditView:
    return EditView(
        EditId(edit.id),
        EditState(edit.state),
        selection_from(edit.selection),
        changes_from(edit.changes),
        edit.reason,
        edit.created_at,
        edit.created_by,
        edit.finished_at,
        counts,
    )


def _counts(session: Session, ids: list[int]) -> dict[int, dict[ItemState, int]]:
    query = select(BulkEditItem.edit_id, BulkEditItem.state, func.count()).where(
        BulkEditItem.edit_id.in_(ids)
    )
    found: dict[int, dict[ItemState, int]] = {}
    for edit_id, state, count in session.execute(query.group_by(BulkEditItem.edit_id, BulkEditItem.state)):
        found.setdefault(edit_id, {})[ItemState(state)] = count
    return found


def edit_view(session: Session, actor: Actor, edit_id: int) -> EditView:
    """Raises NotFound, also for those of others."""
    edit = session.get(BulkEdit, edit_id)
    if edit is None or (edit.created_by != actor.user_id and actor.via != "job"):
        raise NotFound()
    return _view(edit, _counts(session, [edit.id]).get(edit.id, {}))


def edits(session: Session, actor: Actor, *, offset: int = 0, limit: int = 20) -> list[EditView]:
    """Newest first."""
    query = select(BulkEdit).where(BulkEdit.created_by == (actor.user_id or 0)).order_by(BulkEdit.id.desc())
    rows = list(session.scalars(query.offset(offset).limit(limit)))
    counts = _counts(session, [row.id for row in rows])
    return [_view(row, counts.get(row.id, {})) for row in rows]


def edit_count(session: Session, actor: Actor) -> int:
    query = select(func.count()).select_from(BulkEdit).where(BulkEdit.created_by == (actor.user_id or 0))
    return session.scalar(query) or 0


def edit_lines(
    session: Session, edit_id: EditId, states: tuple[ItemState, ...] = (), *, offset: int = 0, limit: int = 50
) -> list[EditLine]:
    """In the order in which they were chosen. Whoever asks has been let in by ``edit_view``."""
    query = select(BulkEditItem).where(BulkEditItem.edit_id == edit_id)
    if states:
        query = query.where(BulkEditItem.state.in_([state.value for state in states]))
    return [
        EditLine(
            DocumentId(item.document_id),
            ItemState(item.state),
            {name: (pair[0], pair[1]) for name, pair in item.fields.items()},
            item.trouble or "",
            item.trouble_facts,
        )
        for item in session.scalars(query.order_by(BulkEditItem.id).offset(offset).limit(limit))
    ]
