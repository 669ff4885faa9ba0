"""Opened lists: which there are, what one of them holds, and how complete they look to whoever asks.

Everything is told as the actor may know it: an item counts as satisfied only by a paper that they see, and items of
classes that are hidden from them are not counted at all.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session

from archive_service.checklists.models import (
    CaseFact,
    Checklist,
    ChecklistChange,
    ChecklistEntry,
    ChecklistItem,
    OpenedChecklist,
)
from archive_service.checklists.queries.lists import ListRow, closed_classes, list_row
from archive_service.checklists.queries.sights import is_missing, satisfied, told_entries, told_of
from archive_service.checklists.rules import ListState, Need, OpenedId
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound

MOST_CHANGES: Final = 100


@dataclass(frozen=True, slots=True)
class Completeness:
    """Of the items that are needed now, how many are settled; ``promised`` and ``missing`` are the rest.

    ``undecided``: items of which nobody said yet whether they are needed. ``partial``: some classes are not told.
    """

    needed: int
    settled: int
    promised: int
    undecided: int
    partial: bool

    @property
    def missing(self) -> int:
        return self.needed - self.settled - self.promised

    @property
    def complete(self) -> bool:
        """Source: the lists' completion rules: present, or promised for a day."""
        return self.missing == 0 and self.undecided == 0

    @property
    def percent(self) -> int:
        return 100 * self.settled // self.needed if self.needed else 100


@dataclass(frozen=True, slots=True)
class OpenedRow:
    id: OpenedId
    checklist: ListRow
    unit_id: int | None
    case_file_id: int | None
    case_name: str
    event_on: date
    steward_id: int | None
    stage: str
    state: ListState
    opened_at: datetime
    opened_by: int | None

    @property
    def is_open(self) -> bool:
        return self.state is ListState.OPEN


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """``after`` of ``closed``: a ``ClosedBy``, or nothing where a person closed the list for itself."""

    at: datetime
    by: int | None
    action: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """``by``: None if the service found out for itself."""

    fact: str
    holds: bool
    at: datetime
    by: int | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedFilter:
    """``codes``: of lists. ``incomplete``: only those of which something is missing for who asks."""

    code: str = ""
    unit_id: int | None = None
    case_file_id: int | None = None
    steward_id: int | None = None
    state: ListState | None = None


def _chosen(session: Session, actor: Actor, wanted: OpenedFilter) -> list[ColumnElement[bool]]:
    conditions = [told_of(closed_classes(session, actor))]
    if wanted.code:
        conditions.append(OpenedChecklist.code == wanted.code)
    if wanted.unit_id is not None:
        conditions.append(OpenedChecklist.unit_id == wanted.unit_id)
    if wanted.case_file_id is not None:
        conditions.append(OpenedChecklist.case_file_id == wanted.case_file_id)
    if wanted.steward_id is not None:
        conditions.append(OpenedChecklist.steward_id == wanted.steward_id)
    if wanted.state is not None:
        conditions.append(OpenedChecklist.state == wanted.state.value)
    return conditions


def opened_lists(
    session: Session,
    actor: Actor,
    wanted: OpenedFilter = OpenedFilter(),
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[OpenedRow]:
    """Newest first."""
    asked = (
        select(OpenedChecklist, Checklist)
        .join(Checklist, Checklist.id == OpenedChecklist.checklist_id)
        .where(*_chosen(session, actor, wanted))
        .order_by(OpenedChecklist.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [opened_row(o, c) for o, c in session.execute(asked)]


def opened_count(session: Session, actor: Actor, wanted: OpenedFilter = OpenedFilter()) -> int:
    asked = select(func.count()).select_from(OpenedChecklist).where(*_chosen(session, actor, wanted))
    return session.scalar(asked) or 0


def opened_list(session: Session, actor: Actor, opened_id: int) -> OpenedRow:
    """Raises NotFound, also for what the actor may not know of."""
    asked = (
        select(OpenedChecklist, Checklist)
        .join(Checklist, Checklist.id == OpenedChecklist.checklist_id)
        .where(OpenedChecklist.id == opened_id, told_of(closed_classes(session, actor)))
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        raise NotFound()
    return opened_row(*found)


def opened_row(o: OpenedChecklist, c: Checklist) -> OpenedRow:
    return OpenedRow(
        id=OpenedId(o.id),
        checklist=list_row(c),
        unit_id=o.unit_id,
        case_file_id=o.case_file_id,
        case_name=o.case_name,
        event_on=o.event_on,
        steward_id=o.steward_id,
        stage=o.stage,
        state=ListState(o.state),
        opened_at=o.opened_at,
        opened_by=o.opened_by,
    )


def completeness(
    session: Session, actor: Actor, opened_ids: Sequence[int], *, stages: Collection[str] | None = None
) -> dict[int, Completeness]:
    """By opened list, in one statement. ``stages``: only items of these."""
    hidden = closed_classes(session, actor)
    absent, there = is_missing(actor), or_(satisfied(actor), ChecklistItem.waived)
    needed = ChecklistItem.need == Need.NEEDED.value
    promised = and_(absent, ChecklistItem.promised_for.is_not(None))
    undecided = and_(ChecklistItem.need == Need.UNDECIDED.value, not_(there))

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    told = told_entries(hidden)
    asked = (
        select(
            ChecklistItem.opened_id,
            count(and_(told, needed)),
            count(and_(told, needed, there)),
            count(and_(told, promised)),
            count(and_(told, undecided)),
            count(not_(told) if hidden else false()),
        )
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .where(ChecklistItem.opened_id.in_(opened_ids))
        .group_by(ChecklistItem.opened_id)
    )
    if stages is not None:
        asked = asked.where(ChecklistEntry.stage.in_(stages))
    return {
        row[0]: Completeness(int(row[1]), int(row[2]), int(row[3]), int(row[4]), bool(row[5]))
        for row in session.execute(asked)
    }


def facts_of(session: Session, opened_id: int) -> list[FactRow]:
    """What was said of the case, newest first."""
    asked = select(CaseFact).where(CaseFact.opened_id == opened_id).order_by(CaseFact.id.desc())
    return [FactRow(f.fact, f.holds, f.at, f.by, f.ended_at) for f in session.scalars(asked.limit(200))]


def facts_seen(facts: Iterable[FactRow]) -> str:
    """The answers that hold, to be sent back by a form that changes them: ``key_lost:no,owners_key:yes``."""
    live = {fact.fact: fact.holds for fact in facts if fact.ended_at is None}
    return ",".join(f"{code}:{'yes' if live[code] else 'no'}" for code in sorted(live))


def changes(session: Session, opened_id: int) -> list[ChangeRow]:
    """Newest first."""
    asked = select(ChecklistChange).where(ChecklistChange.opened_id == opened_id)
    rows = session.scalars(asked.order_by(ChecklistChange.id.desc()).limit(MOST_CHANGES))
    return [ChangeRow(c.at, c.by, c.action, c.before, c.after, c.reason) for c in rows]
