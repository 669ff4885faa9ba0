"""What other pages show of loans: who has a paper or case file, who waits for it, the way to ask for it."""

import uuid

from flask import render_template

from archive_service import records
from archive_service.approvals import RequestRow
from archive_service.kernel.actor import Permission
from archive_service.loans.queries import slips as queries
from archive_service.loans.service.approving import loan_id_of
from archive_service.loans.web.furnishing import names_of, words
from archive_service.web import current_actor, current_archive


def preview(request: RequestRow) -> str:
    """All of the slip that a decision needs, as far as who decides may see it."""
    actor = current_actor()
    with current_archive().reading() as session:
        row = queries.loan(session, actor, loan_id_of(request.subject))
        items = queries.items_of(session, actor, row.id)
        renewals = queries.renewals_of(session, row.id)
        names = names_of(session, [row])
    return render_template(
        "loans/_preview.html", row=row, items=items, renewals=renewals, names=names, **words()
    )


def of_document(document_id: object) -> str:
    assert isinstance(document_id, uuid.UUID)
    return _card(document_id, None)


def of_case_file(case_file_id: object) -> str:
    assert isinstance(case_file_id, int)
    return _card(None, case_file_id)


def _card(document_id: uuid.UUID | None, case_file_id: int | None) -> str:
    actor = current_actor()
    if not (actor.may(Permission.REQUEST_LOAN) or actor.may(Permission.SEE_LOANS)):
        return ""
    with current_archive().reading() as session:
        if document_id is not None:
            paper = records.document(session, actor, document_id)
            number = paper.archival_no or ""
        else:
            number = records.case_file(session, actor, case_file_id or 0).file_no
        if not number:
            return ""
        rows = queries.of_item(session, actor, document_id=document_id, case_file_id=case_file_id, limit=5)
        waiting = queries.queue_of_item(session, document_id=document_id, case_file_id=case_file_id)
        names = names_of(session, rows)
    return render_template(
        "loans/_card.html", rows=rows, names=names, number=number, waiting=len(waiting), **words()
    )
