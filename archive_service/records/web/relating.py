"""Cross-references from the page of a document or a case file, and what the archive holds of a unit."""

import uuid
from typing import Final

from flask import Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from archive_service import classification, premises
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.records.queries import case_files as file_queries
from archive_service.records.queries import relations as queries
from archive_service.records.queries.of_unit import of_unit
from archive_service.records.rules.filing import chosen
from archive_service.records.rules.relations import NoSuchPaper, RelationKind
from archive_service.records.service import relating
from archive_service.records.web.case_files import bounded
from archive_service.records.web.documents import to_document
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
    register_addition,
)

PAGE_SIZE: Final = 50
ON_THE_CARD: Final = 5
_FORM: Final = frozenset({"kind", "other", "note"})


@blueprint.post("/documents/<uuid:document_id>/relations")
def relate(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(_FORM)
    actor = current_actor()
    actor.must(Permission.SEARCH)
    try:
        kind = chosen(RelationKind, "kind", request.form.get("kind", "")) or RelationKind.SEE_ALSO
        with current_archive().unit_of_work(actor) as work:
            relating.must_link(work, document_id)
            other = queries.document_called(work.session, actor, request.form.get("other", ""))
            if other is None:
                raise NoSuchPaper(field="other")
            relating.relate_documents(work, document_id, other, kind, note=request.form.get("note", ""))
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(str(gettext("Linked.")), "success")
    return to_document(document_id)


@blueprint.post("/case-files/<int:case_file_id>/relations")
def relate_files(case_file_id: int) -> Response:
    only_asked()
    refuse_unknown(_FORM)
    actor = current_actor()
    actor.must(Permission.FILE)
    try:
        kind = chosen(RelationKind, "kind", request.form.get("kind", "")) or RelationKind.SEE_ALSO
        with current_archive().unit_of_work(actor) as work:
            other = file_queries.case_file_called(work.session, actor, request.form.get("other", "")[:80])
            if other is None:
                raise NoSuchPaper(field="other")
            relating.relate_case_files(
                work, bounded(case_file_id), other.id, kind, note=request.form.get("note", "")
            )
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(str(gettext("Linked.")), "success")
    return _to_file(case_file_id)


def _to_file(case_file_id: int) -> Response:
    answer = redirect(url_for("records.case_file", case_file_id=case_file_id), code=303)
    assert isinstance(answer, Response)
    return answer


@blueprint.post("/documents/<uuid:document_id>/relations/<int:relation_id>/removal")
def unrelate(document_id: uuid.UUID, relation_id: int) -> Response:
    with current_archive().unit_of_work(current_actor()) as work:
        relating.must_link(work, document_id)
    _removed(relation_id)
    return to_document(document_id)


@blueprint.post("/case-files/<int:case_file_id>/relations/<int:relation_id>/removal")
def unrelate_files(case_file_id: int, relation_id: int) -> Response:
    current_actor().must(Permission.FILE)
    _removed(relation_id)
    return _to_file(case_file_id)


def _removed(relation_id: int) -> None:
    only_asked()
    refuse_unknown(frozenset())
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().unit_of_work(actor) as work:
        relating.unrelate(work, bounded(relation_id))
    flash(str(gettext("No longer linked.")), "success")


@blueprint.get("/premises/units/<int:unit_id>/papers")
def unit_papers(unit_id: int) -> str:
    """Case files and documents of a unit, however its name is written in them."""
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.SEE_PREMISES)
    actor.must(Permission.SEARCH)
    number = asked_page()
    with current_archive().reading() as session:
        unit = premises.unit(session, bounded(unit_id))
        found = of_unit(session, actor, unit.id, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE, files=200)
        classes = {row.code: row for row in classification.class_rows(session)}
    return render_template(
        "records/unit_papers.html",
        unit=unit,
        found=found,
        classes=classes,
        paging=Paging(number, PAGE_SIZE, found.documents),
        language=current_language(),
    )


def on_the_unit_card(unit_id: object) -> str:
    """The newest files and papers of the unit."""
    actor = current_actor()
    if not isinstance(unit_id, int) or not actor.may(Permission.SEARCH):
        return ""
    with current_archive().reading() as session:
        found = of_unit(session, actor, unit_id, limit=ON_THE_CARD, files=ON_THE_CARD)
        classes = {row.code: row for row in classification.class_rows(session)}
    return render_template(
        "records/_of_unit.html", unit_id=unit_id, found=found, classes=classes, language=current_language()
    )


def add_to_the_unit_card(app: Flask) -> None:
    register_addition(app, "premises.unit", on_the_unit_card)
