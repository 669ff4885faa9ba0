"""Many documents changed through the browser: the fields, what they would do, the reason, the report."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import classification, records
from archive_service.bulk.queries import edits as queries
from archive_service.bulk.rules import EditId, ItemState
from archive_service.bulk.rules.editing import FIELDS, Changes, read_changes
from archive_service.bulk.service import editing as service
from archive_service.bulk.web.pages import blueprint, furniture
from archive_service.classification.web import class_groups
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.kernel.levels import LEVEL_NAMES
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
)

ONE: Final = "/bulk/edits/<int:edit_id>"
PAGE_SIZE: Final = 50
_SHOWN: Final = {
    "all": (),
    "trouble": (ItemState.CANNOT, ItemState.STALE, ItemState.FAILED),
}


@blueprint.route(ONE, methods=["GET", "POST"])
def one_edit(edit_id: int) -> ResponseReturnValue:
    """Posted: the fields, whose effect is tried on every document and kept on none."""
    only_asked("page", "show")
    actor = current_actor()
    actor.must(Permission.DESCRIBE)
    if request.method == "GET":
        return _page(edit_id)
    refuse_unknown(frozenset(FIELDS))
    try:
        changes = read_changes(request.form)
        service.preview(current_archive(), actor, EditId(edit_id), changes)
    except (Invalid, Conflict) as error:
        return _page(edit_id, error)
    return redirect(f"{url_for('bulk.one_edit', edit_id=edit_id)}#preview", code=303)


def _told(changes: Changes) -> dict[str, str]:
    return {
        name: "、".join(value) if isinstance(value := getattr(changes, name), tuple) else str(value or "")
        for name in FIELDS
    }


def _page(edit_id: int, error: ArchiveError | None = None) -> ResponseReturnValue:
    actor, number = current_actor(), asked_page()
    shown = request.args.get("show", "all")
    states = _SHOWN.get(shown, ())
    with current_archive().reading() as session:
        view = queries.edit_view(session, actor, edit_id)
        lines = queries.edit_lines(session, view.id, states, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        rows = records.documents_by_id(session, actor, [line.document_id for line in lines])
        classes = classification.class_rows(session)
    field = str(error.facts.get("field", "")) if error else ""
    posted = error is not None and request.form.keys() & set(FIELDS)
    page = render_template(
        "bulk/_edit.html" if "HX-Request" in request.headers else "bulk/edit.html",
        view=view,
        lines=lines,
        documents=rows,
        told={name: request.form.get(name, "") for name in FIELDS} if posted else _told(view.changes),
        errors={field: [explain(error)]} if error and field else {},
        trouble=explain(error) if error and not field else "",
        reason=request.form.get("reason", ""),
        groups=class_groups(classes),
        class_names={row.code: row for row in classes},
        levels=[(level.value, gettext(name)) for level, name in LEVEL_NAMES.items()],
        shown=shown,
        paging=Paging(number, PAGE_SIZE, view.count(*states) if states else view.documents),
        **furniture(),
    )
    return page, 200 if error is None else 409 if isinstance(error, Conflict) else 422


@blueprint.post(f"{ONE}/apply")
def apply_edit(edit_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"reason"}))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.apply(work, EditId(edit_id), reason=request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _page(edit_id, error)
    return redirect(url_for("bulk.one_edit", edit_id=edit_id), code=303)


@blueprint.post(f"{ONE}/cancel")
def cancel_edit(edit_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset())
    current_actor().must(Permission.DESCRIBE)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.cancel(work, EditId(edit_id))
    except Conflict as error:
        return _page(edit_id, error)
    flash(str(gettext("It is stopped. What was changed already stays changed.")), "success")
    return redirect(url_for("bulk.page", show="edits"), code=303)
