"""The working calendar for programs."""

from datetime import date
from typing import Annotated, Final

from flask import Flask, Response
from pydantic import Field

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive
from archive_service.working_days import queries, service
from archive_service.working_days.queries import YearRow
from archive_service.working_days.rules import FIRST_YEAR, LAST_YEAR, MOST_DAYS, NamedDay

blueprint = doors.blueprint("working_days_api", __name__, "working days")

YEAR: Final = f"/working-days/<int(min={FIRST_YEAR}, max={LAST_YEAR}):year>"
REFUSALS: Final = {409: "Somebody else changed the year", 422: "It can't be so, or nothing would change"}
Seen = Annotated[int, Field(ge=0, le=2**31 - 1, description="revision of the year that was looked at")]


class DayTold(Told):
    day: date
    working: bool
    name: str


class WorkingYear(Told):
    year: int
    complete: bool = Field(description="false: the notice was not entered, so only weekends are off besides")
    source: str
    revision: int
    days: list[DayTold] = Field(description="the days that are named; the others follow the week")


class DayQuery(Asked):
    day: Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))]
    add: Annotated[int, Field(ge=-MOST_DAYS, le=MOST_DAYS)] = 0


class CountedDay(Told):
    day: date
    working: bool
    counted: date = Field(description="the working day `add` after it; with 0 itself or the next one")


class NamedDayAsked(Asked):
    day: date
    working: bool
    name: Line


class DayAsked(Asked):
    day: date
    working: bool | None = Field(description="null: it follows the week again")
    name: Line = ""
    reason: Line
    seen: Seen


class YearAsked(Asked):
    """The days of a whole year: what is not named follows the week."""

    days: Annotated[list[NamedDayAsked], Field(max_length=366)]
    source: Annotated[Line, Field(description="the notice that the days are taken from")]
    seen: Seen


def _told(row: YearRow) -> WorkingYear:
    return WorkingYear(
        year=row.year,
        complete=row.complete,
        source=row.source,
        revision=row.revision,
        days=[DayTold(day=one.day, working=one.working, name=one.name) for one in row.days],
    )


@blueprint.get("/working-days")
@blueprint.input(DayQuery, location="query", arg_name="asked")
@blueprint.output(CountedDay)
@blueprint.doc(summary=N_("Whether a day is worked, and the working day so many after it"))
def counted(asked: DayQuery) -> CountedDay:
    current_actor().must(Permission.SEE_CALENDAR)
    with current_archive().reading() as session:
        calendar = queries.calendar(session)
    return CountedDay(
        day=asked.day,
        working=calendar.is_working_day(asked.day),
        counted=calendar.add_working_days(asked.day, asked.add),
    )


@blueprint.get(YEAR)
@blueprint.output(WorkingYear)
@blueprint.doc(summary=N_("The named days of a year: holidays and weekends that are worked instead"))
def show_year(year: int) -> WorkingYear:
    current_actor().must(Permission.SEE_CALENDAR)
    with current_archive().reading() as session:
        return _told(queries.year_row(session, year))


@blueprint.post(YEAR)
@blueprint.input(YearAsked, arg_name="asked")
@blueprint.output(WorkingYear)
@blueprint.doc(summary=N_("Enter the days of a year from its notice"), responses=REFUSALS)
def enter_year(year: int, asked: YearAsked) -> Response:
    current_actor().must(Permission.MANAGE_CALENDAR)

    def effect(work: UnitOfWork) -> Reply:
        days = [NamedDay(one.day, one.working, one.name) for one in asked.days]
        service.enter_year(work, year, days, source=asked.source, seen=asked.seen)
        return Reply(200, _told(queries.year_row(work.session, year)).model_dump(mode="json"), {})

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.post("/working-days/changes")
@blueprint.input(DayAsked, arg_name="asked")
@blueprint.output(WorkingYear)
@blueprint.doc(summary=N_("Change one day"), responses=REFUSALS)
def change_day(asked: DayAsked) -> Response:
    current_actor().must(Permission.MANAGE_CALENDAR)

    def effect(work: UnitOfWork) -> Reply:
        service.change_day(
            work, asked.day, asked.working, name=asked.name, reason=asked.reason, seen=asked.seen
        )
        return Reply(200, _told(queries.year_row(work.session, asked.day.year)).model_dump(mode="json"), {})

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
