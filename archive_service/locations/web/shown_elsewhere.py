"""What other pages show of places: where a paper or a case file lies, and lay."""

import uuid

from flask import render_template
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.kernel.actor import Actor, Permission
from archive_service.locations.queries.lying import past, where
from archive_service.locations.rules.items import ItemRef
from archive_service.locations.web.furnishing import current_holdings, words
from archive_service.web import current_actor, current_archive


def of_document(document_id: object) -> str:
    assert isinstance(document_id, uuid.UUID)
    return _card(ItemRef(document_id))


def of_case_file(case_file_id: object) -> str:
    assert isinstance(case_file_id, int)
    return _card(ItemRef(case_file_id=case_file_id))


def _card(item: ItemRef) -> str:
    actor = current_actor()
    if not actor.may(Permission.SEE_PLACES):
        return ""
    with current_archive().reading() as session:
        named = current_holdings().named(session, actor, [item]).get(item)
        if named is None or not named.on_paper:
            return ""
        whole = _with_file(session, actor, item, named.number)
        lies = where(session, [whole]).get(whole)
        history = past(session, item)
        names = people.display_names(session, {row.by for row in history if row.by is not None})
    return render_template(
        "locations/_where.html",
        item=item,
        number=named.number,
        lies=lies,
        past=history,
        names=names,
        **words(),
    )


def _with_file(session: Session, actor: Actor, item: ItemRef, number: str) -> ItemRef:
    """With the case file that a paper stands in, whose place it shares."""
    if item.document_id is None or not number:
        return item
    return current_holdings().called(session, actor, [number]).get(number, item)
