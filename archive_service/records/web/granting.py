"""Sight granted by name: who sees one paper, one file or one class besides those whose roles let them."""

import uuid
from datetime import date
from typing import Any, Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, people
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid, NotFound
from archive_service.kernel.ids import UserId, parse_uuid
from archive_service.kernel.levels import Level, Sight
from archive_service.kernel.masking import mask
from archive_service.people import SightTarget
from archive_service.records.queries import case_files as case_file_queries
from archive_service.records.queries import documents as queries
from archive_service.records.service import granting as service
from archive_service.records.web.case_files import LARGEST_ID, bounded
from archive_service.records.web.furnishing import blueprint
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

PAGE_SIZE: Final = 50
_FIELDS: Final = frozenset({"user", "sees", "up_to", "valid_from", "valid_to", "reason"})


def _target() -> SightTarget:
    """What the address asks about, exactly one thing. Raises NotFound."""
    asked = {name: request.args[name] for name in ("document", "case_file", "class") if name in request.args}
    if len(asked) != 1:
        raise NotFound()
    if "document" in asked:
        found = parse_uuid(asked["document"])
        if found is None:
            raise NotFound()
        return SightTarget(document_id=uuid.UUID(str(found)))
    if "case_file" in asked:
        return SightTarget(case_file_id=bounded(whole_number(asked["case_file"], LARGEST_ID) or 0))
    return SightTarget(class_code=asked["class"][:12])


def _named(session: Session, target: SightTarget) -> dict[str, Any]:
    """What it is called, and where it stands. Raises NotFound, also for what the person may not see."""
    actor = current_actor()
    if target.document_id is not None:
        row = queries.document(session, actor, target.document_id)
        address = url_for("records.document", document_id=row.id)
        return {"name": mask(row.title), "address": address, "level": row.level}
    if target.case_file_id is not None:
        file = case_file_queries.case_file(session, actor, target.case_file_id)
        address = url_for("records.case_file", case_file_id=file.id)
        return {"name": f"{file.file_no} {mask(file.title)}", "address": address, "level": None}
    known = classification.class_row(session, target.class_code or "")
    if known is None:
        raise NotFound()
    address = url_for("records.class_files", code=known.code)
    return {"name": f"{known.code} {known.name(current_language())}", "address": address, "level": None}


@blueprint.route("/sight-grants", methods=["GET", "POST"])
def sight_grants() -> Response:
    """``document``, ``case_file`` or ``class`` in the address; ``before``: the grant to go on from."""
    only_asked("document", "case_file", "class", "before")
    current_actor().must(Permission.GRANT_SIGHT)
    target = _target()
    if request.method == "GET":
        return _page(target, None)
    refuse_unknown(_FIELDS)
    form = request.form
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.grant_sight(
                work,
                UserId(whole_number(form.get("user", ""), LARGEST_ID) or 0),
                target,
                Sight.DOWNLOAD if form.get("sees") == "download" else Sight.VIEW,
                _day("valid_to") or business_day(work.now),
                form.get("reason", ""),
                valid_from=_day("valid_from"),
                up_to=Level(form["up_to"]) if form.get("up_to") in tuple(Level) else None,
            )
    except (Invalid, Conflict) as error:
        return _page(target, error)
    flash(str(gettext("Sight is granted. It ends by itself.")), "success")
    return _back(target)


class BadDay(Invalid):
    code = "sight.bad-day"


def _day(name: str) -> date | None:
    typed = request.form.get(name, "")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise BadDay(field=name) from error


def _page(target: SightTarget, error: ArchiveError | None) -> Response:
    now = current_archive().clock.now()
    before = whole_number(request.args.get("before", ""), LARGEST_ID)
    with current_archive().reading() as session:
        named = _named(session, target)
        rows = people.sight_grants(session, now, target=target, before=before, limit=PAGE_SIZE)
        persons = people.people_at_work(session)
    page = render_template(
        "records/sight_grants.html",
        target=target,
        rows=rows,
        further=rows[-1].id if len(rows) == PAGE_SIZE else None,
        persons=[one for one in persons if one[0] != current_actor().user_id],
        levels=tuple(Level),
        today=business_day(now).isoformat(),
        me=current_actor().user_id,
        told={name: request.form.get(name, "") for name in _FIELDS},
        trouble=explain(error) if error else None,
        **named,
    )
    return make_response(page, 200 if error is None else 409 if isinstance(error, Conflict) else 422)


@blueprint.post("/sight-grants/<int:grant_id>/revoke")
def revoke_sight(grant_id: int) -> Response:
    only_asked()
    refuse_unknown(frozenset({"reason"}))
    current_actor().must(Permission.GRANT_SIGHT)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            target = service.revoke_sight(work, bounded(grant_id), request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
        answer = redirect(request.referrer or url_for("records.files"), code=303)
        assert isinstance(answer, Response)
        return answer
    flash(str(gettext("The grant is taken back.")), "success")
    return _back(target)


def _back(target: SightTarget) -> Response:
    answer = redirect(address_of(target), code=303)
    assert isinstance(answer, Response)
    return answer


def address_of(target: SightTarget) -> str:
    if target.document_id is not None:
        return url_for("records.sight_grants", document=target.document_id)
    if target.case_file_id is not None:
        return url_for("records.sight_grants", case_file=target.case_file_id)
    named: dict[str, Any] = {"class": target.class_code}
    return url_for("records.sight_grants", **named)
