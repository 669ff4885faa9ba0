from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import Line, Told, asked_again
from archive_service.working_days import queries, service
from archive_service.working_days.queries import ChangeRow, YearRow
from archive_service.working_days.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    CalendarChangedMeanwhile,
    NamedDay,
)

blueprint = Blueprint(
    "working_days", __name__, template_folder="../templates", url_prefix="/system/working-days"
)

PAGE_SIZE: Final = 20
MOST_TOLD: Final = 100
_FIELDS: Final = frozenset({"day", "as", "name", "reason", "seen"})
_AS: Final[dict[str, bool | None]] = {"off": False, "work": True, "week": None}


@dataclass(frozen=True, slots=True)
class DayCell:
    """``named``: what is announced of it; else the week decides."""

    day: date
    working: bool
    named: NamedDay | None

    @property
    def label(self) -> str:
        return f"{self.day.isoformat()} {self.named.name}" if self.named else self.day.isoformat()


@dataclass(frozen=True, slots=True)
class Span:
    """Days in succession that are named alike."""

    first: date
    last: date
    working: bool
    name: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def asked_year() -> int:
    today = business_day(current_archive().clock.now())
    year = whole_number(request.args.get("year", ""), LAST_YEAR) or today.year
    return year if year >= FIRST_YEAR else today.year


def weeks_of(row: YearRow, month: int) -> list[list[DayCell | None]]:
    """From Monday to Sunday; None for days of other months."""
    named = row.by_day

    def cell(day: date) -> DayCell | None:
        if day.month != month:
            return None
        known = named.get(day)
        return DayCell(day, known.working if known else day.weekday() < 5, known)

    return [[cell(day) for day in week] for week in Calendar().monthdatescalendar(row.year, month)]


def spans_of(days: Sequence[NamedDay]) -> list[Span]:
    spans: list[Span] = []
    for one in days:
        last = spans[-1] if spans else None
        if (
            last
            and (one.working, one.name) == (last.working, last.name)
            and one.day == last.last + timedelta(days=1)
        ):
            spans[-1] = Span(last.first, one.day, one.working, one.name)
        else:
            spans.append(Span(one.day, one.day, one.working, one.name))
    return spans


@blueprint.get("")
def page() -> str:
    only_asked("year", "day", "page")
    return _page()


def _page(trouble: str = "", typed: dict[str, str] | None = None) -> str:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_CALENDAR)
    year, number = asked_year(), asked_page()
    today = business_day(archive.clock.now())
    with archive.reading() as session:
        row = queries.year_row(session, year)
        missing = queries.missing_years(session, today)
        total = queries.change_count(session, year)
        offset = (number - 1) * PAGE_SIZE
        changes = queries.changes_of(session, year, offset=offset, limit=PAGE_SIZE)
        names = people.display_names(session, {c.by for c in changes if c.by})
    day = request.args.get("day", "")[:10]
    return render_template(
        "working_days/page.html",
        row=row,
        months=[(month, weeks_of(row, month)) for month in range(1, 13)],
        spans=spans_of(row.days),
        worked=sum(cell.working for m in range(1, 13) for w in weeks_of(row, m) for cell in w if cell),
        missing=missing,
        today=today,
        changes=changes,
        names=names,
        paging=Paging(number, PAGE_SIZE, total),
        may_manage=actor.may(Permission.MANAGE_CALENDAR),
        typed=typed or {"day": day, "as": "off", "name": "", "reason": ""},
        trouble=trouble,
        first=FIRST_YEAR,
        last=LAST_YEAR,
        in_words=in_words,
    )


def in_words(working: bool | None, name: str) -> str:
    if working is None:
        return str(gettext("as the week says"))
    return f"{gettext('day worked') if working else gettext('day off')} ({name})"


@blueprint.post("/day")
def change_day() -> ResponseReturnValue:
    only_asked()
    refuse_unknown(_FIELDS)
    actor, told = current_actor(), request.form
    actor.must(Permission.MANAGE_CALENDAR)
    typed = {name: told.get(name, "")[:300] for name in _FIELDS - {"seen"}}
    seen = whole_number(told.get("seen", ""), 2**31 - 1) or 0
    try:
        day, working = date.fromisoformat(typed["day"]), _AS[typed["as"]]
    except (ValueError, KeyError):
        return _page(str(gettext("Choose a day, and what it is.")), typed), 422
    try:
        with current_archive().unit_of_work(actor) as work:
            service.change_day(work, day, working, name=typed["name"], reason=typed["reason"], seen=seen)
    except CalendarChangedMeanwhile as error:
        return _too_late(error, day, typed, seen)
    except Invalid as error:
        return _page(explain(error), typed), 422
    flash(str(gettext("The calendar was changed.")), "success")
    return to(day.year)


def _too_late(error: Conflict, day: date, typed: dict[str, str], seen: int) -> Response:
    with current_archive().reading() as session:
        row = queries.year_row(session, day.year)
        lines = changed_since(queries.changes_of(session, day.year, limit=MOST_TOLD), seen)
    kinds = (
        ("off", gettext("day off")),
        ("work", gettext("day worked")),
        ("week", gettext("as the week says")),
    )
    return asked_again(
        error,
        place="system",
        heading=str(gettext("Change a day of the calendar")),
        button=str(gettext("Change the day")),
        back=url_for("working_days.page", year=day.year),
        lines=lines,
        told=(
            Told("day", str(gettext("Day")), typed["day"], kind="date"),
            Told(
                "as",
                str(gettext("It is")),
                typed["as"],
                kind="select",
                options=tuple((k, str(w)) for k, w in kinds),
            ),
            Told("name", str(gettext("What the day is")), typed["name"], required=False),
            Told("reason", str(gettext("Why")), typed["reason"]),
        ),
        hidden={"seen": str(row.revision)},
    )


def changed_since(changes: Sequence[ChangeRow], seen: int) -> list[Line]:
    return [
        Line(
            f"{c.day.isoformat()} {c.reason}".strip(), in_words(c.was, c.was_name), in_words(c.worked, c.name)
        )
        for c in reversed(changes)
        if c.revision > seen
    ]


def to(year: int) -> Response:
    answer = redirect(url_for("working_days.page", year=year), code=303)
    assert isinstance(answer, Response)
    return answer


def on_system_page(_of: object) -> str:
    """A card there: whether the years that should be known are."""
    archive, actor = current_archive(), current_actor()
    today = business_day(archive.clock.now())
    with archive.reading() as session:
        missing, known = queries.missing_years(session, today), queries.known_years(session)
    return render_template(
        "working_days/_card.html",
        missing=missing,
        known=known,
        may_manage=actor.may(Permission.MANAGE_CALENDAR),
    )
