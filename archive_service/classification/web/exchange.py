"""The plan as a file: out as YAML or as a workbook, in with a look at what would change first."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.classification import queries, service
from archive_service.classification.rules import Change, read_plan, write_plan, write_sheets
from archive_service.classification.rules.written import MOST_BYTES
from archive_service.classification.web.editing import ImportForm
from archive_service.classification.web.pages import blueprint, changed_since, shown, words
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.web import current_actor, current_archive, explain, only_asked, refuse_unknown
from archive_service.web.meanwhile import Line

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELDS: Final = frozenset({"file", "plan", "reason", "seen", "submit"})


@blueprint.get("/file-plan/versions/<edition>.yaml")
def as_yaml(edition: str) -> Response:
    only_asked()
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        found = queries.plan_of_version(session, edition)
    return _attached(
        write_plan(found).encode(), "application/yaml; charset=utf-8", f"{found.scheme}-{found.number}.yaml"
    )


@blueprint.get("/file-plan/versions/<edition>.xlsx")
def as_workbook(edition: str) -> Response:
    only_asked()
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        found = queries.plan_of_version(session, edition)
    return _attached(write_sheets(found), XLSX, f"{found.scheme}-{found.number}.xlsx")


def _attached(content: bytes, content_type: str, file_name: str) -> Response:
    return send_file(BytesIO(content), content_type, as_attachment=True, download_name=file_name)


@blueprint.route("/file-plan/import", methods=["GET", "POST"])
def bring_in() -> ResponseReturnValue:
    """First the file: what would change. Then, with a reason: it comes into force.

    Between the two the plan travels in the page itself and is read again, as strictly as before.
    """
    only_asked()
    actor = current_actor()
    actor.must(Permission.MANAGE_PLAN)
    if request.method == "GET":
        return render_template("classification/import.html", **words())
    refuse_unknown(_FIELDS)
    try:
        wanted = read_plan(_sent())
        with current_archive().unit_of_work(actor) as work:
            found = service.preview(work, wanted)
            in_force = queries.plan_in_force(work.session)
    except (Invalid, Conflict) as error:
        return _refused(error)
    assert in_force is not None
    form = ImportForm()
    if "plan" in request.form and form.validate_on_submit():
        try:
            with current_archive().unit_of_work(actor) as work:
                numbered = service.change_plan(
                    work, wanted, reason=form.reason.data or "", seen=form.seen.data or ""
                )
        except service.PlanChangedMeanwhile as error:
            form.form_errors.append(explain(error))
            with current_archive().reading() as session:
                lines = changed_since(session, form.seen.data or "")
            form.seen.data = in_force.number
            return _preview(form, found, lines), 409
        except (Invalid, Conflict) as error:
            return _refused(error)
        flash(gettext("The plan is now at version %(number)s.", number=numbered.number), "success")
        return redirect(url_for("classification.page"), code=303)
    if "plan" not in request.form:
        form.seen.data, form.plan.data = in_force.number, write_plan(wanted)
    return _preview(form, found), 422 if "plan" in request.form else 200


def _preview(form: ImportForm, found: Sequence[Change], lines: Sequence[Line] = ()) -> str:
    """What the file would change of the plan in force. ``lines``: what somebody else changed of it meanwhile."""
    told = [({"kind": c.kind.value, "code": c.code, "fields": c.fields}, c.old, c.new) for c in found]
    return render_template(
        "classification/import.html", form=form, told=told, value=shown, lines=lines, **words()
    )


def _sent() -> bytes:
    file = request.files.get("file")
    if file is not None:
        return file.stream.read(MOST_BYTES + 1)
    # A browser sends line ends as \r\n, which mean nothing else in YAML.
    return request.form.get("plan", "").encode()


def _refused(error: ArchiveError) -> ResponseReturnValue:
    facts = error.facts
    # The problem is a message of its own within the message.
    facts = facts | ({"problem": gettext(str(facts["problem"]))} if "problem" in facts else {})
    trouble = gettext(error.message, **facts)
    status = 409 if isinstance(error, Conflict) else 422
    return render_template("classification/import.html", trouble=trouble, **words()), status
