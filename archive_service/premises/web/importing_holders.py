"""A table of owners and tenants through the browser: the file, what it would do, then the whole of it."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.rules import holders as rules
from archive_service.premises.rules.columns import Problem
from archive_service.premises.rules.tables import MOST_BYTES, Table, read_table
from archive_service.premises.service import holders as service
from archive_service.premises.service.importing import MOST_TOLD
from archive_service.premises.web.importing import travelling
from archive_service.premises.web.pages import XLSX, blueprint
from archive_service.premises.web.parties import party_words, seal
from archive_service.web import current_actor, current_archive, explain, only_asked, refuse_unknown

_MOST_WARNED: Final = 20
_FIELDS: Final = frozenset({"file", "table", "reason", "skip", "submit"})


@blueprint.get("/premises/parties/import/template.xlsx")
def holders_template() -> Response:
    only_asked()
    current_actor().must(Permission.MANAGE_PARTIES)
    name = "业主租户导入模板.xlsx"
    return send_file(BytesIO(rules.template()), XLSX, as_attachment=True, download_name=name)


@blueprint.route("/premises/parties/import", methods=["GET", "POST"])
def bring_in_holders() -> ResponseReturnValue:
    """As the table of units comes in."""
    only_asked()
    actor = current_actor()
    actor.must(Permission.MANAGE_PARTIES)
    if request.method == "GET":
        return render_template("premises/import_holders.html", **party_words())
    refuse_unknown(_FIELDS)
    try:
        if "table" in request.form:
            return _brought_in(read_table(request.form["table"].encode()))
        file = request.files.get("file")
        return _preview(read_table(file.stream.read(MOST_BYTES + 1) if file else b"")), 200
    except (Invalid, Conflict) as error:
        return render_template("premises/import_holders.html", trouble=explain(error), **party_words()), 422


def _brought_in(table: Table) -> ResponseReturnValue:
    reason, skip = request.form.get("reason", ""), request.form.get("skip") == "1"
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            outcome = service.import_holders(work, seal(), table, reason=reason, skip=skip)
    except (Invalid, Conflict) as error:
        return _preview(table, trouble=explain(error)), 422
    done = gettext(
        "%(added)s entries were made for %(people)s people and companies; %(same)s were there already.",
        added=len(outcome.added),
        people=outcome.people,
        same=outcome.same,
    )
    flash(done, "success")
    if outcome.warnings:
        rows = "、".join(str(one.row) for one in outcome.warnings[:_MOST_WARNED])
        more = "…" if len(outcome.warnings) > _MOST_WARNED else ""
        flash(
            gettext("Please compare the identity cards' numbers of these rows: %(rows)s", rows=rows + more),
            "warning",
        )
    return redirect(url_for("premises.parties"), code=303)


def _preview(table: Table, trouble: str = "") -> str:
    with current_archive().unit_of_work(current_actor()) as work:
        outcome = service.preview(work, seal(), table)
    return render_template(
        "premises/import_holders.html",
        outcome=outcome,
        problems=_told(outcome.problems),
        warnings=_told(outcome.warnings),
        most=MOST_TOLD,
        shown=20,
        table=travelling(table),
        trouble=trouble,
        reason=request.form.get("reason", ""),
        **party_words(),
    )


def _told(problems: Sequence[Problem]) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, explain(p.error)) for p in problems[:MOST_TOLD]]
