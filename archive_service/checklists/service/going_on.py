"""The life of an opened list: facts of the case, its stages, whose it is, its end."""

from collections.abc import Mapping
from typing import Final

from archive_service.checklists.models import OpenedChecklist
from archive_service.checklists.queries.items import ItemRow, items
from archive_service.checklists.queries.opened import OpenedRow, facts_of, facts_seen, opened_list
from archive_service.checklists.rules import (
    FactsMeanwhile,
    ItemStanding,
    ListState,
    NeedsWholeSight,
    StageMeanwhile,
    StillOpen,
    UnknownFact,
    UnknownStage,
)
from archive_service.checklists.service.ending import end_list
from archive_service.checklists.service.evaluating import evaluate, keep_fact
from archive_service.checklists.service.noting import locked_list, note, reason_of, sees_all_of
from archive_service.checklists.service.opening import known_person
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden
from archive_service.unit_of_work import UnitOfWork

MOST_TOLD: Final = 12


def tell_facts(
    work: UnitOfWork, opened_id: int, facts: Mapping[str, bool], *, seen: str | None = None
) -> OpenedRow:
    """What is so and what is not in this case; its conditional items follow.

    ``seen``: ``facts_seen`` of what the person looked at. Raises Forbidden, NotFound, ListClosed, UnknownFact,
    FactsMeanwhile.
    """
    work.actor.must(Permission.KEEP_CHECKLISTS)
    before, row = locked_list(work, opened_id)
    if seen is not None and seen != facts_seen(facts_of(work.session, before.id)):
        raise FactsMeanwhile()
    _keep_facts(work, before, row, facts)
    evaluate(work, row, before.checklist)
    return opened_list(work.session, work.actor, before.id)


def _keep_facts(work: UnitOfWork, seen: OpenedRow, row: OpenedChecklist, facts: Mapping[str, bool]) -> None:
    asked = {fact.code for fact in seen.checklist.facts}
    for fact in facts:
        if fact not in asked:
            raise UnknownFact(field="facts", fact=fact[:40])
    changed = [fact for fact, holds in facts.items() if keep_fact(work, row.id, fact, holds)]
    if changed:
        work.audit("checklist.facts-told", f"checklist:{row.id}", facts=sorted(changed))


def enter_stage(
    work: UnitOfWork, opened_id: int, stage: str, *, seen: str, facts: Mapping[str, bool] | None = None
) -> OpenedRow:
    """The case goes to its next stage, or back to one before; conditional items are looked at anew.

    ``seen``: the stage that the person saw it at. Into a stage that asks for it (a permit) it goes only when nothing
    of the stages before is missing or undecided; since the answer tells what is on file, only who sees all of it
    may ask. Source: completion rules of CL-ZX. Raises Forbidden, NotFound, ListClosed, StageMeanwhile, UnknownStage,
    UnknownFact, NeedsWholeSight, StillOpen.
    """
    work.actor.must(Permission.KEEP_CHECKLISTS)
    before, row = locked_list(work, opened_id)
    stages = [one.code for one in before.checklist.stages]
    if row.stage != seen:
        raise StageMeanwhile()
    if stage not in stages or stage == row.stage or stages.index(stage) > stages.index(row.stage) + 1:
        raise UnknownStage(field="stage")
    _keep_facts(work, before, row, facts or {})
    if stages.index(stage) > stages.index(row.stage):
        evaluate(work, row, before.checklist)
        wanted = before.checklist.stages[stages.index(stage)].complete_before
        if wanted:
            _must_be_complete(work, before, wanted, promised=False)
    left, row.stage = row.stage, stage
    evaluate(work, row, before.checklist)
    note(work, row.id, "stage", before=left, after=stage)
    work.audit("checklist.stage-entered", f"checklist:{row.id}", before=left, after=stage)
    return opened_list(work.session, work.actor, before.id)


def _must_be_complete(
    work: UnitOfWork, opened: OpenedRow, stages: tuple[str, ...] | None, *, promised: bool
) -> None:
    """``stages``: None for all; ``promised``: whether a promise will do. Raises NeedsWholeSight, StillOpen."""
    rows = [
        row
        for row in items(work.session, work.actor, opened.id)
        if stages is None or row.entry.stage in stages
    ]
    if not sees_all_of(work, {row.entry.class_code for row in rows}):
        raise NeedsWholeSight()
    lacking = [row.entry.code for row in rows if _lacks(row, promised=promised)]
    if lacking:
        told = "、".join(lacking[:MOST_TOLD]) + ("…" if len(lacking) > MOST_TOLD else "")
        raise StillOpen(items=told)


def _lacks(row: ItemRow, *, promised: bool) -> bool:
    if row.state is ItemStanding.PROMISED:
        return not promised
    return row.state in (ItemStanding.MISSING, ItemStanding.UNDECIDED)


def close_list(work: UnitOfWork, opened_id: int, *, reason: str = "") -> OpenedRow:
    """The case is over, and with it its supplement tasks. With gaps only by who oversees the lists, and with a reason.

    Raises Forbidden, NotFound, ListClosed, NeedsWholeSight, StillOpen, NeedsReason, TooLong.
    """
    oversees = work.actor.may(Permission.OVERSEE_CHECKLISTS)
    if not oversees:
        work.actor.must(Permission.KEEP_CHECKLISTS)
    seen, row = locked_list(work, opened_id)
    said = reason_of(reason, needed=False)
    try:
        _must_be_complete(work, seen, None, promised=True)
    except StillOpen:
        if not oversees:
            raise
        said = reason_of(reason)
    end_list(work, row, reason=said)
    return opened_list(work.session, work.actor, seen.id)


def reopen_list(work: UnitOfWork, opened_id: int, *, reason: str) -> OpenedRow:
    """The next night makes tasks of its gaps again. Raises Forbidden, NotFound, NeedsReason, TooLong; nothing happens
    to one that is open."""
    if not work.actor.may(Permission.OVERSEE_CHECKLISTS):
        work.actor.must(Permission.KEEP_CHECKLISTS)
    said = reason_of(reason)
    seen, row = locked_list(work, opened_id, closed=True)
    if row.state == ListState.CLOSED.value:
        row.state, row.closed_at = ListState.OPEN.value, None
        note(work, row.id, "reopened", reason=said)
        work.audit("checklist.reopened", f"checklist:{row.id}")
    return opened_list(work.session, work.actor, seen.id)


def entrust(work: UnitOfWork, opened_id: int, steward_id: int) -> OpenedRow:
    """Make the list somebody's to get its gaps closed. Keepers take it upon themselves; who oversees gives it to
    others. Raises Forbidden, NotFound, UnknownPerson."""
    if not work.actor.may(Permission.OVERSEE_CHECKLISTS):
        work.actor.must(Permission.KEEP_CHECKLISTS)
        if steward_id != work.actor.user_id:
            raise Forbidden()
    seen, row = locked_list(work, opened_id, closed=True)
    known_person(work, steward_id)
    if row.steward_id != steward_id:
        before, row.steward_id = row.steward_id, steward_id
        note(work, row.id, "steward", before=str(before or ""), after=str(steward_id))
        work.audit("checklist.entrusted", f"checklist:{row.id}", steward=steward_id)
    return opened_list(work.session, work.actor, seen.id)
