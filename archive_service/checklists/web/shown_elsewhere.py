"""What other pages show of checklists: completeness on the card of a unit and on a case file, proposals on a paper."""

import uuid
from typing import Final

from flask import render_template

from archive_service.checklists.queries import missing as missing_queries
from archive_service.checklists.queries import opened as queries
from archive_service.checklists.queries.opened import OpenedFilter
from archive_service.checklists.rules import ListState
from archive_service.checklists.web.furnishing import names_for, words
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.web import current_actor, current_archive

MOST_SHOWN: Final = 8


def of_unit(unit_id: object) -> str:
    assert isinstance(unit_id, int)
    return _card(OpenedFilter(unit_id=unit_id), "unit", unit_id)


def of_case_file(case_file_id: object) -> str:
    assert isinstance(case_file_id, int)
    return _card(OpenedFilter(case_file_id=case_file_id), "file", case_file_id)


def _card(wanted: OpenedFilter, subject: str, of: int) -> str:
    actor = current_actor()
    if not actor.may(Permission.SEE_CHECKLISTS):
        return ""
    with current_archive().reading() as session:
        rows = queries.opened_lists(session, actor, wanted, limit=MOST_SHOWN)
        total = queries.opened_count(session, actor, wanted) if len(rows) == MOST_SHOWN else len(rows)
        full = queries.completeness(session, actor, [row.id for row in rows])
        names = names_for(session, rows)
    return render_template(
        "checklists/_card.html",
        rows=sorted(rows, key=lambda row: row.state is not ListState.OPEN),
        full=full,
        total=total,
        names=names,
        subject=subject,
        of=of,
        **words(),
    )


def of_document(document_id: object) -> str:
    """The open items for which a filed paper may stand: offered to who keeps the lists."""
    assert isinstance(document_id, uuid.UUID)
    actor = current_actor()
    if not actor.may(Permission.KEEP_CHECKLISTS):
        return ""
    with current_archive().reading() as session:
        try:
            fits = missing_queries.fits_of(session, actor, document_id)
        except NotFound:
            return ""
    if not fits:
        return ""
    return render_template("checklists/_fits.html", fits=fits, document_id=document_id, **words())
