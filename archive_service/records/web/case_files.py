"""Case files (案卷): the list, one with what stands in it, opening, describing, closing and opening again."""

from dataclasses import asdict
from typing import Any, Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from archive_service import classification, people
from archive_service.classification import ClassRow, UnknownClass
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, ArchiveError, Conflict, Invalid
from archive_service.kernel.masking import mask
from archive_service.records.queries import case_files as queries
from archive_service.records.queries import relations as relation_queries
from archive_service.records.queries import retention as retention_queries
from archive_service.records.queries.case_files import CaseFileFilter, CaseFileRow, FileChangeRow
from archive_service.records.queries.filing import file_lines
from archive_service.records.rules.case_files import (
    FILE_LENGTHS,
    FileFacts,
    FileState,
    StaleFile,
)
from archive_service.records.rules.filing import BadFact
from archive_service.records.rules.numbers import DRAWINGS, Pattern, pattern_of
from archive_service.records.service import case_files as service
from archive_service.records.service.numbering import open_projects
from archive_service.records.web import standing
from archive_service.records.web.furnishing import blueprint
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import TAKE, Both, Line, Told, asked_again, both, taken

PAGE_SIZE: Final = 50
LARGEST_ID: Final = 2**31 - 1
FILE_FIELDS: Final = {
    "title": N_("Title of the file"),
    "unit": N_("Unit"),
    "owner": N_("Owner"),
    "responsible_unit": N_("Made up by (department)"),
    "cross_ref": N_("See also (numbers of other files)"),
    "note": N_("Notes on this file"),
    "made_by": N_("Arranged by"),
    "made_on": N_("Arranged on"),
    "checked_by": N_("Checked by"),
    "checked_on": N_("Checked on"),
}
ACTIONS: Final = {
    "opened": N_("opened the file"),
    "described": N_("changed what is written on the file"),
    "closed": N_("closed the file"),
    "reopened": N_("opened the file again"),
}
_STATES: Final = {
    "closed": (N_("File open"), N_("File closed")),
    "reopened": (N_("File closed"), N_("File open")),
}
_PLACE: Final = ("class_code", "fonds", "year", "building")


def bounded(number: int) -> int:
    """An id that the database can be asked for; 0, which nobody has, for one that is too large."""
    return number if number <= LARGEST_ID else 0


def shared() -> dict[str, Any]:
    return {"language": current_language(), "file_fields": FILE_FIELDS, "action_words": ACTIONS}


def takes_files(row: ClassRow) -> bool:
    """Whether papers of the class stand in case files."""
    if not row.takes_documents or row.retention is None or row.code == DRAWINGS:
        return False
    return pattern_of(row.code, row.retention.kind) is not Pattern.ITEM


@blueprint.get("/case-files")
def case_files() -> str:
    only_asked("class", "state", "q", "page")
    actor = current_actor()
    actor.must(Permission.SEARCH)
    state = request.args.get("state", "")
    wanted = CaseFileFilter(
        class_code=request.args.get("class", "")[:12],
        state=FileState(state) if state in set(FileState) else None,
        text=request.args.get("q", "").replace("\0", "")[: queries.LONGEST_QUERY],
    )
    number = asked_page()
    with current_archive().reading() as session:
        classes = classification.class_rows(session)
        total = queries.case_file_count(session, actor, wanted)
        rows = queries.case_files(session, actor, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return render_template(
        "records/case_files.html",
        rows=rows,
        wanted=wanted,
        classes={row.code: row for row in classes},
        choices=[row for row in classes if takes_files(row)],
        paging=Paging(number, PAGE_SIZE, total),
        may_open=actor.may(Permission.FILE),
        **shared(),
    )


@blueprint.route("/case-files/new", methods=["GET", "POST"])
def new_case_file() -> Response:
    """``class`` in the address: the class to begin with."""
    only_asked("class")
    actor = current_actor()
    actor.must(Permission.FILE)
    told = dict.fromkeys((*_PLACE, *FILE_LENGTHS), "") | {"class_code": request.args.get("class", "")[:12]}
    if request.method == "GET":
        told["year"] = str(business_day(current_archive().clock.now()).year)
        return _new_page(told, None)
    refuse_unknown(frozenset(told))
    told = {name: request.form.get(name, "") for name in told}
    try:
        with current_archive().unit_of_work(actor) as work:
            row = service.open_case_file(
                work,
                told["class_code"],
                _facts(told),
                fonds=told["fonds"],
                year=_year(told),
                building=told["building"],
            )
    except (Invalid, Conflict) as error:
        return _new_page(told, error)
    flash(str(gettext("The file %(number)s is open.", number=row.file_no)), "success")
    return _to(row.id)


def _year(told: dict[str, str]) -> int | None:
    """None: that of today. Files of drawings have none. Raises BadFact."""
    typed = "" if told["building"] else told["year"].strip()
    year = whole_number(typed, 9999)
    if year is None and typed:
        raise BadFact(field="year", value=typed[:40])
    return year


def _facts(told: dict[str, str]) -> FileFacts:
    return FileFacts(**{name: told[name] for name in FILE_LENGTHS})


def _new_page(told: dict[str, str], error: ArchiveError | None) -> Response:
    with current_archive().reading() as session:
        classes = [
            row
            for row in classification.class_rows(session)
            if takes_files(row) and service.may_file(current_actor(), row.code)
        ]
        projects = open_projects(session)
    page = render_template(
        "records/edit_case_file.html",
        row=None,
        classes=classes,
        projects=projects,
        drawings=DRAWINGS,
        found={},
        **_told(told, error, frozenset(told)),
        **shared(),
    )
    return make_response(page, 200 if error is None else 409 if isinstance(error, Conflict) else 422)


def _told(told: dict[str, str], error: ArchiveError | None, known: frozenset[str]) -> dict[str, Any]:
    """What was typed, and what is wrong with which field."""
    field = "" if error is None else str(error.facts.get("field", ""))
    field = "class_code" if isinstance(error, UnknownClass) else field
    return {
        "told": told,
        "errors": {field: [explain(error)]} if error and field in known else {},
        "trouble": explain(error) if error and field not in known else None,
    }


@blueprint.get("/case-files/<int:case_file_id>")
def case_file(case_file_id: int) -> str:
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.SEARCH)
    number = asked_page()
    with current_archive().reading() as session:
        row = queries.case_file(session, actor, bounded(case_file_id))
        held = queries.contents(session, actor, row.id)
        lines = file_lines(session, actor, row.id, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        changes = queries.file_changes(session, row.id)
        names = people.display_names(session)
        class_row = classification.class_row(session, row.class_code)
        related = relation_queries.relations_of_case_file(session, actor, row.id)
        term = retention_queries.file_term(session, actor, row.id)
    return render_template(
        "records/case_file.html",
        related=related,
        remove_from=lambda relation_id: url_for(
            "records.unrelate_files", case_file_id=row.id, relation_id=relation_id
        ),
        file_term=standing.due_words(term) if term else None,
        **standing.shared(),
        row=row,
        held=held,
        lines=lines,
        changes=changes,
        names=names,
        class_row=class_row,
        paging=Paging(number, PAGE_SIZE, held.papers),
        may_file=service.may_file(actor, row.class_code),
        may_grant=actor.may(Permission.GRANT_SIGHT),
        **shared(),
    )


@blueprint.route("/case-files/<int:case_file_id>/edit", methods=["GET", "POST"])
def edit_case_file(case_file_id: int) -> Response:
    only_asked()
    actor = current_actor()
    actor.must(Permission.FILE)
    with current_archive().reading() as session:
        row = queries.case_file(session, actor, bounded(case_file_id))
    if request.method == "GET":
        return _edit_page(row, asdict(row.facts) | {"revision": str(row.revision)}, None)
    refuse_unknown(frozenset({*FILE_LENGTHS, "revision", TAKE}))
    told = {name: request.form.get(name, "") for name in (*FILE_LENGTHS, "revision")}
    told = taken(told, asdict(row.facts))
    try:
        with current_archive().unit_of_work(actor) as work:
            revision = whole_number(told["revision"], LARGEST_ID) or 0
            service.describe_case_file(work, row.id, _facts(told), revision=revision)
    except (Invalid, Conflict) as error:
        return _edit_page(row, told, error)
    flash(str(gettext("Saved.")), "success")
    return _to(row.id)


def _edit_page(row: CaseFileRow, told: dict[str, str], error: ArchiveError | None) -> Response:
    found: dict[str, Both] = {}
    if isinstance(error, StaleFile):
        found = both(told, asdict(row.facts))
        told = told | {"revision": str(row.revision)}
    page = render_template(
        "records/edit_case_file.html",
        row=row,
        found=found,
        **_told(told, error, frozenset(FILE_LENGTHS)),
        **shared(),
    )
    return make_response(page, 200 if error is None else 409 if isinstance(error, Conflict) else 422)


@blueprint.post("/case-files/<int:case_file_id>/state")
def move_case_file(case_file_id: int) -> Response:
    """Close the file, or open it again if ``step`` says so."""
    only_asked()
    refuse_unknown(frozenset({"step", "reason", "revision"}))
    actor = current_actor()
    actor.must(Permission.FILE)
    form = request.form
    revision = whole_number(form.get("revision", ""), LARGEST_ID) or 0
    verb = service.reopen_case_file if form.get("step") == "reopen" else service.close_case_file
    try:
        with current_archive().unit_of_work(actor) as work:
            verb(work, bounded(case_file_id), revision=revision, reason=form.get("reason", ""))
    except (Invalid, Conflict) as error:
        with current_archive().reading() as session:
            row = queries.case_file(session, actor, bounded(case_file_id))
            changes = queries.file_changes(session, row.id)[: max(row.revision - revision, 0)]
        if row.revision != revision:
            return _move_again(row, changes)
        flash(explain(error), "danger")
    else:
        flash(str(gettext("Saved.")), "success")
    return _to(case_file_id)


def _move_again(row: CaseFileRow, changes: list[FileChangeRow]) -> Response:
    """Somebody was faster. ``changes``: what they did, newest first."""
    reopens = request.form.get("step") == "reopen"
    lines = []
    for change in reversed(changes):
        words = [(gettext(FILE_FIELDS[name]), *values) for name, values in change.fields.items()]
        if change.action in _STATES:
            words.append((gettext("State"), *(gettext(text) for text in _STATES[change.action])))
        lines += [Line(str(label), mask(str(old)), mask(str(new))) for label, old, new in words]
    return asked_again(
        StaleFile(),
        place="files",
        heading=row.file_no,
        button=str(gettext("Open it again") if reopens else gettext("Close the file")),
        back=url_for("records.case_file", case_file_id=row.id),
        lines=lines,
        told=[Told("reason", str(gettext("Reason")), request.form.get("reason", "")[:255], required=reopens)],
        hidden={"revision": str(row.revision), "step": "reopen" if reopens else "close"},
        goes_on=row.is_open is not reopens,
    )


def _to(case_file_id: int) -> Response:
    answer = redirect(url_for("records.case_file", case_file_id=case_file_id), code=303)
    assert isinstance(answer, Response)
    return answer
