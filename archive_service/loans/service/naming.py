"""Things by their numbers, as somebody typed or scanned them."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.loans.rules import MOST_ITEMS, ItemForm
from archive_service.loans.rules.asking import AskedItem
from archive_service.loans.rules.refusals import UnknownItem


def items_called(
    session: Session, actor: Actor, typed: Iterable[str], form: ItemForm
) -> tuple[AskedItem, ...]:
    """Papers and case files by their numbers, as the actor sees them; at most one more than a slip takes. Raises
    UnknownItem."""
    found: dict[AskedItem, None] = {}
    lines = [line.strip() for line in typed if line.strip()]
    for line in lines[: MOST_ITEMS + 1]:
        paper = records.document_called(session, actor, line)
        file = None if paper else records.case_file_called(session, actor, line)
        if paper is not None:
            found[AskedItem(document_id=paper, form=form)] = None
        elif file is not None:
            found[AskedItem(case_file_id=file.id, form=form)] = None
        else:
            raise UnknownItem(field="items", typed=line[:64])
    return tuple(found)
