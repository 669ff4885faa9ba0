"""Locks while somebody edits: taken and kept by the page's script, given back, broken by whoever may."""

import uuid

from flask import Response, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.records.queries import reviewing as queries
from archive_service.records.rules.review import BeingEdited
from archive_service.records.service import locks as service
from archive_service.records.web.furnishing import blueprint, seen_document
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    safe_target,
)
from archive_service.web.formats import instant
from archive_service.web.problem import problem

LOCK = "/documents/<uuid:document_id>/lock"


@blueprint.post(LOCK)
def take_lock(document_id: uuid.UUID) -> ResponseReturnValue:
    """``{seconds}`` until it runs out; 409 says who works on it since when."""
    only_asked()
    refuse_unknown(frozenset())
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    try:
        with archive.unit_of_work(actor) as work:
            held = service.take_lock(work, document_id)
            seconds = (held.expires_at - work.now).total_seconds()
    except BeingEdited as error:
        return problem(409, error.code, who_edits(document_id) or explain(error))
    return jsonify(seconds=int(seconds))


@blueprint.post(f"{LOCK}/release")
def release_lock(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.release_lock(work, document_id)
    return Response(status=204)


@blueprint.post(f"{LOCK}/break")
def break_lock(document_id: uuid.UUID) -> ResponseReturnValue:
    """Back to where the person was, ``next``, with the lock in their own hands."""
    only_asked()
    refuse_unknown(frozenset({"reason"}))
    actor = current_actor()
    actor.must(Permission.BREAK_LOCK)
    try:
        with current_archive().unit_of_work(actor) as work:
            service.break_lock(work, document_id, request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(
            str(
                gettext("The document is yours to edit now. What the other person typed is not lost to them.")
            ),
            "success",
        )
    return redirect(safe_target(request.form.get("next"), f"/documents/{document_id}"), code=303)


def who_edits(document_id: uuid.UUID) -> str:
    """The sentence about whoever else works on it now; "" for nobody."""
    archive, actor = current_archive(), current_actor()
    with archive.reading() as session:
        seen_document(session, document_id)
        held = queries.lock_of(session, document_id, archive.clock.now())
        if held is None or held.held_by == actor.user_id:
            return ""
        name = people.display_names(session, {held.held_by}).get(held.held_by, "")
    return str(
        gettext("%(name)s has been working on this since %(when)s.", name=name, when=instant(held.taken_at))
    )
