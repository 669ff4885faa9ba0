"""Imports, edits and exports of many documents for programs. Deciding about an export needs a person at a page."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from flask import Flask, Response, url_for
from pydantic import ConfigDict, Field

from archive_service import intake
from archive_service.api import doors
from archive_service.api.schemas import Asked, Line, Told
from archive_service.bulk.queries import edits as edit_queries
from archive_service.bulk.queries import exports as export_queries
from archive_service.bulk.queries import imports as import_queries
from archive_service.bulk.queries.edits import EditView
from archive_service.bulk.queries.exports import ExportView
from archive_service.bulk.queries.imports import ImportView, RowView
from archive_service.bulk.rules import (
    EditId,
    EditState,
    ExportId,
    ExportState,
    ImportId,
    ImportState,
    ItemState,
    RowState,
)
from archive_service.bulk.rules.editing import Changes
from archive_service.bulk.rules.selection import Origin, Selection, ticked
from archive_service.bulk.service import editing, exporting, importing
from archive_service.bulk.web.importing import sent_zip
from archive_service.bulk.web.pages import XLSX
from archive_service.bulk.web.sending import send_blob
from archive_service.bulk.web.words import trouble_text
from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.web import current_actor, current_archive
from archive_service.web.incoming import receive
from storage import Blob

blueprint = doors.blueprint("bulk_api", __name__, "bulk")

TOLD: Final = (RowState.BAD, RowState.UNLISTED, RowState.FAILED)
Page = Annotated[int, Field(ge=1, le=10_000)]
Lines = Annotated[list[Line], Field(max_length=20)]
Ids = Annotated[list[uuid.UUID], Field(max_length=500)]


def _with_files(schema: dict[str, Any]) -> None:
    file = {"type": "string", "format": "binary"}
    schema["properties"] = {"file": file, "table": file, **schema["properties"]}


class ImportForm(Asked):
    """``file``: the zip, or ``upload``: the id of one that came in parts with the metadata ``use import``. ``table``
    beside it, unless it lies in the zip as 目录.xlsx, 清单.xlsx or manifest.csv."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_files)

    upload: Line = ""


class PageQuery(Asked):
    page: Page = 1


class StartAsked(Asked):
    skip: bool = Field(default=False, description="leave out the rows and files that can't be taken")


class RowProblem(Told):
    row: int | None = Field(description="as a spreadsheet shows it; null for a file that no row speaks of")
    path: str
    column: str
    code: str
    message: str


class ImportTold(Told):
    id: int
    state: ImportState
    name: str
    created_at: datetime
    finished_at: datetime | None
    ready: int
    imported: int
    here_already: int
    failed: int
    bad_rows: int
    unlisted_files: int
    unread_columns: list[str]
    trouble: str | None
    problems: list[RowProblem] = Field(description="a page of 50")


class ChangesAsked(Asked):
    """What is left out stays as it is on each document; keywords are added."""

    class_code: Line = ""
    level: Level | None = Field(default=None, description="only upwards")
    unit: Line = ""
    owner: Line = ""
    doc_date: Line = ""
    file_no: Line = Field(default="", description="of an open case file")
    responsible: Lines = Field(default_factory=list)
    keywords: Lines = Field(default_factory=list)


class SearchAsked(Asked):
    """The same names as of GET /search."""

    q: Line = ""
    class_: Lines = Field(default_factory=list, alias="class")
    year: Lines = Field(default_factory=list)
    building: Lines = Field(default_factory=list)
    level: Lines = Field(default_factory=list)


class SelectionAsked(Asked):
    """Either ``documents``, or all that ``search`` finds, or all of ``class_code``, or of ``case_file``."""

    documents: Ids = Field(default_factory=list)
    search: SearchAsked | None = None
    class_code: Line = ""
    case_file: int | None = Field(default=None, ge=1, le=2**31 - 1)


class EditAsked(SelectionAsked):
    changes: ChangesAsked


class ApplyAsked(Asked):
    reason: Line


class EditLine(Told):
    document: str = Field(description="address of the document")
    state: ItemState
    fields: dict[str, list[str]] = Field(description="name → [old, new], with numbers covered")
    trouble: str | None
    message: str | None


class EditTold(Told):
    id: int
    state: EditState
    documents: int
    counts: dict[str, int]
    lines: list[EditLine] = Field(description="a page of 50")


class ExportAsked(SelectionAsked):
    originals: bool = False
    reason: Line = ""


class ExportTold(Told):
    id: int
    state: ExportState
    originals: bool
    documents: int
    written: int
    withheld: int = Field(description="originals that may not be taken away by who asked")
    size: int
    expires_at: datetime
    trouble: str | None
    content: str | None = Field(description="where to fetch it, once it is ready")


@blueprint.post("/bulk/imports")
@blueprint.doc(summary="Check a zip of files with its table")
@doors.takes_form(ImportForm)
@blueprint.output(ImportTold, status_code=202)
def add_import() -> tuple[ImportTold, int]:
    """Nothing is imported before it is started. The check runs in the background: ask for its state."""
    archive, actor = current_archive(), current_actor()
    actor.must(Permission.UPLOAD)
    incoming = receive(
        archive, fields=frozenset({"upload"}), file_fields=frozenset({"file", "table"}), token_needed=False
    )
    form = doors.loaded(ImportForm, incoming.fields)
    files: dict[str, tuple[str, Blob]] = {}
    for file in incoming.files:
        if file.blob is None:
            assert file.error is not None
            raise file.error
        files[file.field] = file.file_name, file.blob
    if "file" not in files and not form.upload:
        raise intake.NoFile(field="file")
    name, blob = files["file"] if "file" in files else sent_zip(form.upload)
    with archive.unit_of_work(actor) as work:
        import_id = importing.open_zip(work, blob, name, files.get("table"))
    return _import(import_id), 202


@blueprint.get("/bulk/imports/<int:import_id>")
@blueprint.doc(summary="How far an import is, and what is wrong with it")
@blueprint.input(PageQuery, location="query")
@blueprint.output(ImportTold)
def show_import(import_id: int, query_data: PageQuery) -> ImportTold:
    current_actor().must(Permission.UPLOAD)
    return _import(import_id, query_data.page)


@blueprint.post("/bulk/imports/<int:import_id>/start")
@blueprint.doc(summary="Import what was checked")
@blueprint.input(StartAsked)
@blueprint.output(ImportTold, status_code=202)
def start_import(import_id: int, json_data: StartAsked) -> tuple[ImportTold, int]:
    with current_archive().unit_of_work(current_actor()) as work:
        importing.start(work, ImportId(import_id), skip=json_data.skip)
    return _import(import_id), 202


@blueprint.post("/bulk/imports/<int:import_id>/cancel")
@blueprint.doc(summary="Stop an import; what is in already stays")
@blueprint.output(ImportTold)
def cancel_import(import_id: int) -> ImportTold:
    current_actor().must(Permission.UPLOAD)
    with current_archive().unit_of_work(current_actor()) as work:
        importing.cancel(work, ImportId(import_id))
    return _import(import_id)


def _import(import_id: int, page: int = 1) -> ImportTold:
    with current_archive().reading() as session:
        view = import_queries.import_view(session, current_actor(), import_id)
        rows = import_queries.import_rows(session, view.id, TOLD, offset=(page - 1) * 50, limit=50)
    return told_import(view, rows)


def told_import(view: ImportView, rows: list[RowView]) -> ImportTold:
    return ImportTold(
        id=view.id,
        state=view.state,
        name=mask(view.name),
        created_at=view.created_at,
        finished_at=view.finished_at,
        ready=view.ready,
        imported=view.count(RowState.DONE),
        here_already=view.count(RowState.HERE_ALREADY),
        failed=view.count(RowState.FAILED),
        bad_rows=view.count(RowState.BAD),
        unlisted_files=view.count(RowState.UNLISTED),
        unread_columns=list(view.unread),
        trouble=view.trouble or None,
        problems=[
            RowProblem(
                row=row.number,
                path=mask(row.path),
                column=p.column,
                code=p.code,
                message=trouble_text(p.code, p.facts, p.column),
            )
            for row in rows
            for p in row.problems
        ],
    )


def _selection(asked: SelectionAsked) -> Selection:
    """Raises NothingChosen."""
    if asked.search is not None:
        told = {"q": (asked.search.q,), "class": tuple(asked.search.class_), "year": tuple(asked.search.year)}
        told |= {"building": tuple(asked.search.building), "level": tuple(asked.search.level)}
        return Selection(Origin.SEARCH, {name: values for name, values in told.items() if any(values)})
    if asked.case_file is not None:
        return Selection(Origin.FILE, {"case_file": (str(asked.case_file),)})
    if asked.class_code:
        return Selection(Origin.CLASS, {"code": (asked.class_code,)})
    return ticked([str(one) for one in asked.documents])


@blueprint.post("/bulk/edits")
@blueprint.doc(summary="See what the same change would do to many documents")
@blueprint.input(EditAsked)
@blueprint.output(EditTold, status_code=201)
def add_edit(json_data: EditAsked) -> tuple[EditTold, int]:
    """Nothing changes before it is applied. At most 500 documents."""
    archive, actor = current_archive(), current_actor()
    actor.must(Permission.DESCRIBE)
    told = json_data.changes
    changes = Changes(
        told.class_code, told.level, told.unit, told.owner, told.doc_date, told.file_no,
        tuple(told.responsible), tuple(told.keywords),
    )  # fmt: skip
    edit_id = editing.choose(archive, actor, _selection(json_data))
    editing.preview(archive, actor, edit_id, changes)
    return _edit(edit_id), 201


@blueprint.get("/bulk/edits/<int:edit_id>")
@blueprint.doc(summary="How far an edit is")
@blueprint.input(PageQuery, location="query")
@blueprint.output(EditTold)
def show_edit(edit_id: int, query_data: PageQuery) -> EditTold:
    current_actor().must(Permission.DESCRIBE)
    return _edit(edit_id, query_data.page)


@blueprint.post("/bulk/edits/<int:edit_id>/apply")
@blueprint.doc(summary="Change what the preview showed")
@blueprint.input(ApplyAsked)
@blueprint.output(EditTold, status_code=202)
def apply_edit(edit_id: int, json_data: ApplyAsked) -> tuple[EditTold, int]:
    """Documents that somebody changed since the preview are reported and stay as they are."""
    with current_archive().unit_of_work(current_actor()) as work:
        editing.apply(work, EditId(edit_id), reason=json_data.reason)
    return _edit(edit_id), 202


def _edit(edit_id: int, page: int = 1) -> EditTold:
    with current_archive().reading() as session:
        view = edit_queries.edit_view(session, current_actor(), edit_id)
        lines = edit_queries.edit_lines(session, view.id, offset=(page - 1) * 50, limit=50)
    return told_edit(view, lines, _document)


def _document(document_id: DocumentId) -> str:
    return url_for("documents_api.show", document_id=document_id)


def told_edit(
    view: EditView, lines: list[edit_queries.EditLine], address: Callable[[DocumentId], str]
) -> EditTold:
    return EditTold(
        id=view.id,
        state=view.state,
        documents=view.documents,
        counts={state.value: view.count(state) for state in ItemState},
        lines=[
            EditLine(
                document=address(line.document_id),
                state=line.state,
                fields={name: [mask(old), mask(new)] for name, (old, new) in line.fields.items()},
                trouble=line.trouble or None,
                message=trouble_text(line.trouble, line.trouble_facts) if line.trouble else None,
            )
            for line in lines
        ],
    )


@blueprint.post("/bulk/exports")
@blueprint.doc(summary="Ask for a list of documents, with or without their originals")
@blueprint.input(ExportAsked)
@blueprint.output(ExportTold, status_code=202)
def add_export(json_data: ExportAsked) -> tuple[ExportTold, int]:
    """A list alone is built at once. Originals wait for the approval of somebody else, at a page."""
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().unit_of_work(actor) as work:
        export_id = exporting.request(
            work, _selection(json_data), with_originals=json_data.originals, reason=json_data.reason
        )
    return _export(export_id), 202


@blueprint.get("/bulk/exports/<int:export_id>")
@blueprint.doc(summary="How far an export is")
@blueprint.output(ExportTold)
def show_export(export_id: int) -> ExportTold:
    current_actor().must(Permission.SEARCH)
    return _export(export_id)


def _export(export_id: int) -> ExportTold:
    with current_archive().reading() as session:
        return told_export(export_queries.export_view(session, current_actor(), export_id))


def told_export(view: ExportView) -> ExportTold:
    ready = view.state is ExportState.READY
    return ExportTold(
        id=view.id,
        state=view.state,
        originals=view.with_originals,
        documents=view.documents,
        written=view.written,
        withheld=view.withheld,
        size=view.size,
        expires_at=view.expires_at,
        trouble=view.trouble or None,
        content=url_for("bulk_api.export_content", export_id=view.id) if ready else None,
    )


@blueprint.get("/bulk/exports/<int:export_id>/content")
@blueprint.doc(summary="Fetch an export")
def export_content(export_id: int) -> Response:
    """Only for who asked for it, while it lasts; each time on record."""
    view = exporting.fetch(current_archive(), current_actor(), ExportId(export_id))
    kind = "application/zip" if view.with_originals else XLSX
    return send_blob(current_archive(), view.digest, view.size, kind, view.file_name)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
