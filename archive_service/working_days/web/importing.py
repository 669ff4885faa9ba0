"""A year brought in by a table: the file, what it would change, then the whole of it."""

from io import BytesIO
from typing import Final

from flask import Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.rules.tables import MOST_BYTES, as_csv, read_table
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.working_days import queries, service
from archive_service.working_days.rules import (
    LAST_YEAR,
    CalendarChangedMeanwhile,
    NamedDay,
    sheets,
)
from archive_service.working_days.web.pages import (
    MOST_TOLD,
    asked_year,
    blueprint,
    changed_since,
    in_words,
    spans_of,
    to,
)

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PROBLEMS: Final = 50
_FIELDS: Final = frozenset({"file", "table", "year", "source", "seen"})


@blueprint.get("/template.xlsx")
def template() -> Response:
    """The year as it stands, to be changed; for one that nobody entered, two lines to begin with."""
    only_asked("year")
    current_actor().must(Permission.MANAGE_CALENDAR)
    year = asked_year()
    with current_archive().reading() as session:
        days = queries.year_row(session, year).days
    content = sheets.written(days) if days else sheets.template(year)
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name=f"工作日历{year}.xlsx")


@blueprint.route("/import", methods=["GET", "POST"])
def bring_in() -> ResponseReturnValue:
    only_asked("year")
    actor = current_actor()
    actor.must(Permission.MANAGE_CALENDAR)
    if request.method == "GET":
        return _page(asked_year())
    refuse_unknown(_FIELDS)
    year = whole_number(request.form.get("year", ""), LAST_YEAR) or 0
    try:
        days, problems = sheets.days_of(read_table(_sent()))
        if problems:
            told = [(p.row, p.column, explain(p.error)) for p in problems[:MOST_PROBLEMS]]
            return _page(year, problems=told), 422
        if "table" not in request.form:
            return _preview(year, days)
        return _entered(year, days)
    except (Invalid, Conflict) as error:
        return _page(year, trouble=explain(error)), 422


def _sent() -> bytes:
    if "table" in request.form:
        return request.form["table"].encode()
    file = request.files.get("file")
    return file.stream.read(MOST_BYTES + 1) if file else b""


def _preview(year: int, days: list[NamedDay], trouble: str = "", seen: int | None = None) -> str:
    """``seen``: the revision that the person looked at before somebody else changed the year."""
    with current_archive().unit_of_work(current_actor()) as work:
        found = service.preview(work, year, days)
        row = queries.year_row(work.session, year)
        changes = queries.changes_of(work.session, year, limit=MOST_TOLD)
    table = as_csv(
        sheets.HEADINGS, [[d.day.isoformat(), "", "班" if d.working else "休", d.name] for d in days]
    )
    return _page(
        year,
        trouble=trouble,
        found=[
            (
                one.day,
                in_words(one.before.working, one.before.name) if one.before else in_words(None, ""),
                in_words(one.after.working, one.after.name) if one.after else in_words(None, ""),
            )
            for one in found
        ],
        spans=spans_of(days),
        table=table,
        row=row,
        lines=changed_since(changes, seen) if seen is not None else [],
        source=request.form.get("source", "") or row.source,
    )


def _entered(year: int, days: list[NamedDay]) -> ResponseReturnValue:
    seen = whole_number(request.form.get("seen", ""), 2**31 - 1) or 0
    source = request.form.get("source", "")
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            found = service.enter_year(work, year, days, source=source, seen=seen)
    except CalendarChangedMeanwhile as error:
        return _preview(year, days, explain(error), seen), 409
    except Invalid as error:
        return _preview(year, days, explain(error)), 422
    flash(
        str(gettext("The year %(year)s was entered; %(days)s days changed.", year=year, days=len(found))),
        "success",
    )
    return to(year)


def _page(year: int, **told: object) -> str:
    with current_archive().reading() as session:
        complete = queries.year_row(session, year).complete if year else False
    return render_template("working_days/import.html", year=year, complete=complete, **told)
