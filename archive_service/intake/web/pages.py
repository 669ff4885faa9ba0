"""Upload (上传), inbox (待整理), and what a person answers when the same bytes are here already."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup, escape

from archive_service import classification, people, records, scans
from archive_service.classification.web import class_groups
from archive_service.intake import queries
from archive_service.intake.rules import PLAN_FIELDS, NoFile, Purpose, purpose_of
from archive_service.intake.service import accepting
from archive_service.intake.web.offering import class_offers
from archive_service.intake.web.results import (
    PAGES,
    Existing,
    FileResult,
    asked_once,
    result_of_failure,
    result_of_outcome,
    result_of_upload,
    undecided_results,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, ArchiveError, Invalid
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.levels import LEVEL_NAMES, Sight
from archive_service.kernel.masking import mask
from archive_service.records import InboxPart
from archive_service.scans.web import class_names
from archive_service.web import (
    Paging,
    asked_page,
    csrf,
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
)
from archive_service.web.errors import status_of
from archive_service.web.incoming import IncomingFile, receive
from archive_service.web.problem import wants_problem

blueprint = Blueprint("intake", __name__, template_folder="../templates")

PAGE_SIZE: Final = 50
MOST_FOLLOWED: Final = 100  # documents in one question; their ids have to fit into an address
DECISIONS_SHOWN: Final = 20


@blueprint.get("/upload")
def upload() -> ResponseReturnValue:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    with archive.reading() as session:
        classes = classification.class_rows(session)
    return render_template(
        "intake/upload.html",
        groups=class_groups(classes),
        language=current_language(),
        levels=[(level.value, gettext(name)) for level, name in LEVEL_NAMES.items()],
        settings=archive.settings,
    )


@blueprint.get("/upload/reading")
def reading() -> ResponseReturnValue:
    """How far documents that were just brought in have been read: one part of a page for each ``document``.

    Of those that the person may not see, or that are gone, there is none; nor beyond the first MOST_FOLLOWED.
    """
    only_asked("document")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    asked = [parse_uuid(text) for text in request.args.getlist("document")[:MOST_FOLLOWED]]
    with archive.reading() as session:
        rows = records.documents_by_id(session, actor, {i for i in asked if i is not None})
    return render_template(
        "intake/reading.html",
        rows=rows.values(),
        underway=records.UNDERWAY,
        stuck=records.STUCK,
        marked=records.MARKED,
    )


@blueprint.post("/upload")
@csrf.exempt  # type: ignore[untyped-decorator]  # ``receive`` asks for the token before the first file
def receive_files() -> ResponseReturnValue:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    incoming = receive(archive, fields=frozenset(PLAN_FIELDS), file_fields=frozenset({"file"}))
    if not incoming.files:
        raise NoFile(field="file")
    purpose = purpose_of(incoming.fields)
    results, failures = list[FileResult](), list[ArchiveError]()
    for file in incoming.files:
        try:
            results.append(_accept(file, purpose if len(incoming.files) == 1 else _of_many(purpose)))
        except ArchiveError as error:
            results.append(result_of_failure(file.file_name, error))
            failures.append(error)
    status = 200
    if len(failures) == len(results):
        status = max(status_of(error) for error in failures)
    return render_template("intake/result.html", results=asked_once(results)), status


def _of_many(purpose: Purpose) -> Purpose:
    """A title belongs to one file; what many share is the rest."""
    assert isinstance(purpose, records.Description)
    return records.Description(**{name: getattr(purpose, name) for name in PLAN_FIELDS if name != "title"})


def _accept(file: IncomingFile, purpose: Purpose) -> FileResult:
    actor, archive = current_actor(), current_archive()
    if file.blob is None:
        assert file.error is not None
        raise file.error
    with archive.unit_of_work(actor) as work:
        outcome = accepting.accept(
            work, file.blob, file.file_name, purpose, wait_days=archive.settings.upload_days
        )
    return result_of_outcome(archive, actor, records.safe_file_name(file.file_name), outcome)


@blueprint.post("/documents/<uuid:document_id>/versions")
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def new_version(document_id: UUID) -> ResponseReturnValue:
    """One file and the reason for it; back to the document with what came of it."""
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    with archive.reading() as session:
        records.document(session, actor, document_id)
    back = redirect(f"/documents/{document_id}", code=303)
    incoming = receive(archive, fields=frozenset({"reason", "reason_code"}), file_fields=frozenset({"file"}))
    try:
        if len(incoming.files) != 1:
            raise NoFile(field="file")
        told = {name: incoming.fields.get(name, "") for name in ("reason", "reason_code")}
        purpose = purpose_of({"document_id": str(document_id), **told})
        result = _accept(incoming.files[0], purpose)
    except Invalid as error:
        flash(explain(error), "danger")
    except ArchiveError as error:
        if status_of(error) >= 500:
            raise
        flash(explain(error), "danger")
    else:
        flash(gettext("The new version is safely stored."), "success")
        if result.existing:
            flash(_also_there(result.existing), "warning")
    return back


def _also_there(existing: Sequence[Existing]) -> Markup:
    """Most likely the wrong file was chosen; the right one can still be brought in."""
    links = Markup(" · ").join(
        Markup('<a class="alert-link" href="{}">{}</a>').format(one.url, one.title) for one in existing
    )
    text = N_("The same file is also here: %(documents)s. If it was the wrong one, bring in the right one.")
    return escape(gettext(text)) % {"documents": links}


@blueprint.post("/uploads/<uuid:upload_id>/keep")
def keep(upload_id: UUID) -> ResponseReturnValue:
    refuse_unknown(frozenset())
    actor, archive = current_actor(), current_archive()
    with archive.unit_of_work(actor) as work:
        document_id = accepting.keep_both(work, upload_id)
    if wants_problem():
        return _as_json(upload_id)
    flash(gettext("The copy is stored as a document of its own."), "success")
    return redirect(f"/documents/{document_id}", code=303)


@blueprint.post("/uploads/<uuid:upload_id>/drop")
def drop(upload_id: UUID) -> ResponseReturnValue:
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        accepting.drop(work, upload_id)
    if wants_problem():
        return _as_json(upload_id)
    flash(gettext("The copy was not kept."), "success")
    return redirect(url_for("intake.inbox"), code=303)


def _as_json(upload_id: UUID) -> dict[str, object]:
    actor, archive = current_actor(), current_archive()
    with archive.reading() as session:
        row = queries.upload(session, actor, upload_id)
        return result_of_upload(session, actor, row, PAGES).as_json()


@blueprint.get("/inbox")
def inbox() -> ResponseReturnValue:
    """What somebody has to look at: papers without a class, papers that were not read, undecided copies.

    While something in the list is being read, the page asks for the list again; its header ``X-Shown`` names what
    it shows, and if that is still so it gets nothing (204), for one statement about documents.
    """
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    asked = request.args.get("show", "")
    part = InboxPart(asked) if asked in set(InboxPart) else InboxPart.ALL
    in_part = "HX-Request" in request.headers
    number = asked_page()
    with archive.reading() as session:
        rows = records.inbox(session, actor, part, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        stamp = sha256(repr(rows).encode()).hexdigest()[:16]
        if in_part and request.headers.get("X-Shown") == stamp:
            return Response(status=204)
        totals = records.inbox_counts(session, actor)
        paging = Paging(number, PAGE_SIZE, totals.of(part))
        undecided = 0 if in_part else queries.undecided_count(session, actor)
        names = people.display_names(session)
        classes = {row.code: row for row in classification.class_rows(session)}
        reviews = records.open_reviews(session, {row.id for row in rows})
        held = records.locks_of(session, {row.id for row in rows}, archive.clock.now())
        arranged = scans.underway(session, {row.id for row in rows})
        in_clear = [row for row in rows if records.freely_seen(actor, row) >= Sight.VIEW]
        splits = scans.proposals(session, in_clear)
        class_name = class_names(session)
        alike = scans.look_alikes_of_many(session, actor, in_clear)
        offers = class_offers(session, actor, rows)
    decisions = undecided_results(archive, actor, offset=0, limit=DECISIONS_SHOWN) if undecided else []
    return render_template(
        "intake/inbox_list.html" if in_part else "intake/inbox.html",
        rows=rows,
        paging=paging,
        totals={part.value: totals.of(part) for part in InboxPart},
        shown=part.value,
        decisions=decisions,
        undecided=undecided,
        names=names,
        classes=classes,
        mask=mask,
        reviews=reviews,
        held={i: lock for i, lock in held.items() if lock.held_by != actor.user_id},
        splits=splits,
        class_name=class_name,
        arranged=arranged,
        alike=alike,
        offers=offers,
        movable=scans.MOVABLE,
        send_back_names=records.SEND_BACK_NAMES,
        files=actor.may(Permission.FILE),
        stuck=records.STUCK,
        marked=records.MARKED,
        unread=records.UNREAD,
        underway=any(row.state in records.UNDERWAY for row in rows),
        stamp=stamp,
    )


@blueprint.post("/inbox/<uuid:document_id>/versions/<int:number>/retry")
def retry(document_id: UUID, number: int) -> ResponseReturnValue:
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        records.retry_reading(work, document_id, number)
    if wants_problem():
        return Response(status=204)
    flash(gettext("It will be read again."), "success")
    return redirect(url_for("intake.inbox"), code=303)
