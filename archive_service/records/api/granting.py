"""Sight granted by name, to be read by programs. Granting takes a person: no token carries it."""

import uuid
from datetime import date, datetime
from typing import Final, Literal

from pydantic import Field

from archive_service import people
from archive_service.api import doors
from archive_service.api.schemas import Asked, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Forbidden
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.kernel.masking import mask
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("granting_api", __name__, "people")

Sees = Literal["masked", "view", "download"]
_SEES: Final[dict[Sight, Sees]] = {
    Sight.MASKED: "masked",
    Sight.VIEW: "view",
    Sight.DOWNLOAD: "download",
}


class SightGrantQuery(Asked):
    user: int = Field(ge=1, le=2**31 - 1, description="id of the person")
    before: int | None = Field(default=None, ge=1, le=2**31 - 1, description="id of the grant to go on from")


class SightGrantFacts(Told):
    id: int
    user: int
    document: uuid.UUID | None
    case_file: int | None
    class_code: str | None
    up_to: Level
    sees: Sees = Field(description="masked: only by a loan")
    valid_from: date
    valid_to: date
    reason: str
    granted_by: str
    granted_at: datetime
    revoked_at: datetime | None
    holds: bool = Field(description="today")


class SightGrantList(Told):
    grants: list[SightGrantFacts]


@blueprint.get("/sight-grants")
@blueprint.input(SightGrantQuery, location="query", arg_name="asked")
@blueprint.output(SightGrantList)
@blueprint.doc(
    summary=N_("What one person sees because it was granted to them by name"),
    description="Newest first, 50 at most. Grants are made and taken back by people only, at the page.",
)
def listing(asked: SightGrantQuery) -> SightGrantList:
    actor = current_actor()
    actor.must(Permission.SEE_PEOPLE)
    if not actor.may(Permission.SEARCH):  # which papers there are is hidden from them
        raise Forbidden()
    with current_archive().reading() as session:
        rows = people.sight_grants(
            session, current_archive().clock.now(), user_id=UserId(asked.user), before=asked.before
        )
    return SightGrantList(
        grants=[
            SightGrantFacts(
                id=row.id,
                user=row.user_id,
                document=row.document_id,
                case_file=row.case_file_id,
                class_code=row.class_code,
                up_to=row.up_to,
                sees=_SEES[row.sight],
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                reason=mask(row.reason),
                granted_by=row.granted_by,
                granted_at=row.granted_at,
                revoked_at=row.revoked_at,
                holds=row.holds,
            )
            for row in rows
        ]
    )
