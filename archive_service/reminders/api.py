"""One's own notices for programs."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

from flask import Flask, Response
from pydantic import Field

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.reminders import queries, service
from archive_service.reminders.rules import NoticeId
from archive_service.reminders.web.words import told
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("notices_api", __name__, "notices")

LARGEST_ID: Final = 2**62


class NoticeTold(Told):
    id: int
    kind: str
    subject: str = Field(description="what it is about, such as loan:12")
    says: str = Field(description="a sentence, in the language that was asked for")
    page: str = Field(description="address of what it is about, or empty")
    facts: dict[str, str | int | bool]
    created_at: datetime
    read_at: datetime | None


class NoticeQuery(Asked):
    unread: bool = False
    page: Annotated[int, Field(ge=1, le=10_000)] = 1
    size: Annotated[int, Field(ge=1, le=200)] = 50


class NoticeList(Told):
    total: int
    unread: int = Field(description="how many are unread in all")
    page: int
    size: int
    notices: list[NoticeTold]


class ReadUpTo(Asked):
    up_to: Annotated[int, Field(ge=1, le=LARGEST_ID, description="id of the newest one that was looked at")]


class Read(Told):
    marked: int


@blueprint.get("/notices")
@blueprint.input(NoticeQuery, location="query", arg_name="asked")
@blueprint.output(NoticeList)
@blueprint.doc(summary=N_("One's own notices, newest first"))
def listing(asked: NoticeQuery) -> NoticeList:
    actor = current_actor()
    actor.must(Permission.SEE_NOTICES)
    with current_archive().reading() as session:
        total = queries.notice_count(session, actor, unread=asked.unread)
        unread = total if asked.unread else queries.notice_count(session, actor, unread=True)
        offset = (asked.page - 1) * asked.size
        rows = queries.notices(session, actor, unread=asked.unread, offset=offset, limit=asked.size)
    shown = [(row, told(row)) for row in rows]
    return NoticeList(
        total=total,
        unread=unread,
        page=asked.page,
        size=asked.size,
        notices=[
            NoticeTold(
                id=row.id,
                kind=row.kind,
                subject=row.subject,
                says=one.says,
                page=one.page,
                facts=dict(row.facts),
                created_at=row.created_at,
                read_at=row.read_at,
            )
            for row, one in shown
        ],
    )


def _marked(content: str, verb: Callable[[UnitOfWork], int]) -> Response:
    current_actor().must(Permission.MARK_NOTICES)

    def effect(work: UnitOfWork) -> Reply:
        return Reply(200, Read(marked=verb(work)).model_dump(mode="json"), {})

    return doors.answer(once(current_archive(), current_actor(), doors.attempt(content), effect))


@blueprint.post(f"/notices/<int(max={LARGEST_ID}):notice_id>/reading")
@blueprint.output(Read)
@blueprint.doc(summary=N_("Mark a notice as read"))
def read_one(notice_id: int) -> Response:
    def verb(work: UnitOfWork) -> int:
        return int(service.mark_read(work, NoticeId(notice_id)).read_at is None)

    return _marked("", verb)


@blueprint.post("/notices/reading")
@blueprint.input(ReadUpTo, arg_name="asked")
@blueprint.output(Read)
@blueprint.doc(summary=N_("Mark all notices as read, up to the newest that was looked at"))
def read_all(asked: ReadUpTo) -> Response:
    return _marked(asked.model_dump_json(), lambda work: service.mark_all_read(work, NoticeId(asked.up_to)))


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
