"""Exports through the browser: asked for with a reason, decided by somebody else, fetched while they last."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people, records
from archive_service.bulk.queries import exports as queries
from archive_service.bulk.rules import ExportId, ExportState, RightsChanged
from archive_service.bulk.service import exporting as service
from archive_service.bulk.web.choosing import sent_along, told_selection
from archive_service.bulk.web.pages import XLSX, blueprint, furniture
from archive_service.bulk.web.sending import send_blob
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid, TooManyRequests
from archive_service.web import current_actor, current_archive, explain, only_asked, refuse_unknown

ONE: Final = "/bulk/exports/<int:export_id>"
FIRST: Final = 20  # documents shown to who decides
_CHOICE: Final = frozenset({"document", "everything", "origin", "query", "code", "case_file", "reason"})


@blueprint.post("/bulk/exports")
def add_export() -> ResponseReturnValue:
    """With the originals; the list alone comes from ``choose``."""
    only_asked()
    refuse_unknown(_CHOICE)
    actor, reason = current_actor(), request.form.get("reason", "")
    actor.must(Permission.SEARCH)
    selection = told_selection(request.form, request.form.getlist("document"))
    try:
        with current_archive().unit_of_work(actor) as work:
            export_id = service.request(work, selection, with_originals=True, reason=reason)
    except (Invalid, TooManyRequests) as error:
        page = render_template(
            "bulk/new_export.html",
            selection=selection,
            sent=sent_along(),
            reason=reason,
            errors={str(error.facts.get("field", "reason")): [explain(error)]},
            **furniture(),
        )
        return page, 422
    return redirect(url_for("bulk.one_export", export_id=export_id), code=303)


@blueprint.get(ONE)
def one_export(export_id: int) -> ResponseReturnValue:
    only_asked()
    return _page(export_id)


def _page(export_id: int, error: ArchiveError | None = None) -> tuple[str, int]:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        view = queries.export_view(session, actor, export_id)
        items = queries.export_items(session, view.id, limit=FIRST)
        found = records.documents_by_id(session, actor, [document_id for _, document_id in items])
        names = people.display_names(session)
    own = view.requested_by == actor.user_id
    page = render_template(
        "bulk/_export.html" if "HX-Request" in request.headers else "bulk/export.html",
        view=view,
        documents=[found[one] for _, one in items if one in found],
        names=names,
        own=own,
        may_decide=actor.may(Permission.APPROVE_EXPORT) and not own and view.state is ExportState.REQUESTED,
        trouble=explain(error) if error else "",
        comment=request.form.get("comment", ""),
        **furniture(),
    )
    return page, 200 if error is None else 409 if isinstance(error, Conflict) else 422


@blueprint.post(f"{ONE}/decision")
def decide_export(export_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"decision", "comment"}))
    approve = request.form.get("decision") == "approve"
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.decide(
                work, ExportId(export_id), approve=approve, comment=request.form.get("comment", "")
            )
    except (Invalid, Conflict) as error:
        return _page(export_id, error)
    done = gettext("Approved. It is being built now.") if approve else gettext("Not approved.")
    flash(str(done), "success")
    return redirect(url_for("bulk.one_export", export_id=export_id), code=303)


@blueprint.post(f"{ONE}/cancel")
def cancel_export(export_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset())
    current_actor().must(Permission.SEARCH)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.cancel(work, ExportId(export_id))
    except Conflict as error:
        return _page(export_id, error)
    flash(str(gettext("The export is given up.")), "success")
    return redirect(url_for("bulk.page", show="exports"), code=303)


@blueprint.get(f"{ONE}/content")
def fetch_export(export_id: int) -> ResponseReturnValue:
    """Its bytes, to whoever asked for it."""
    only_asked()
    try:
        view = service.fetch(current_archive(), current_actor(), ExportId(export_id))
    except RightsChanged:
        page, _ = _page(export_id)  # which says why it ended
        return page, 409
    kind = "application/zip" if view.with_originals else XLSX
    return send_blob(current_archive(), view.digest, view.size, kind, view.file_name)
