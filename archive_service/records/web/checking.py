"""The four-property check as people see it: reports, a printed form, making one now, confirming warnings."""

import uuid

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Conflict, Invalid, NotFound
from archive_service.records.queries import checking as queries
from archive_service.records.queries.checking import CheckRow
from archive_service.records.rules import PagesClosed, ReasonAsked
from archive_service.records.rules.four_properties import Verdict
from archive_service.records.service import checking as service
from archive_service.records.web.check_words import check_words, parts_of
from archive_service.records.web.furnishing import Seen, blueprint, seen_document
from archive_service.web import current_actor, current_archive, explain, only_asked, refuse_unknown

ONE = "/documents/<uuid:document_id>/checks/<int(max=999999999999):check_id>"


def _seen(session: Session, document_id: uuid.UUID) -> Seen:
    """A report tells what the pages are like. Raises PagesClosed, ReasonAsked, and as ``seen_document``."""
    seen = seen_document(session, document_id)
    if not seen.pages_open:
        raise ReasonAsked() if seen.asks_reason else PagesClosed()
    return seen


@blueprint.get("/documents/<uuid:document_id>/checks")
def checks(document_id: uuid.UUID) -> str:
    """All reports of a document; the newest one open."""
    only_asked()
    with current_archive().reading() as session:
        seen = _seen(session, document_id)
        rows = queries.checks(session, current_actor(), document_id)
        names = people.display_names(session)
    return _page(seen, rows, rows[0] if rows else None, names)


@blueprint.get(ONE)
def check(document_id: uuid.UUID, check_id: int) -> str:
    only_asked()
    with current_archive().reading() as session:
        seen = _seen(session, document_id)
        rows = queries.checks(session, current_actor(), document_id)
        shown = queries.check_by_id(session, current_actor(), document_id, check_id)
        names = people.display_names(session)
    if shown is None:
        raise NotFound()
    return _page(seen, rows, shown, names)


def _page(seen: Seen, rows: list[CheckRow], shown: CheckRow | None, names: dict[int, str]) -> str:
    parts = parts_of(shown.lines) if shown else []
    bad = (Verdict.FATAL, Verdict.WARN)
    return render_template(
        "records/checks.html",
        seen=seen,
        row=seen.row,
        rows=rows,
        shown=shown,
        parts=parts,
        troubles=[line for part in parts for line in part.lines if line.verdict in bad],
        may_check=service.may_check(current_actor(), seen.row.class_code),
        names=names,
        **check_words(),
    )


@blueprint.get(f"{ONE}/print")
def print_check(document_id: uuid.UUID, check_id: int) -> str:
    only_asked()
    with current_archive().reading() as session:
        seen = _seen(session, document_id)
        shown = queries.check_by_id(session, current_actor(), document_id, check_id)
        names = people.display_names(session)
    if shown is None:
        raise NotFound()
    return render_template(
        "records/print/check.html",
        seen=seen,
        row=seen.row,
        shown=shown,
        parts=parts_of(shown.lines),
        names=names,
        printed_on=business_day(current_archive().clock.now()),
        **check_words(),
    )


@blueprint.post("/documents/<uuid:document_id>/checks")
def make_check(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    actor, archive = current_actor(), current_archive()
    with archive.reading() as session:
        service.must_check(actor, seen_document(session, document_id).row.class_code)
    # Before the transaction: a big file takes a moment to read.
    proof = service.prove(archive, actor, document_id)
    with archive.unit_of_work(actor) as work:
        made = service.check_document(work, document_id, proof)
    return _to_check(document_id, made.id)


@blueprint.post(f"{ONE}/confirmation")
def confirm_check(document_id: uuid.UUID, check_id: int) -> Response:
    only_asked()
    refuse_unknown(frozenset({"note"}))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.confirm_warnings(work, document_id, check_id, request.form.get("note", ""))
        flash(str(gettext("The warnings are confirmed.")), "success")
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    return _to_check(document_id, check_id)


def _to_check(document_id: uuid.UUID, check_id: int) -> Response:
    answer = redirect(url_for("records.check", document_id=document_id, check_id=check_id), code=303)
    assert isinstance(answer, Response)
    return answer
