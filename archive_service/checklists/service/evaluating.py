"""What an item comes to: the facts of its case, the stage, and what was said of it, written down beside it."""

import uuid
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Select, select

from archive_service import records
from archive_service.checklists.models import (
    CaseFact,
    ChecklistEntry,
    ChecklistItem,
    ItemSettlement,
    OpenedChecklist,
)
from archive_service.checklists.queries.lists import ListRow
from archive_service.checklists.rules import Mandatory, Need, Settlement, TaskEnd, need_of
from archive_service.checklists.service.ending import end_task
from archive_service.kernel.clock import business_day
from archive_service.unit_of_work import UnitOfWork


def live_facts(work: UnitOfWork, opened_id: int) -> dict[str, bool]:
    asked = select(CaseFact).where(CaseFact.opened_id == opened_id, CaseFact.ended_at.is_(None))
    return {fact.fact: fact.holds for fact in work.session.scalars(asked)}


def keep_fact(work: UnitOfWork, opened_id: int, fact: str, holds: bool) -> bool:
    """False if that is what was said before; otherwise it holds from now on."""
    asked = select(CaseFact).where(
        CaseFact.opened_id == opened_id, CaseFact.fact == fact, CaseFact.ended_at.is_(None)
    )
    known = work.session.scalar(asked)
    if known is not None and known.holds == holds:
        return False
    if known is not None:
        known.ended_at, known.ended_by = work.now, work.actor.user_id
        work.session.flush()  # before another one lives
    work.session.add(
        CaseFact(opened_id=opened_id, fact=fact, holds=holds, at=work.now, by=work.actor.user_id)
    )
    work.session.flush()
    return True


def evaluate(
    work: UnitOfWork, opened: OpenedChecklist, checklist: ListRow, *, since: date | None = None
) -> None:
    """Say of every item anew whether the case needs it. ``since``: from when on it does if it did not before; by
    default from today."""
    day = since or business_day(work.now)
    facts = live_facts(work, opened.id)
    asked = (
        select(ChecklistItem, ChecklistEntry)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .where(ChecklistItem.opened_id == opened.id)
        .order_by(ChecklistEntry.position)
    )
    for item, entry in work.session.execute(asked).all():
        _set_need(work, item, day, _need(entry, facts, checklist, opened.stage))


def _need(entry: ChecklistEntry, facts: Mapping[str, bool], checklist: ListRow, reached: str) -> Need:
    return need_of(
        Mandatory(entry.mandatory),
        entry.fact,
        entry.stage,
        facts=facts,
        stages=[stage.code for stage in checklist.stages],
        reached=reached,
    )


def _set_need(work: UnitOfWork, item: ChecklistItem, since: date, need: Need) -> None:
    if item.need == need.value:
        return
    item.need = need.value
    item.needed_since = since if need is Need.NEEDED else None
    work.session.flush()
    if need is not Need.NEEDED:
        end_task(work, item.id, TaskEnd.NOT_NEEDED)


def evidence_of(item_id: int) -> Select[uuid.UUID | None]:
    """The first paper linked to the item that is filed now."""
    return (
        select(ItemSettlement.document_id)
        .where(
            ItemSettlement.item_id == item_id,
            ItemSettlement.kind == Settlement.LINK.value,
            ItemSettlement.ended_at.is_(None),
            records.is_filed(ItemSettlement.document_id),
        )
        .order_by(ItemSettlement.id)
        .limit(1)
    )


def settle(work: UnitOfWork, item: ChecklistItem) -> None:
    """Write down beside the item what its live settlements come to."""
    work.session.flush()
    asked = select(ItemSettlement).where(ItemSettlement.item_id == item.id, ItemSettlement.ended_at.is_(None))
    live = list(work.session.scalars(asked))
    item.linked = any(s.kind == Settlement.LINK for s in live)
    item.waived = any(s.kind == Settlement.NOT_APPLICABLE for s in live)
    item.promised_for = next((s.promised_for for s in live if s.kind == Settlement.PROMISE), None)
    work.session.flush()
    evidence = work.session.scalar(evidence_of(item.id))
    if evidence is not None:
        end_task(work, item.id, TaskEnd.EVIDENCE, evidence)
    elif item.waived:
        end_task(work, item.id, TaskEnd.NOT_NEEDED)
