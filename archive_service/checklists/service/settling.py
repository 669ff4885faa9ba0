"""What a person says of an item: this paper stands for it, it does not apply, it is promised for a day. Each stays on
record with who and when, also when it is taken back."""

import uuid
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from archive_service import records
from archive_service.checklists.models import ChecklistItem, ItemSettlement, SupplementTask
from archive_service.checklists.queries.items import ItemRow, item
from archive_service.checklists.queries.opened import OpenedRow
from archive_service.checklists.rules import (
    MOST_PROMISE,
    TASK_AFTER,
    BadPromise,
    NeedsPaper,
    NotFiled,
    SettledMeanwhile,
    Settlement,
    SettlementId,
)
from archive_service.checklists.service.evaluating import settle
from archive_service.checklists.service.noting import locked_item, reason_of
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import NotFound
from archive_service.unit_of_work import UnitOfWork


def link_paper(
    work: UnitOfWork,
    item_id: int,
    *,
    document_id: uuid.UUID | None = None,
    archival_no: str = "",
    seen: str | None = None,
) -> ItemRow:
    """A filed paper stands for the item. One paper may stand for several, several for one.

    ``archival_no``: as people write it, or the address of the paper's page, where its id is not given.

    ``seen``: ``ItemRow.seen`` of what the person looked at. Raises Forbidden, NotFound (also for a paper that the
    actor does not see), NeedsPaper, NotFiled, ListClosed, SettledMeanwhile.
    """
    if document_id is None and not archival_no.strip():
        raise NeedsPaper(field="archival_no")
    opened, shown, row = _checked(work, item_id, seen)
    called = document_id or records.document_called(work.session, work.actor, archival_no)
    if called is None:
        raise NotFound()
    paper = records.document(work.session, work.actor, called)
    if paper.discarded_at is not None:
        raise NotFound()
    if not paper.archival_no:
        raise NotFiled(field="archival_no")
    kept = ItemSettlement(
        item_id=row.id,
        kind=Settlement.LINK.value,
        document_id=paper.id,
        at=work.now,
        by=work.actor.user_id,
    )
    _keep(work, kept)
    settle(work, row)
    _told(work, opened, shown, Settlement.LINK, kept.id, document=str(paper.id))
    return item(work.session, work.actor, row.id)[1]


def set_aside(work: UnitOfWork, item_id: int, *, reason: str, seen: str | None = None) -> ItemRow:
    """The item does not apply to this case (不适用). Raises as ``link_paper``, and NeedsReason, TooLong."""
    said = reason_of(reason)
    opened, shown, row = _checked(work, item_id, seen)
    if any(s.kind is Settlement.NOT_APPLICABLE for s in shown.live):
        raise SettledMeanwhile()
    kept = ItemSettlement(
        item_id=row.id,
        kind=Settlement.NOT_APPLICABLE.value,
        reason=said,
        at=work.now,
        by=work.actor.user_id,
    )
    _keep(work, kept)
    settle(work, row)
    _told(work, opened, shown, Settlement.NOT_APPLICABLE, kept.id)
    return item(work.session, work.actor, row.id)[1]


def promise(
    work: UnitOfWork, item_id: int, *, day: date | None, reason: str = "", seen: str | None = None
) -> ItemRow:
    """It will be brought by a day (补交承诺); another day takes the place of the one before.

    Of lists whose rule says so a task opens at once. Raises as ``link_paper``, and BadPromise, TooLong.
    """
    said = reason_of(reason, needed=False)
    today = business_day(work.now)
    if day is None or not today <= day <= today + MOST_PROMISE:
        raise BadPromise(field="promised_for")
    opened, shown, row = _checked(work, item_id, seen)
    before = next((s for s in shown.live if s.kind is Settlement.PROMISE), None)
    if before is not None:
        _end(work, before.id, f"→ {day.isoformat()}")
    kept = ItemSettlement(
        item_id=row.id,
        kind=Settlement.PROMISE.value,
        promised_for=day,
        reason=said,
        at=work.now,
        by=work.actor.user_id,
    )
    _keep(work, kept)
    settle(work, row)
    if opened.checklist.promise_opens_task:
        open_task(work, row.id, today, day, "promised")
    _told(work, opened, shown, Settlement.PROMISE, kept.id, day=day.isoformat())
    return item(work.session, work.actor, row.id)[1]


def take_back(work: UnitOfWork, settlement_id: int, *, reason: str) -> ItemRow:
    """What was said of an item holds no longer; that it was said stays on record.

    Raises Forbidden, NotFound (also for a link to a paper that the actor does not see), NeedsReason, TooLong,
    ListClosed, SettledMeanwhile.
    """
    said = reason_of(reason)
    item_id = work.session.scalar(select(ItemSettlement.item_id).where(ItemSettlement.id == settlement_id))
    if item_id is None:
        raise NotFound()
    opened, shown, row = locked_item(work, item_id)
    told = next((s for s in shown.settlements if s.id == settlement_id), None)
    if told is None:
        raise NotFound()
    _end(work, told.id, said)
    settle(work, row)
    work.audit(
        "checklist.taken-back",
        f"checklist:{opened.id}",
        item=shown.entry.code,
        kind=told.kind.value,
        settlement=told.id,
    )
    return item(work.session, work.actor, row.id)[1]


def open_task(work: UnitOfWork, item_id: int, today: date, due_on: date | None, reason: str) -> bool:
    """A task for a gap, unless it has an open one. ``due_on``: by default TASK_AFTER from today."""
    task = SupplementTask(
        item_id=item_id, opened_on=today, due_on=due_on or today + TASK_AFTER, reason=reason
    )
    try:
        with work.session.begin_nested():
            work.session.add(task)
    except IntegrityError:
        return False
    work.audit("supplement-task.opened", f"supplement-task:{task.id}", item=item_id, reason=reason)
    return True


def _checked(work: UnitOfWork, item_id: int, seen: str | None) -> tuple[OpenedRow, ItemRow, ChecklistItem]:
    found = locked_item(work, item_id)
    if seen is not None and seen != found[1].seen:
        raise SettledMeanwhile()
    return found


def _keep(work: UnitOfWork, row: ItemSettlement) -> None:
    """Raises SettledMeanwhile if the same is said of the item already."""
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as error:
        raise SettledMeanwhile() from error


def _end(work: UnitOfWork, settlement_id: SettlementId, reason: str) -> None:
    ended = work.session.execute(
        update(ItemSettlement)
        .where(ItemSettlement.id == settlement_id, ItemSettlement.ended_at.is_(None))
        .values(ended_at=work.now, ended_by=work.actor.user_id, end_reason=reason)
        .execution_options(synchronize_session="fetch")
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]  # what an UPDATE gives has it
        raise SettledMeanwhile()


def _told(
    work: UnitOfWork,
    opened: OpenedRow,
    shown: ItemRow,
    kind: Settlement,
    settlement_id: int,
    **facts: object,
) -> None:
    action = {
        Settlement.LINK: "checklist.linked",
        Settlement.NOT_APPLICABLE: "checklist.set-aside",
        Settlement.PROMISE: "checklist.promised",
    }[kind]
    work.audit(action, f"checklist:{opened.id}", item=shown.entry.code, settlement=settlement_id, **facts)
