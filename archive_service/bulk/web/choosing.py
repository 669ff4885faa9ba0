"""From a list to what shall be done with its documents: those ticked, or all that it shows."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from archive_service.bulk.rules.selection import Selection, asked_for, ticked
from archive_service.bulk.service import editing, exporting
from archive_service.bulk.web.pages import blueprint, furniture
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
)
from search_index import QueryError

_FIELDS: Final = frozenset({"document", "everything", "origin", "query", "code", "case_file", "action"})
LONGEST_QUERY: Final = 4000


def told_selection(form: Mapping[str, str], documents: list[str]) -> Selection:
    """``everything``: all of the list at ``origin`` as its address had asked for it. Raises Invalid."""
    if form.get("everything") != "1":
        return ticked(documents)
    asked = parse_qs(form.get("query", "")[:LONGEST_QUERY])
    for name in ("code", "case_file"):
        if form.get(name):
            asked[name] = [form[name]]
    return asked_for(form.get("origin", ""), asked)


@blueprint.post("/bulk/choose")
def choose() -> ResponseReturnValue:
    """``action``: edit, list, or originals, which asks for a reason first."""
    only_asked()
    refuse_unknown(_FIELDS)
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEARCH)
    action = request.form.get("action", "")
    try:
        selection = told_selection(request.form, request.form.getlist("document"))
        if action == "edit":
            edit_id = editing.choose(archive, actor, selection)
            return redirect(url_for("bulk.one_edit", edit_id=edit_id), code=303)
        if action == "originals":
            if not actor.may(Permission.EXPORT_ORIGINALS):
                actor.must(Permission.EXPORT_FEES)
            return render_template(
                "bulk/new_export.html", selection=selection, sent=sent_along(), errors={}, **furniture()
            )
        with archive.unit_of_work(actor) as work:
            export_id = exporting.request(work, selection, with_originals=False)
    except QueryError as error:
        return _refused(explain(Invalid()), error.code)
    except Invalid as error:
        return _refused(explain(error), error.code)
    return redirect(url_for("bulk.one_export", export_id=export_id), code=303)


def sent_along() -> list[tuple[str, str]]:
    """The choice once more, for the form that follows."""
    names = ("everything", "origin", "query", "code", "case_file")
    pairs = [(name, request.form[name]) for name in names if request.form.get(name)]
    return pairs + [("document", one) for one in request.form.getlist("document")]


def _refused(text: str, code: str) -> ResponseReturnValue:
    return render_template("bulk/nothing.html", trouble=text, code=code, **furniture()), 422
