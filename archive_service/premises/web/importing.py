"""A table of units through the browser: the file, what it would do, then the whole of it."""

from io import BytesIO
from typing import Final

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.premises.rules import importing as rules
from archive_service.premises.rules.tables import MOST_BYTES, Table, as_csv, read_table
from archive_service.premises.service import importing as service
from archive_service.premises.service.importing import MOST_TOLD, Outcome
from archive_service.premises.web.pages import XLSX, blueprint, words
from archive_service.web import current_actor, current_archive, explain, only_asked, refuse_unknown

_FIELDS: Final = frozenset({"file", "table", "reason", "skip", "submit"})


@blueprint.get("/premises/import/template.xlsx")
def template() -> Response:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    return send_file(BytesIO(rules.template()), XLSX, as_attachment=True, download_name="房屋导入模板.xlsx")


@blueprint.route("/premises/import", methods=["GET", "POST"])
def bring_in() -> ResponseReturnValue:
    """First the file: what it would do. Then, with a reason: it is done.

    Between the two the table travels in the page itself and is read again, as strictly as before.
    """
    only_asked()
    actor = current_actor()
    actor.must(Permission.MANAGE_PREMISES)
    if request.method == "GET":
        return render_template("premises/import.html", **words())
    refuse_unknown(_FIELDS)
    try:
        if "table" in request.form:
            return _brought_in(read_table(request.form["table"].encode()))
        file = request.files.get("file")
        table = read_table(file.stream.read(MOST_BYTES + 1) if file else b"")
        with current_archive().unit_of_work(actor) as work:
            outcome = service.preview(work, table)
    except (Invalid, Conflict) as error:
        return _refused(error)
    return _preview(travelling(table), outcome), 200


def _brought_in(table: Table) -> ResponseReturnValue:
    reason, skip = request.form.get("reason", ""), request.form.get("skip") == "1"
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            outcome = service.import_units(work, table, reason=reason, skip=skip)
    except (Invalid, Conflict) as error:
        with current_archive().unit_of_work(current_actor()) as work:
            outcome = service.preview(work, table)
        return _preview(travelling(table), outcome, trouble=explain(error)), 422
    done = gettext(
        "%(added)s units were added, %(changed)s changed; %(same)s stayed as they were.",
        added=len(outcome.added),
        changed=len(outcome.changed),
        same=outcome.same,
    )
    flash(done, "success")
    return redirect(url_for("premises.page"), code=303)


def travelling(table: Table) -> str:
    """The table as text that keeps the numbers of its rows: those that were left out come back as empty ones."""
    rows: list[tuple[str, ...]] = []
    for row in table.rows:
        rows += [("",)] * (row.number - 2 - len(rows))
        rows.append(row.cells)
    return as_csv(table.headings, rows)


def _preview(table: str, outcome: Outcome, trouble: str = "") -> str:
    problems = [(p.row, p.column, explain(p.error)) for p in outcome.problems[:MOST_TOLD]]
    return render_template(
        "premises/import.html",
        outcome=outcome,
        problems=problems,
        most=MOST_TOLD,
        table=table,
        trouble=trouble,
        reason=request.form.get("reason", ""),
        **words(),
    )


def _refused(error: ArchiveError) -> ResponseReturnValue:
    return render_template("premises/import.html", trouble=explain(error), **words()), 422
