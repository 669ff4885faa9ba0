"""What is missing, by unit, by steward, by class; and which filed papers would stand for it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from archive_service import premises, records
from archive_service.checklists.models import Checklist, ChecklistEntry, ChecklistItem, OpenedChecklist
from archive_service.checklists.queries.items import ItemRow
from archive_service.checklists.queries.lists import EntryRow, closed_classes, entry_row
from archive_service.checklists.queries.opened import OpenedRow
from archive_service.checklists.queries.sights import is_missing, told_entries, told_of
from archive_service.checklists.rules import ItemId, ListState, OpenedId, likeness
from archive_service.kernel.actor import Actor
from archive_service.records import DocumentRow

MOST_COUNTED: Final = 20_000
CLEAR_LIKENESS: Final = 0.4
MOST_PROPOSED: Final = 50
"""Papers that are looked at for the proposals of one list; there is a search for the others."""


@dataclass(frozen=True, slots=True)
class MissingFilter:
    """``class_code``: the class and what lies below it. ``checklist``: the list's code."""

    unit_id: int | None = None
    steward_id: int | None = None
    class_code: str = ""
    checklist: str = ""
    opened_id: int | None = None


@dataclass(frozen=True, slots=True)
class MissingRow:
    item_id: ItemId
    opened_id: OpenedId
    entry: EntryRow
    list_zh: str
    list_en: str
    list_code: str
    unit_id: int | None
    case_file_id: int | None
    case_name: str
    steward_id: int | None
    needed_since: date
    promised_for: date | None

    def list_name(self, language: str) -> str:
        return self.list_zh if language.startswith("zh") else self.list_en


def _missing(session: Session, actor: Actor, wanted: MissingFilter) -> tuple[ColumnElement[bool], ...]:
    hidden = closed_classes(session, actor)
    conditions = [
        is_missing(actor),
        OpenedChecklist.state == ListState.OPEN.value,
        told_of(hidden),
        told_entries(hidden),
    ]
    if wanted.unit_id is not None:
        conditions.append(OpenedChecklist.unit_id == wanted.unit_id)
    if wanted.steward_id is not None:
        conditions.append(OpenedChecklist.steward_id == wanted.steward_id)
    if wanted.opened_id is not None:
        conditions.append(OpenedChecklist.id == wanted.opened_id)
    if wanted.checklist:
        conditions.append(OpenedChecklist.code == wanted.checklist)
    if wanted.class_code:
        code = ChecklistEntry.class_code
        below = code.startswith(wanted.class_code + ".", autoescape=True)
        conditions.append(or_(code == wanted.class_code, below))
    return tuple(conditions)


def missing(
    session: Session,
    actor: Actor,
    wanted: MissingFilter = MissingFilter(),
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[MissingRow]:
    """What has been missing longest comes first."""
    asked = (
        select(ChecklistItem, ChecklistEntry, OpenedChecklist, Checklist)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .join(Checklist, Checklist.id == OpenedChecklist.checklist_id)
        .where(*_missing(session, actor, wanted))
        .order_by(ChecklistItem.needed_since, ChecklistItem.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        MissingRow(
            item_id=ItemId(i.id),
            opened_id=OpenedId(o.id),
            entry=entry_row(e),
            list_zh=c.name_zh,
            list_en=c.name_en,
            list_code=c.code,
            unit_id=o.unit_id,
            case_file_id=o.case_file_id,
            case_name=o.case_name,
            steward_id=o.steward_id,
            needed_since=i.needed_since or o.event_on,
            promised_for=i.promised_for,
        )
        for i, e, o, c in session.execute(asked)
    ]


def missing_count(session: Session, actor: Actor, wanted: MissingFilter = MissingFilter()) -> int:
    """MOST_COUNTED for more: whose sight of papers has to be asked for each item would wait for the rest."""
    found = (
        select(ChecklistItem.id)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .where(*_missing(session, actor, wanted))
        .limit(MOST_COUNTED)
    )
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


@dataclass(frozen=True, slots=True)
class Fit:
    """A filed paper that may stand for an item: a person says whether it does. ``likeness``: 0 to 1."""

    item_id: ItemId
    opened_id: OpenedId
    entry: EntryRow
    paper: DocumentRow
    likeness: float


def proposals(
    session: Session, actor: Actor, opened: OpenedRow, shown: Sequence[ItemRow]
) -> dict[int, list[Fit]]:
    """By item, best first: papers of its class in the list's file or of its unit that stand for nothing in this list
    yet. Of what the actor sees, like everything else."""
    gaps = [row for row in shown if row.state.value in ("missing", "promised")]
    if not gaps or not opened.is_open:
        return {}
    papers = records.filed_papers(
        session,
        actor,
        classes={row.entry.class_code for row in gaps},
        case_file_id=opened.case_file_id,
        unit_id=opened.unit_id,
        limit=MOST_PROPOSED,
    )
    used = {s.document_id for row in shown for s in row.live}
    found: dict[int, list[Fit]] = {}
    for paper in papers:
        if paper.id in used:
            continue
        fits = [
            Fit(row.id, row.opened_id, row.entry, paper, likeness(paper.title, row.entry.name_zh))
            for row in gaps
            if row.entry.class_code == paper.class_code
        ]
        for fit in _closest(fits):
            found.setdefault(fit.item_id, []).append(fit)
    for fits in found.values():
        fits.sort(key=lambda fit: fit.likeness, reverse=True)
    return found


def _closest(fits: Sequence[Fit]) -> list[Fit]:
    """Best first. Where a title says what the paper is, those that it does not call are left out: a class may have a
    dozen items."""
    ordered = sorted(fits, key=lambda fit: fit.likeness, reverse=True)
    if not ordered or ordered[0].likeness < CLEAR_LIKENESS:
        return ordered
    return [fit for fit in ordered if fit.likeness >= 0.75 * ordered[0].likeness]


def fits_of(session: Session, actor: Actor, document_id: uuid.UUID, *, limit: int = 5) -> list[Fit]:
    """Open items, best first, for which this filed paper may stand; none if it is not filed."""
    paper = records.document(session, actor, document_id)
    filing = records.filing(session, document_id)
    if filing is None or not paper.class_code:
        return []
    about: list[ColumnElement[bool]] = []
    if filing.case_file_id is not None:
        about.append(OpenedChecklist.case_file_id == filing.case_file_id)
    meant = premises.unit_meant(session, paper.unit, fonds=filing.fonds).unit if paper.unit else None
    if meant is not None:
        about.append(OpenedChecklist.unit_id == meant.id)
    if not about:
        return []
    asked = (
        select(ChecklistItem, ChecklistEntry)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .where(
            *_missing(session, actor, MissingFilter()),
            ChecklistEntry.class_code == paper.class_code,
            or_(*about),
        )
        .order_by(ChecklistItem.id.desc())
        .limit(MOST_PROPOSED)
    )
    fits = [
        Fit(ItemId(i.id), OpenedId(i.opened_id), entry_row(e), paper, likeness(paper.title, e.name_zh))
        for i, e in session.execute(asked)
    ]
    return _closest(fits)[:limit]
