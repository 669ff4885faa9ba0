"""Saying why a confidential paper is needed: it opens for a while."""

import uuid
from datetime import datetime

from flask import Response
from pydantic import Field

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.errors import N_
from archive_service.records.api.pages import CURRENT
from archive_service.records.service.opening import open_for_reason
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("access_api", __name__, "documents")


class AccessRequest(Asked):
    reason: Line = Field(description="why the paper is needed; kept, and shown in its history")


class AccessGiven(Told):
    until: datetime


@blueprint.post(f"{CURRENT}/access")
@blueprint.input(AccessRequest, arg_name="asked")
@blueprint.output(AccessGiven, status_code=201)
@blueprint.doc(
    summary=N_("Say why a confidential paper is needed"),
    description="Its pages and its original open to the caller for an hour. 403 where no reason opens more.",
)
def give_reason(document_id: uuid.UUID, asked: AccessRequest) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        until = open_for_reason(work, document_id, asked.reason)
        return Reply(201, AccessGiven(until=until).model_dump(mode="json"))

    return doors.answer(once(current_archive(), current_actor(), doors.attempt(), effect))
