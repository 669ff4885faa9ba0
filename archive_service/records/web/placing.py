"""Another class or file for a filed paper, a cancelled filing, a lower level: each with a reason."""

import uuid
from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, people
from archive_service.classification.web import class_groups
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.levels import Level
from archive_service.records.queries import case_files as file_queries
from archive_service.records.queries import filing as queries
from archive_service.records.queries import level_requests
from archive_service.records.queries.case_files import CaseFileFilter
from archive_service.records.rules import LARGEST_REVISION, NO_SUCH_REVISION
from archive_service.records.rules.case_files import FileState
from archive_service.records.rules.filing import (
    DRAWING_FIELDS,
    FACT_NAMES,
    DrawingFacts,
    chosen,
    is_drawing,
    read_facts,
    told,
)
from archive_service.records.rules.numbers import DRAWINGS, Pattern, pattern_of
from archive_service.records.rules.placing import NotFiled
from archive_service.records.service import lowering, placing
from archive_service.records.service.case_files import may_file
from archive_service.records.service.documents import StaleDescription
from archive_service.records.service.numbering import open_projects
from archive_service.records.web.case_files import bounded
from archive_service.records.web.changed import changed_lines, changed_since
from archive_service.records.web.documents import to_document
from archive_service.records.web.filing import choices, place_of, problems_of
from archive_service.records.web.furnishing import Seen, blueprint, seen_document
from archive_service.records.web.standing import finance_keeps, shared
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
from archive_service.web.meanwhile import TAKE, Both, Line, Told, asked_again, both, taken, told_again

PAGE_SIZE: Final = 50
MOST_FILES: Final = 200  # to choose from; the number of any other can be typed
_FORM: Final = frozenset(
    {"class_code", "fonds", "year", "file_no", "dept", "revision", "reason", *DRAWING_FIELDS}
)


@blueprint.route("/documents/<uuid:document_id>/place", methods=["GET", "POST"])
def place(document_id: uuid.UUID) -> Response:
    """Another class, file, year or department for a filed paper. ``class``: the one whose form is shown."""
    only_asked("class")
    actor = current_actor()
    actor.must(Permission.FILE)
    with current_archive().reading() as session:
        seen = seen_document(session, document_id)
        if seen.row.class_code and not may_file(actor, seen.row.class_code):
            raise Forbidden()
        if not seen.row.archival_no:
            raise NotFiled()
        if request.method == "GET":
            return _page(session, seen, _beginning(session, seen), None)
    refuse_unknown(_FORM | {TAKE})
    typed = {name: request.form.get(name, "") for name in _FORM}
    with current_archive().reading() as session:
        filed = queries.filing(session, document_id)
    typed = taken(typed, told(filed.facts) if filed else {})
    code = typed["class_code"][:12]
    revision = whole_number(typed["revision"], LARGEST_REVISION)
    try:
        with current_archive().unit_of_work(actor) as work:
            row = placing.change_place(
                work,
                document_id,
                code,
                place_of(typed),
                revision=NO_SUCH_REVISION if revision is None else revision,
                reason=typed["reason"],
                drawing=_drawing(typed, code),
            )
    except (Invalid, Conflict, Forbidden) as error:
        with current_archive().reading() as session:
            return _page(session, seen_document(session, document_id), typed, error)
    flash(
        str(gettext("It is now %(number)s. The old number stays empty.", number=row.archival_no)), "success"
    )
    return to_document(document_id)


def _drawing(typed: dict[str, str], class_code: str) -> DrawingFacts | None:
    """Raises BadFact, TooLong, BadDate."""
    if not is_drawing(class_code) or not any(typed[name] for name in DRAWING_FIELDS):
        return None
    told_facts = dict.fromkeys(FACT_NAMES, "") | {name: typed[name] for name in DRAWING_FIELDS}
    return read_facts(told_facts, drawing=True).drawing


def _beginning(session: Session, seen: Seen) -> dict[str, str]:
    filed = queries.filing(session, seen.row.id)
    assert filed is not None, "it has a number"
    facts = told(filed.facts)
    return (
        dict.fromkeys(_FORM, "")
        | {name: facts[name] for name in DRAWING_FIELDS}
        | {
            "class_code": request.args.get("class", "")[:12] or seen.row.class_code,
            "year": str(filed.file_year),
            "dept": filed.dept,
            "fonds": filed.fonds,
            "revision": str(seen.row.revision),
        }
    )


def _page(session: Session, seen: Seen, typed: dict[str, str], error: ArchiveError | None) -> Response:
    classes = classification.class_rows(session)
    target = next((row for row in classes if row.code == typed["class_code"]), None)
    pattern = None
    if (
        target is not None
        and target.retention is not None
        and target.takes_documents
        and target.code != DRAWINGS
    ):
        pattern = pattern_of(target.code, target.retention.kind)
    files = []
    if target is not None and pattern in (Pattern.FILE, Pattern.DRAWING):
        wanted = CaseFileFilter(class_code=target.code, state=FileState.OPEN)
        those = file_queries.case_files(session, current_actor(), wanted, limit=MOST_FILES)
        files = [file for file in those if file.class_code == target.code]
    lines: list[Line] = []
    found: dict[str, Both] = {}
    filed = queries.filing(session, seen.row.id)
    if isinstance(error, StaleDescription):
        revision = whole_number(typed["revision"], LARGEST_REVISION) or 0
        lines = changed_lines(session, seen, revision)
        if filed is not None:
            facts = {name: text for name, text in told(filed.facts).items() if name in DRAWING_FIELDS}
            found = both(typed, facts, changed_since(session, seen, revision))
        typed = told_again(typed, found) | {"revision": str(seen.row.revision)}
    page = render_template(
        "records/place.html",
        seen=seen,
        row=seen.row,
        filed=filed,
        lines=lines,
        found=found,
        class_row=next((row for row in classes if row.code == seen.row.class_code), None),
        target=target,
        groups=_groups(classes),
        pattern=pattern,
        files=files,
        projects=open_projects(session),
        told=typed,
        custodian=finance_keeps(session, typed["class_code"]),
        language=current_language(),
        **problems_of(error, _FORM),
        **choices(),
    )
    status = (
        200
        if error is None
        else 422
        if isinstance(error, Invalid)
        else 403
        if isinstance(error, Forbidden)
        else 409
    )
    return make_response(page, status)


def _groups(classes: list[classification.ClassRow]) -> list[tuple[str, list[classification.ClassRow]]]:
    """The classes into which the person may move papers."""
    actor = current_actor()
    groups = (
        (name, [row for row in rows if may_file(actor, row.code)]) for name, rows in class_groups(classes)
    )
    return [(name, rows) for name, rows in groups if rows]


@blueprint.post("/documents/<uuid:document_id>/withdrawal")
def withdraw(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset({"revision", "reason"}))
    actor = current_actor()
    actor.must(Permission.FILE)
    revision = whole_number(request.form.get("revision", ""), LARGEST_REVISION)
    with current_archive().reading() as session:
        seen_document(session, document_id)
    try:
        with current_archive().unit_of_work(actor) as work:
            placing.withdraw_filing(
                work,
                document_id,
                revision=NO_SUCH_REVISION if revision is None else revision,
                reason=request.form.get("reason", ""),
            )
    except StaleDescription as error:
        return _withdraw_again(error, document_id, revision or 0)
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(str(gettext("The filing is cancelled. Its number stays empty.")), "success")
    return to_document(document_id)


def _withdraw_again(error: Conflict, document_id: uuid.UUID, revision: int) -> Response:
    with current_archive().reading() as session:
        seen = seen_document(session, document_id)
        lines = changed_lines(session, seen, revision)
    return asked_again(
        error,
        place="files",
        heading=str(gettext("Cancel the filing of %(number)s?", number=seen.row.archival_no or "")),
        button=str(gettext("Cancel the filing")),
        back=url_for("records.document", document_id=document_id),
        lines=lines,
        told=[Told("reason", str(gettext("Reason")), request.form.get("reason", "")[:255])],
        hidden={"revision": str(seen.row.revision)},
        goes_on=bool(seen.row.archival_no),
    )


@blueprint.post("/documents/<uuid:document_id>/level-requests")
def ask_level(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset({"level", "reason"}))
    actor = current_actor()
    actor.must(Permission.SEARCH)
    try:
        level = chosen(Level, "level", request.form.get("level", ""))
        with current_archive().unit_of_work(actor) as work:
            lowering.ask_lower_level(
                work, document_id, level or Level.SENSITIVE, reason=request.form.get("reason", "")
            )
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(str(gettext("Asked for. Somebody else decides.")), "success")
    return to_document(document_id)


@blueprint.get("/level-requests")
def levels() -> str:
    """Requests to lower a level that wait for somebody's decision."""
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.LOWER_LEVEL)
    number = asked_page()
    with current_archive().reading() as session:
        total = level_requests.waiting_level_request_count(session, actor)
        offset = (number - 1) * PAGE_SIZE
        rows = level_requests.waiting_level_requests(session, actor, offset=offset, limit=PAGE_SIZE)
        names = people.display_names(session)
        classes = {row.code: row for row in classification.class_rows(session)}
    return render_template(
        "records/level_requests.html",
        rows=rows,
        names=names,
        classes=classes,
        me=actor.user_id,
        paging=Paging(number, PAGE_SIZE, total),
        language=current_language(),
        **shared(),
    )


@blueprint.post("/level-requests/<int:request_id>")
def decide_level(request_id: int) -> Response:
    """``answer``: approve, refuse, or take-back by whoever asked."""
    only_asked()
    refuse_unknown(frozenset({"answer", "comment"}))
    actor = current_actor()
    answer, comment = request.form.get("answer", ""), request.form.get("comment", "")
    if answer not in ("approve", "refuse", "take-back"):
        raise NotFound()
    actor.must(Permission.SEARCH)
    try:
        with current_archive().unit_of_work(actor) as work:
            if answer == "take-back":
                row = lowering.take_back_level_request(work, bounded(request_id))
            else:
                row = lowering.decide_level(
                    work, bounded(request_id), approve=answer == "approve", comment=comment
                )
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
        return _to_levels()
    flash(str(gettext("Saved.")), "success")
    return to_document(row.document_id) if answer == "take-back" else _to_levels()


def _to_levels() -> Response:
    target = "records.levels" if current_actor().may(Permission.LOWER_LEVEL) else "records.listing"
    answer = redirect(url_for(target), code=303)
    assert isinstance(answer, Response)
    return answer
