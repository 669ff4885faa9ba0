"""What every verb on opened lists does besides: lock the list, find the item as the actor may know it, note."""

from datetime import date

from archive_service.checklists.models import ChecklistChange, ChecklistItem, OpenedChecklist
from archive_service.checklists.queries.items import ItemRow, item
from archive_service.checklists.queries.lists import closed_classes
from archive_service.checklists.queries.opened import OpenedRow, opened_list
from archive_service.checklists.rules import MOST_REASON, BadEventDay, ListClosed, ListState
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import NotFound
from archive_service.records import NeedsReason, TooLong, clean_text
from archive_service.unit_of_work import UnitOfWork


def reason_of(text: str, *, needed: bool = True) -> str:
    """Raises NeedsReason, TooLong."""
    reason = clean_text(text)
    if needed and not reason:
        raise NeedsReason(field="reason")
    if len(reason) > MOST_REASON:
        raise TooLong(field="reason", most=MOST_REASON)
    return reason


def event_day(work: UnitOfWork, told: date | None) -> date:
    """Not before 1990 and not in the future: an event has happened. Raises BadEventDay."""
    today = business_day(work.now)
    day = told or today
    if not date(1990, 1, 1) <= day <= today:
        raise BadEventDay(field="event_on")
    return day


def locked_list(
    work: UnitOfWork, opened_id: int, *, closed: bool = False
) -> tuple[OpenedRow, OpenedChecklist]:
    """The list, locked against others who change it; ``closed``: also one that is closed.

    Raises NotFound, ListClosed.
    """
    seen = opened_list(work.session, work.actor, opened_id)
    row = work.session.get(OpenedChecklist, seen.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    if not closed and row.state != ListState.OPEN.value:
        raise ListClosed()
    return seen, row


def locked_item(work: UnitOfWork, item_id: int) -> tuple[OpenedRow, ItemRow, ChecklistItem]:
    """Of an open list, locked with it; as the actor may know it. Raises Forbidden, NotFound, ListClosed."""
    work.actor.must(Permission.KEEP_CHECKLISTS)
    opened, _ = item(work.session, work.actor, item_id)
    locked_list(work, opened.id)
    # Read once more: what counts is what stands there now that nobody else can write.
    opened, shown = item(work.session, work.actor, item_id)
    row = work.session.get(ChecklistItem, shown.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    return opened, shown, row


def sees_all_of(work: UnitOfWork, class_codes: set[str]) -> bool:
    """Whether nothing of these classes is hidden from the actor, whatever level a paper was raised to."""
    return work.actor.sees_every_document and not class_codes & closed_classes(work.session, work.actor)


def note(
    work: UnitOfWork, opened_id: int, action: str, *, before: str = "", after: str = "", reason: str = ""
) -> None:
    work.session.add(
        ChecklistChange(
            opened_id=opened_id,
            at=work.now,
            by=work.actor.user_id,
            action=action,
            before=before,
            after=after,
            reason=reason,
        )
    )
    work.session.flush()
