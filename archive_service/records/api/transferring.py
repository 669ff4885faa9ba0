"""Title transfer (过户) for programs: the register of owners and the owners' files in one act."""

import uuid
from datetime import date
from typing import Annotated, Final

from flask import Flask, Response
from pydantic import Field, StrictInt

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.premises import Decision, IdType, NewOwner, PartyKind, Transfer, UnitId, seal_of
from archive_service.premises.rules import parties as rules
from archive_service.premises.rules.parties import PartyFacts, PartyId
from archive_service.records.queries.relations import document_called
from archive_service.records.rules.relations import NoSuchPaper
from archive_service.records.service.transferring import transfer_title
from archive_service.records.web.following import current_follower
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("transferring_api", __name__, "premises")

MOST_OWNERS: Final = 20


class OwnerAsked(Asked):
    """Somebody known by ``party_id``, or told here."""

    party_id: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] | None = None
    kind: PartyKind = PartyKind.PERSON
    name: Line = ""
    id_type: IdType = IdType.NONE
    id_no: Line = ""
    mobile: Line = ""
    mobile_2: Line = ""
    mail_address: Line = ""
    share: Line = Field(default="", description="50 or 33.33 percent, or 1/3; nothing for joint ownership")


class TransferAsked(Asked):
    day: date = Field(description="the first on which the new owners own; not to come")
    document_id: uuid.UUID | None = Field(default=None, description="the paper that shows it")
    archival_no: Line = Field(default="", description="its number, in any spelling, instead of its id")
    reason: Line
    owners: Annotated[list[OwnerAsked], Field(min_length=1, max_length=MOST_OWNERS)]
    decisions: dict[Line, Decision] = Field(
        default_factory=dict,
        max_length=200,
        description="for everything that hung on it on that day and has no end yet: "
        "link:3, occupancy:7, phone:5; for each open checklist of the unit: checklist:12",
    )


class TransferTold(Told):
    id: int
    unit_id: int
    day: date
    closed_files: list[str] = Field(description="numbers of the old owners' files")
    opened_files: list[str] = Field(description="numbers of the new owners' files")


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.post("/units/<int(max=2147483647):unit_id>/transfer")
@blueprint.input(TransferAsked, arg_name="asked")
@blueprint.output(TransferTold, status_code=201)
@blueprint.doc(
    summary=N_("Title transfer: ends the old owners, enters the new ones, closes and opens their files"),
    responses={409: "The unit is closed, has no owner on that day, or has another one from a later day on"},
)
def transfer(unit_id: int, asked: TransferAsked) -> Response:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.MANAGE_PARTIES)
    follower = current_follower()
    owners = tuple(_owner(owner) for owner in asked.owners)

    def effect(work: UnitOfWork) -> Reply:
        told = Transfer(
            day=asked.day,
            document_id=_paper(work, asked),
            owners=owners,
            reason=asked.reason,
            decisions=asked.decisions,
        )
        done = transfer_title(work, seal_of(archive), UnitId(unit_id), told, follower=follower)
        answer = TransferTold(
            id=done.row.id,
            unit_id=done.row.unit_id,
            day=done.row.day,
            closed_files=[file.file_no for file in done.closed],
            opened_files=[file.file_no for file in done.opened],
        )
        return Reply(201, answer.model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(archive, actor, attempt, effect))


def _paper(work: UnitOfWork, asked: TransferAsked) -> uuid.UUID | None:
    """Raises NoSuchPaper."""
    if asked.document_id is not None or not asked.archival_no.strip():
        return asked.document_id
    found = document_called(work.session, work.actor, asked.archival_no)
    if found is None:
        raise NoSuchPaper(field="archival_no")
    return found


def _owner(asked: OwnerAsked) -> NewOwner:
    """Raises BadShare and the first thing that is wrong with who it is."""
    share = rules.share(asked.share)
    if asked.party_id is not None:
        return NewOwner(party_id=PartyId(asked.party_id), share=share)
    facts: PartyFacts | None
    facts, problems = rules.read_party(
        {name: str(value) for name, value in asked.model_dump(include=set(rules.PARTY_FIELDS)).items()}
    )
    if facts is None:
        raise problems[0]
    return NewOwner(facts, share=share)
