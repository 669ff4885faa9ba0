"""Filing a document, and correcting afterwards what was said of it then: one form for both."""

import uuid
from typing import Any, Final

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, people
from archive_service.classification import UnknownClass
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, ArchiveError, Conflict, Forbidden, Invalid
from archive_service.records.queries import case_files as file_queries
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import filing as queries
from archive_service.records.queries.case_files import CaseFileFilter
from archive_service.records.queries.filing import FilingRow
from archive_service.records.queries.preparing import prepared_texts
from archive_service.records.rules import LARGEST_REVISION, NO_SUCH_REVISION
from archive_service.records.rules.case_files import FileState
from archive_service.records.rules.filing import (
    FACT_NAMES,
    FORM_NAMES,
    MEDIUM_NAMES,
    PII_NAMES,
    SOURCE_NAMES,
    STAGE_NAMES,
    BadFact,
    FiledFacts,
    Form,
    Medium,
    MissingFacts,
    OwnPaper,
    Place,
    SourceKind,
    chosen,
    default_pii,
    is_drawing,
    read_facts,
    told,
)
from archive_service.records.rules.numbers import DEPT_NAMES, DRAWINGS, Dept, Pattern, pattern_of
from archive_service.records.service import filing as service
from archive_service.records.service.case_files import may_file
from archive_service.records.service.checking import prove
from archive_service.records.service.documents import StaleDescription
from archive_service.records.service.numbering import open_projects
from archive_service.records.web import words
from archive_service.records.web.changed import changed_since
from archive_service.records.web.documents import changes_of, to_document
from archive_service.records.web.furnishing import Seen, blueprint, seen_document
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import TAKE, Both, both, taken, told_again

MOST_FILES: Final = 200  # to choose from; the number of any other can be typed
_PLACE: Final = ("fonds", "year", "file_no", "dept")
_FORM: Final = frozenset({*FACT_NAMES, *_PLACE, "revision", "reason"})
NEEDED: Final = N_("This is needed.")
OF_THE_DESCRIPTION: Final = ("class_code", "title", "doc_date", "unit")
"""What is missing there is told above the form, with the way to where it is written."""


@blueprint.route("/documents/<uuid:document_id>/filing", methods=["GET", "POST"])
def filing(document_id: uuid.UUID) -> Response:
    only_asked("file")
    actor = current_actor()
    actor.must(Permission.FILE)
    with current_archive().reading() as session:
        seen = seen_document(session, document_id)
        filed = queries.filing(session, document_id)
        if seen.row.class_code and not may_file(actor, seen.row.class_code):
            raise Forbidden()
        if request.method == "GET":
            return _page(session, seen, filed, _beginning(session, seen, filed), None)
    refuse_unknown(_FORM | {TAKE})
    typed = {name: request.form.get(name, "") for name in _FORM}
    if filed is not None:
        typed = taken(typed, told(filed.facts))
    revision = whole_number(typed["revision"], LARGEST_REVISION)
    try:
        facts = read_facts(typed, drawing=is_drawing(seen.row.class_code))
        # Before the transaction: a big file takes a moment to read.
        proof = prove(current_archive(), actor, document_id) if filed is None else None
        with current_archive().unit_of_work(actor) as work:
            known = NO_SUCH_REVISION if revision is None else revision
            if filed is None:
                place = place_of(typed)
                row = service.file_document(work, document_id, facts, place, revision=known, proof=proof)
            else:
                row = service.correct_filing(work, document_id, facts, revision=known, reason=typed["reason"])
    except (Invalid, Conflict, OwnPaper) as error:
        with current_archive().reading() as session:
            seen = seen_document(session, document_id)
            return _page(session, seen, queries.filing(session, document_id), typed, error)
    if filed is None:
        flash(str(gettext("Filed as %(number)s.", number=row.archival_no)), "success")
    else:
        flash(str(gettext("The correction is saved.")), "success")
    return to_document(document_id)


def place_of(typed: dict[str, str]) -> Place:
    """Raises BadFact."""
    year = whole_number(typed["year"].strip(), 9999)
    if year is None and typed["year"].strip():
        raise BadFact(field="year", value=typed["year"][:40])
    return Place(
        fonds=typed["fonds"],
        year=year,
        file_no=typed["file_no"].strip(),
        dept=chosen(Dept, "dept", typed["dept"]),
    )


def _beginning(session: Session, seen: Seen, filed: FilingRow | None) -> dict[str, str]:
    """What the form begins with: what is stored, or the most likely of a scan."""
    row = seen.row
    typed = dict.fromkeys(_FORM, "") | {"revision": str(row.revision)}
    if filed is not None:
        return typed | told(filed.facts)
    class_row = classification.class_row(session, row.class_code)
    likely = FiledFacts(
        form=Form.ORIGINAL,
        medium=Medium.BOTH,
        source_kind=SourceKind.SCAN,
        carries_pii=default_pii(class_row.level if class_row else row.level),
        pages=row.pages_total,
    )
    asked = request.args.get("file", "")[:64] or row.file_no
    known = {name: seen.shown(text) for name, text in prepared_texts(session, row.id).items()}
    return typed | told(likely) | known | {"year": row.doc_date[:4], "file_no": asked}


def _page(
    session: Session, seen: Seen, filed: FilingRow | None, typed: dict[str, str], error: ArchiveError | None
) -> Response:
    row, actor = seen.row, current_actor()
    class_row = classification.class_row(session, row.class_code) if row.class_code else None
    pattern = _pattern(class_row, row.class_code)
    files = []
    if filed is None and pattern in (Pattern.FILE, Pattern.DRAWING):
        wanted = CaseFileFilter(class_code=row.class_code, state=FileState.OPEN)
        those = file_queries.case_files(session, actor, wanted, limit=MOST_FILES)
        files = [file for file in those if file.class_code == row.class_code]
    if error is None and len(files) == 1 and not typed["file_no"]:
        typed = typed | {"file_no": files[0].file_no}
    meanwhile = []
    found: dict[str, Both] = {}
    if isinstance(error, StaleDescription):
        seen_revision = whole_number(typed["revision"], LARGEST_REVISION) or 0
        later = [c for c in document_queries.corrections(session, row.id) if c.revision > seen_revision]
        meanwhile = [change for correction in reversed(later) for change in changes_of(correction)]
        if filed is not None:
            found = both(typed, told(filed.facts), changed_since(session, seen, seen_revision))
        typed = told_again(typed, found)
        typed = typed | {"revision": str(row.revision)}
    page = render_template(
        "records/filing.html",
        seen=seen,
        row=row,
        filed=filed,
        class_row=class_row,
        pattern=pattern,
        files=files,
        projects=open_projects(session) if filed is None else [],
        told=typed,
        found=found,
        changed=meanwhile,
        names=people.display_names(session),
        language=current_language(),
        **problems_of(error, _FORM),
        **choices(),
    )
    return make_response(page, 200 if error is None else 409 if isinstance(error, Conflict) else 422)


def _pattern(class_row: classification.ClassRow | None, code: str) -> Pattern | None:
    if class_row is None or class_row.retention is None or code == DRAWINGS:
        return None
    return pattern_of(code, class_row.retention.kind)


def problems_of(error: ArchiveError | None, form: frozenset[str]) -> dict[str, Any]:
    """``errors`` by field of ``form``, ``absent`` of the description, and ``trouble`` that belongs to no field."""
    if error is None:
        return {"errors": {}, "absent": [], "trouble": None}
    if isinstance(error, MissingFacts):
        names = str(error.facts["fields"]).split(",")
        return {
            "errors": {name: [gettext(NEEDED)] for name in names if name not in OF_THE_DESCRIPTION},
            "absent": [words.FIELDS[name] for name in names if name in OF_THE_DESCRIPTION],
            "trouble": explain(error),
        }
    if isinstance(error, UnknownClass):
        return {"errors": {}, "absent": [words.FIELDS["class_code"]], "trouble": explain(error)}
    field = str(error.facts.get("field", ""))
    if field in form:
        return {"errors": {field: [explain(error)]}, "absent": [], "trouble": None}
    return {"errors": {}, "absent": [], "trouble": explain(error)}


def choices() -> dict[str, Any]:
    """What there is to choose from, and what fields are called: message ids."""
    return {
        "choices": {
            "form": FORM_NAMES,
            "medium": MEDIUM_NAMES,
            "source_kind": SOURCE_NAMES,
            "carries_pii": PII_NAMES,
            "stage": STAGE_NAMES,
            "dept": DEPT_NAMES,
        },
        "field_names": words.FIELDS,
    }
