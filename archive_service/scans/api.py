"""Splitting and merging scans, and what looks alike, for programs."""

import uuid
from collections.abc import Container
from datetime import datetime
from typing import Annotated, Final

from flask import Flask, Response, url_for
from pydantic import Field, StrictBool, StrictInt

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.masking import mask
from archive_service.scans.queries import looks, requests
from archive_service.scans.queries.requests import RequestRow
from archive_service.scans.rules.plans import (
    MOST_PARTS,
    MOST_SOURCES,
    Part,
    Plan,
    RequestState,
    Source,
    read_leaves,
)
from archive_service.scans.service import rearranging as service
from archive_service.scans.web.furnishing import trouble_text
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("scans_api", __name__, "scans")

ONE: Final = "/rearrangements/<int(max=9223372036854775807):request_id>"
Number = Annotated[StrictInt, Field(ge=0, le=99_999)]


class SourceAsked(Asked):
    document: uuid.UUID
    version: Number = Field(description="the one whose pages were looked at")


class PartAsked(Asked):
    pages: Annotated[str, Field(min_length=1, max_length=20_000)] = Field(
        description="1-3 5@90: pages in order, turned clockwise; of the second source and on with a letter: A1-3 B2"
    )
    title: Line = ""
    class_code: Line = ""
    file_no: Line = ""


class RearrangementAsked(Asked):
    """One source and one part: the document gets a new version, and ``reason`` says why. Else each part becomes a new
    document, and the sources leave the inbox, kept as they were."""

    sources: Annotated[list[SourceAsked], Field(min_length=1, max_length=MOST_SOURCES)]
    parts: Annotated[list[PartAsked], Field(default_factory=list, max_length=MOST_PARTS)]
    reason: Line = ""
    at_sheets: StrictBool = Field(
        default=False,
        description="instead of parts: split the one source at the separator sheets that were found in it; 404 "
        "where there are none, or somebody has dealt with them",
    )


class RearrangementTold(Told):
    id: int
    state: RequestState
    trouble: str = Field(description="stable code of what stood in the way")
    explanation: str
    created_at: datetime
    sources: list[str] = Field(description="addresses of the documents, of those that you may see")
    results: list[str]
    link: str


class LookAlikeTold(Told):
    document: str
    title: str
    archival_no: str
    text: float = Field(description="share of the text that both have, 0 to 1")
    numbers: float
    picture_bits: int | None = Field(description="of 64 that differ between the pictures")


class LookAlikesTold(Told):
    look_alikes: list[LookAlikeTold]


class OnlySheets(Invalid):
    code = "scan.only-sheets"
    message = N_("At its separator sheets one source is split, and nothing else is said of what comes out.")


def _told(row: RequestRow, seen: Container[uuid.UUID]) -> RearrangementTold:
    return RearrangementTold(
        id=row.id,
        state=row.state,
        trouble=row.trouble,
        explanation=trouble_text(row.trouble) if row.trouble else "",
        created_at=row.created_at,
        sources=[_address(one) for one in row.sources if one in seen],
        results=[_address(one) for one in row.results if one in seen],
        link=url_for("scans_api.show", request_id=row.id),
    )


def _address(document_id: uuid.UUID) -> str:
    return url_for("documents_api.show", document_id=document_id)


@blueprint.post("/rearrangements")
@blueprint.input(RearrangementAsked, arg_name="asked")
@blueprint.output(RearrangementTold, status_code=202)
@blueprint.doc(
    summary=N_("Split, merge, turn or reorder scans; made in the background"),
    responses={409: "A source was changed, filed or is being arranged", 422: "The pages do not fit"},
)
def make(asked: RearrangementAsked) -> Response:
    current_actor().must(Permission.UPLOAD)
    plan = Plan(
        tuple(Source(one.document, one.version) for one in asked.sources),
        tuple(
            Part(
                read_leaves(part.pages),
                part.title,
                part.class_code,
                part.file_no,
            )
            for part in asked.parts
        ),
        asked.reason,
    )

    if asked.at_sheets and (len(plan.sources) != 1 or plan.parts or plan.reason):
        raise OnlySheets(field="at_sheets")

    def effect(work: UnitOfWork) -> Reply:
        if asked.at_sheets:
            request_id = service.take_proposal(work, plan.sources[0].document_id, plan.sources[0].version)
        else:
            request_id = service.rearrange(work, plan)
        work.session.flush()
        row = requests.request_unchecked(work.session, request_id)
        return Reply(202, _told(row, row.papers).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.get(ONE)
@blueprint.output(RearrangementTold)
@blueprint.doc(summary=N_("How far it is, and which documents came of it"))
def show(request_id: int) -> RearrangementTold:
    current_actor().must(Permission.UPLOAD)
    with current_archive().reading() as session:
        row, seen = requests.request(session, current_actor(), request_id)
    return _told(row, seen)


@blueprint.post(f"{ONE}/undo")
@blueprint.output(RearrangementTold)
@blueprint.doc(
    summary=N_("Undo it: the scans come back, the papers made of them go"),
    responses={409: "One of its papers was filed, changed or split further"},
)
def undo(request_id: int) -> Response:
    current_actor().must(Permission.UPLOAD)

    def effect(work: UnitOfWork) -> Reply:
        service.undo(work, request_id)
        row = requests.request_unchecked(work.session, request_id)
        return Reply(200, _told(row, row.papers).model_dump(mode="json"))

    return doors.answer(once(current_archive(), current_actor(), doors.attempt(""), effect))


@blueprint.get("/documents/<uuid:document_id>/look-alikes")
@blueprint.output(LookAlikesTold)
@blueprint.doc(summary=N_("Documents that look like this one, of those that you see in clear"))
def look_alikes(document_id: uuid.UUID) -> LookAlikesTold:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEARCH)
    with archive.reading() as session:
        found = looks.look_alikes(session, actor, document_id, archive.clock.now())
    return LookAlikesTold(
        look_alikes=[
            LookAlikeTold(
                document=_address(one.document.id),
                title=mask(one.document.title),
                archival_no=one.document.archival_no,
                text=round(one.likeness.text, 2),
                numbers=round(one.likeness.numbers, 2),
                picture_bits=one.likeness.bits,
            )
            for one in found
        ]
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
