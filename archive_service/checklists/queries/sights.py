"""What of checklists a person may be told, as conditions. Nothing they answer changes with a paper that is hidden."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, literal_column, not_, or_, true

from archive_service import records
from archive_service.checklists.models import ChecklistEntry, ChecklistItem, ItemSettlement, OpenedChecklist
from archive_service.checklists.rules import Settlement
from archive_service.kernel.actor import Actor

# As the indexes say it, and of no type: a bound value, "= 1" behind it, or "= 0" for "NOT", would keep SQLite from
# taking them.
_NEEDED: Final[ColumnElement[bool]] = literal_column(
    "checklist_item.need = 'needed' AND NOT checklist_item.waived"
)
_UNLINKED: Final[ColumnElement[bool]] = literal_column("NOT checklist_item.linked")


def told_of(hidden: Collection[str]) -> ColumnElement[bool]:
    """On opened lists: those of which who does not see the classes ``hidden`` may know. One of a case file is as
    hidden as the file."""
    return OpenedChecklist.case_class.not_in(hidden) if hidden else true()


def told_entries(hidden: Collection[str]) -> ColumnElement[bool]:
    """On entries: those of which the actor may know more than that the list has them."""
    return ChecklistEntry.class_code.not_in(hidden) if hidden else true()


def satisfied(actor: Actor) -> ColumnElement[bool]:
    """On items: a paper that is filed now, and that the actor sees, stands for it."""
    link = exists().where(
        ItemSettlement.item_id == ChecklistItem.id,
        ItemSettlement.kind == Settlement.LINK.value,
        ItemSettlement.ended_at.is_(None),
        records.is_filed(ItemSettlement.document_id),
    )
    if not actor.sees_every_document:
        link = link.where(ItemSettlement.document_id.in_(records.visible_ids(actor)))
    return and_(ChecklistItem.linked, link)


def is_missing(actor: Actor) -> ColumnElement[bool]:
    """On items: needed, and neither there nor given up; promised ones among them."""
    return and_(_NEEDED, or_(_UNLINKED, not_(satisfied(actor))))
