"""Versions: the list, the original bytes, reading again. New ones are brought in by ``intake``."""

import uuid

from apiflask.schemas import FileSchema
from flask import Response

from archive_service.api import Reply, doors, once
from archive_service.kernel.errors import N_, Forbidden
from archive_service.kernel.levels import Sight
from archive_service.records.api.answers import (
    VersionList,
    VersionProgress,
    step_facts,
)
from archive_service.records.api.pages import CURRENT, NUMBERED, closed, seen_document
from archive_service.records.api.sending import send_original
from archive_service.records.queries import steps as step_queries
from archive_service.records.queries import versions as queries
from archive_service.records.rules import VersionState
from archive_service.records.service import documents as service
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("versions_api", __name__, "versions")


@blueprint.get(f"{CURRENT}/versions")
@blueprint.output(VersionList)
@blueprint.doc(summary=N_("All versions of a document, newest first"))
def listing(document_id: uuid.UUID) -> VersionList:
    with current_archive().reading() as session:
        _, sight = seen_document(session, document_id)
        rows = step_queries.steps(session, document_id)
    return VersionList(versions=[step_facts(row, sight) for row in rows])


@blueprint.get(f"{NUMBERED}/content")
@blueprint.output(FileSchema(), content_type="application/octet-stream")
@blueprint.doc(
    summary=N_("The original file, byte for byte"),
    description="Takes Range. Needs the right to download; the right to look at pages is not enough.",
    responses={206: "A part of it", 304: "Unchanged", 403: "Only to be looked at", 416: "No such part"},
)
def content(document_id: uuid.UUID, number: int) -> Response:
    with current_archive().reading() as session:
        row, sight = seen_document(session, document_id)
        version = queries.version(session, document_id, number)
    if sight < Sight.DOWNLOAD:
        raise closed(row, sight, Forbidden())
    return send_original(current_archive(), current_actor(), version)


@blueprint.post(f"{NUMBERED}/retry")
@blueprint.output(VersionProgress, status_code=202)
@blueprint.doc(summary=N_("Read a version again that reading gave up on"))
def retry(document_id: uuid.UUID, number: int) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        service.retry_reading(work, document_id, number)
        facts = VersionProgress(number=number, state=VersionState.RECEIVED)
        return Reply(202, facts.model_dump(mode="json"))

    return doors.answer(once(current_archive(), current_actor(), doors.attempt(), effect))
