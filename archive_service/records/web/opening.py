"""The form that asks why a confidential paper is needed."""

import uuid

from flask import Response, flash, request

from archive_service.kernel.errors import Invalid
from archive_service.records.service.opening import open_for_reason
from archive_service.records.web.documents import to_document
from archive_service.records.web.furnishing import blueprint
from archive_service.web import current_actor, current_archive, explain, only_asked, refuse_unknown


@blueprint.post("/documents/<uuid:document_id>/access")
def give_reason(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset({"reason"}))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            open_for_reason(work, document_id, request.form.get("reason", ""))
    except Invalid as error:
        flash(explain(error), "danger")
    return to_document(document_id)
