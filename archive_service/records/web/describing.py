"""Changing what is known of a document: its description, discarding a draft, reading it again."""

import uuid
from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from archive_service import classification, people
from archive_service.classification import UnknownClass
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.kernel.levels import Level
from archive_service.records.queries import documents as queries
from archive_service.records.rules import (
    LARGEST_REVISION,
    NO_SUCH_REVISION,
    ClassIsKept,
    Description,
    LevelTooLow,
)
from archive_service.records.rules.filing import StaysFiled
from archive_service.records.service import documents as service
from archive_service.records.service.documents import StaleDescription
from archive_service.records.web.changed import changed_since
from archive_service.records.web.documents import editing, to_document, told_of
from archive_service.records.web.furnishing import (
    VERSION,
    blueprint,
    seen_document,
)
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import TAKE, both, taken, told_again

_TEXTS: Final = ("title", "unit", "owner", "doc_number", "file_no")
_FIELDS: Final = frozenset({*_TEXTS, "class_code", "doc_date", "level", "revision", "reason"})
_OF_THE_FORM: Final = _FIELDS | {TAKE}


@blueprint.post("/documents/<uuid:document_id>/description")
def describe(document_id: uuid.UUID) -> Response:
    """A form with the whole description. A stale one answers with both, so that the person can choose."""
    only_asked()
    refuse_unknown(_OF_THE_FORM)
    archive, actor = current_archive(), current_actor()
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    with archive.reading() as session:
        seen = seen_document(session, document_id)
    typed = taken(typed, told_of(seen))
    try:
        with archive.unit_of_work(actor) as work:
            revision = whole_number(typed["revision"], LARGEST_REVISION)
            service.describe(
                work,
                document_id,
                _description(typed),
                revision=NO_SUCH_REVISION if revision is None else revision,
                reason=typed["reason"],
            )
    except (StaleDescription, StaysFiled, ClassIsKept, Invalid, LevelTooLow) as error:
        return _again(document_id, typed, error)
    flash(str(gettext("The description is saved.")), "success")
    with archive.reading() as session:
        still_seen = bool(queries.documents_by_version(session, actor, [seen.row.version_id]))
    # Filed under a class that this person doesn't see, it is out of their hands from now on.
    return to_document(document_id) if still_seen else _to_files()


def _to_files() -> Response:
    answer = redirect(url_for("records.files"), code=303)
    assert isinstance(answer, Response)
    return answer


def _description(typed: dict[str, str]) -> Description:
    level = typed["level"]
    if level and level not in tuple(Level):
        raise UnknownLevel(field="level")
    return Description(
        class_code=typed["class_code"],
        doc_date=typed["doc_date"],
        level=Level(level) if level else None,
        **{name: typed[name] for name in _TEXTS},
    )


class UnknownLevel(Invalid):
    code = "document.unknown-level"


def _again(document_id: uuid.UUID, typed: dict[str, str], error: ArchiveError) -> Response:
    """The form once more with what was typed; beside it what is stored, if somebody else was faster."""
    with current_archive().reading() as session:
        seen = seen_document(session, document_id)
        classes = classification.class_rows(session)
        names = people.display_names(session)
        revision = whole_number(typed["revision"], LARGEST_REVISION) or 0
        before = changed_since(session, seen, revision)
        last = queries.corrections(session, document_id)
    stale = isinstance(error, StaleDescription)
    stored = told_of(seen)
    found = both(typed, stored, before) if stale else {}
    typed = told_again(typed, found)
    field = "class_code" if isinstance(error, UnknownClass) else str(error.facts.get("field", ""))
    facts = editing(classes, seen, current_actor(), current_archive().clock.now())
    # Where nothing of a list would be chosen, a browser takes its first line: what is stored stands there instead.
    no_class = isinstance(error, UnknownClass) or not typed["class_code"]
    facts.update(
        told={
            **typed,
            "class_code": stored["class_code"] if no_class else typed["class_code"],
            "level": typed["level"] or stored["level"],
            "revision": stored["revision"] if stale else typed["revision"],
        },
        errors={field: [explain(error)]} if field in _FIELDS else {},
        stored=stored if stale else None,
        meanwhile_of=found,
    )
    page = render_template(
        "records/describe.html",
        seen=seen,
        row=seen.row,
        trouble=None if field in _FIELDS else explain(error),
        changed_by=names.get(last[0].by or 0, "") if stale and last else "",
        **facts,
    )
    return make_response(page, 409 if isinstance(error, Conflict) else 422)


@blueprint.post("/documents/<uuid:document_id>/discard")
def discard(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.discard(work, document_id)
    flash(str(gettext("The draft is discarded. Its file is kept.")), "success")
    answer = redirect(url_for("records.listing"), code=303)
    assert isinstance(answer, Response)
    return answer


@blueprint.post(f"{VERSION}/retry")
def retry(document_id: uuid.UUID, number: int) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.retry_reading(work, document_id, number)
    flash(str(gettext("It will be read again.")), "success")
    return to_document(document_id)
