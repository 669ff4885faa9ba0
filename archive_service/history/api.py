"""What happened to a thing, for programs: as the page tells it."""

from datetime import datetime
from typing import Literal

from flask import Flask
from pydantic import Field

from archive_service.api import doors
from archive_service.api.schemas import Asked, Told
from archive_service.history.queries import PAGE_SIZE, Kind, events_of
from archive_service.history.web.words import sentence
from archive_service.kernel.errors import N_, NotFound
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("history_api", __name__, "documents")


class HistoryQuery(Asked):
    before: int | None = Field(default=None, ge=1, le=2**62, description="number of the row to go on from")
    size: int = Field(default=PAGE_SIZE, ge=1, le=100)


class HistoryEvent(Told):
    seq: int
    at: datetime
    who: str | None = Field(description="full name; null for the service itself")
    door: str = Field(description="page, api, cli, job")
    action: str
    sentence: str = Field(description="in the language of Accept-Language")
    reason: str | None = Field(
        description="why a confidential paper was opened, for those who look after that; why a unit or person came "
        "in by a table, or why what is known of a person changed"
    )


class HistoryTold(Told):
    kind: Literal["document", "case-file", "unit", "party", "user"]
    title: str
    events: list[HistoryEvent]
    next_before: int | None = Field(description="to go on from; null with the last ones")


@blueprint.get("/history/<kind>/<thing>")
@blueprint.input(HistoryQuery, location="query", arg_name="asked")
@blueprint.output(HistoryTold)
@blueprint.doc(
    summary=N_("What happened to a document, case file, unit, owner or account, newest first"),
    description="To whom the thing itself is hidden, its history is not found.",
)
def show(kind: str, thing: str, asked: HistoryQuery) -> HistoryTold:
    if kind not in tuple(Kind):
        raise NotFound()
    told = events_of(
        current_archive(), current_actor(), Kind(kind), thing, before=asked.before, limit=asked.size
    )
    return HistoryTold(
        kind=Kind(kind).value,
        title=told.title,
        events=[
            HistoryEvent(
                seq=event.seq,
                at=event.at,
                who=event.who or None,
                door=event.door,
                action=event.action,
                sentence=sentence(event),
                reason=event.reason or None,
            )
            for event in told.events
        ],
        next_before=told.further,
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
