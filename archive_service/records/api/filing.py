"""Filing documents, for programs."""

import uuid
from dataclasses import fields, replace
from datetime import datetime
from typing import Annotated, Any, Final

from flask import Response, url_for
from pydantic import Field, StrictInt

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.kernel.masking import mask
from archive_service.records.api.pages import CURRENT, seen_document
from archive_service.records.queries import filing as queries
from archive_service.records.queries.filing import FilingRow
from archive_service.records.rules.filing import (
    DRAWING_FIELDS,
    DrawingFacts,
    FiledFacts,
    Form,
    Medium,
    MissingFacts,
    Pii,
    Place,
    SourceKind,
    Stage,
)
from archive_service.records.rules.numbers import Dept
from archive_service.records.service import filing as service
from archive_service.records.service.checking import prove
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive, explain, problem

blueprint = doors.blueprint("filing_api", __name__, "filing")

Count = Annotated[StrictInt, Field(ge=1, le=100_000)]
Year = Annotated[StrictInt, Field(ge=1900, le=2199)]
Lines = Annotated[list[Line], Field(max_length=20)]
_NOTHING: Final = FiledFacts()


class DrawingAsked(Asked):
    drawing_no: Line = ""
    stage: Stage | None = None
    scale: Line = ""
    edition: Line = ""
    sheet: Line = Field(default="", description="A0 to A4, with lengthened A0+1/4")
    sheet_of: Line = Field(default="", description="2/12")
    floors: Line = ""
    design_unit: Line = ""
    designers: Line = ""
    issue_date: Line = ""
    change_refs: Line = ""
    as_built_stamp: Line = ""
    set_no: Line = ""


class FilingAsked(Asked):
    """``file_no`` for classes whose papers stand in case files, ``dept`` for those numbered one by one."""

    revision: StrictInt = Field(description="of the description that was read")
    fonds: Line = Field(default="", description="may be left out where there is one project only")
    year: Year | None = Field(default=None, description="by default that of the paper's date")
    file_no: Line = ""
    dept: Dept | None = None
    responsible: Lines = Field(default_factory=list)
    form: Form | None = None
    medium: Medium | None = None
    source_kind: SourceKind | None = None
    carries_pii: Pii | None = None
    pages: Count | None = Field(default=None, description="by default as many as reading found")
    quantity: Count | None = None
    copy_certified_by: Line = ""
    copy_certified_on: Line = ""
    language: Line = "zh"
    keywords: Lines = Field(default_factory=list)
    summary: Line = ""
    drawing: DrawingAsked | None = None


class CorrectionAsked(Asked):
    """Only what is sent is changed; the place and the number stay. ``drawing`` is sent whole."""

    revision: StrictInt = Field(description="of the document that was read")
    reason: Line
    responsible: Lines | None = None
    form: Form | None = None
    medium: Medium | None = None
    source_kind: SourceKind | None = None
    carries_pii: Pii | None = None
    pages: Count | None = None
    quantity: Count | None = None
    copy_certified_by: Line | None = None
    copy_certified_on: Line | None = None
    language: Line | None = None
    keywords: Lines | None = None
    summary: Line | None = None
    drawing: DrawingAsked | None = None


class DrawingTold(Told):
    drawing_no: str
    stage: Stage | None
    scale: str
    edition: str
    sheet: str
    sheet_of: str
    floors: str
    design_unit: str
    designers: str
    issue_date: str
    change_refs: str
    as_built_stamp: str
    set_no: str


class FilingTold(Told):
    document: str = Field(description="address of the document")
    archival_no: str
    archival_no_ascii: str = Field(description="for bar codes and names of files")
    fonds: str
    class_code: str
    file_year: int
    case_file: str | None = Field(description="address of the file that holds it")
    file_no: str
    dept: str
    item: int
    responsible: list[str]
    form: Form | None
    medium: Medium | None
    source_kind: SourceKind | None
    carries_pii: Pii | None
    pages: int | None
    quantity: int | None
    copy_certified_by: str
    copy_certified_on: str
    language: str
    keywords: list[str]
    summary: str
    drawing: DrawingTold | None
    filed_at: datetime


def filing_told(row: FilingRow) -> FilingTold:
    facts = row.facts
    drawing = None
    if facts.drawing:
        texts = {n: mask(getattr(facts.drawing, n)) for n in DRAWING_FIELDS if n != "stage"}
        drawing = DrawingTold(stage=facts.drawing.stage, **texts)
    return FilingTold(
        document=url_for("documents_api.show", document_id=row.document_id),
        archival_no=row.archival_no,
        archival_no_ascii=row.archival_no_ascii,
        fonds=row.fonds,
        class_code=row.class_code,
        file_year=row.file_year,
        case_file=url_for("case_files_api.case_file", case_file_id=row.case_file_id)
        if row.case_file_id
        else None,
        file_no=row.file_no,
        dept=row.dept,
        item=row.item,
        responsible=[mask(one) for one in facts.responsible],
        form=facts.form,
        medium=facts.medium,
        source_kind=facts.source_kind,
        carries_pii=facts.carries_pii,
        pages=facts.pages,
        quantity=facts.quantity,
        copy_certified_by=mask(facts.copy_certified_by),
        copy_certified_on=facts.copy_certified_on,
        language=facts.language,
        keywords=[mask(one) for one in facts.keywords],
        summary=mask(facts.summary),
        drawing=drawing,
        filed_at=row.filed_at,
    )


def facts_asked(asked: FilingAsked | CorrectionAsked, kept: FiledFacts = _NOTHING) -> FiledFacts:
    """``kept`` with what was sent."""
    sent: dict[str, Any] = {
        f.name: getattr(asked, f.name) for f in fields(FiledFacts) if f.name in asked.model_fields_set
    }
    sent = {name: value for name, value in sent.items() if value is not None}
    sent |= {name: tuple(sent[name]) for name in ("responsible", "keywords") if name in sent}
    if asked.drawing:
        sent["drawing"] = DrawingFacts(**asked.drawing.model_dump())
    return replace(kept, **sent)


@blueprint.get(f"{CURRENT}/filing")
@blueprint.output(FilingTold)
@blueprint.doc(summary=N_("Where a document is filed, and what was said of it then"))
def show(document_id: uuid.UUID) -> FilingTold:
    with current_archive().reading() as session:
        seen_document(session, document_id)
        row = queries.filing(session, document_id)
    if row is None:
        raise NotFound()
    return filing_told(row)


@blueprint.post(f"{CURRENT}/filing")
@blueprint.input(FilingAsked, arg_name="asked")
@blueprint.output(FilingTold, status_code=201)
@blueprint.doc(
    summary=N_("File a document: it gets its archival number"),
    responses={409: "Filed already, not read yet, or changed meanwhile", 422: "Something is missing"},
)
def add(document_id: uuid.UUID, asked: FilingAsked) -> Response:
    current_actor().must(Permission.FILE)

    proof = prove(current_archive(), current_actor(), document_id)

    def effect(work: UnitOfWork) -> Reply:
        place = Place(asked.fonds, asked.year, asked.file_no, asked.dept)
        row = service.file_document(
            work, document_id, facts_asked(asked), place, revision=asked.revision, proof=proof
        )
        return Reply(201, filing_told(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    try:
        return doors.answer(once(current_archive(), current_actor(), attempt, effect))
    except MissingFacts as error:
        return all_missing(error)


def all_missing(error: MissingFacts) -> Response:
    """A problem that names each field, also those of the description."""
    names = str(error.facts["fields"]).split(",")
    errors = [{"place": "json", "field": name, "code": "missing"} for name in names]
    return problem(422, error.code, explain(error), field=names[0], errors=errors)


@blueprint.patch(f"{CURRENT}/filing")
@blueprint.input(CorrectionAsked, arg_name="asked")
@blueprint.output(FilingTold)
@blueprint.doc(
    summary=N_("Correct what was said of a document when it was filed"),
    responses={409: "Somebody else was faster"},
)
def correct(document_id: uuid.UUID, asked: CorrectionAsked) -> FilingTold | Response:
    current_actor().must(Permission.FILE)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            seen_document(work.session, document_id)
            kept = queries.filing(work.session, document_id)
            if kept is None:
                raise NotFound()
            facts = facts_asked(asked, kept.facts)
            row = service.correct_filing(
                work, document_id, facts, revision=asked.revision, reason=asked.reason
            )
    except MissingFacts as error:
        return all_missing(error)
    return filing_told(row)
