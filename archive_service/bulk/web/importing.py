"""An import through the browser: the zip, its table, what it would do, the decision, how far it is."""

import tempfile
import uuid
from io import BytesIO
from typing import Final

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import intake
from archive_service.bulk.queries import imports as queries
from archive_service.bulk.rules import ImportId, NoSuchFile, RowState
from archive_service.bulk.rules import manifest as rules
from archive_service.bulk.service import importing as service
from archive_service.bulk.service.sheets import workbook
from archive_service.bulk.web import words
from archive_service.bulk.web.pages import XLSX, blueprint, furniture
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.masking import mask
from archive_service.kernel.storing import storage_errors
from archive_service.web import (
    Paging,
    asked_page,
    csrf,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
)
from archive_service.web.incoming import IncomingFile, receive
from storage import Blob, BlobDamaged, BlobMissing, Digest

ONE: Final = "/bulk/imports/<int:import_id>"
PAGE_SIZE: Final = 50
TOLD: Final = (RowState.BAD, RowState.UNLISTED, RowState.FAILED)


@blueprint.get("/bulk/imports/template.xlsx")
def template() -> Response:
    only_asked()
    current_actor().must(Permission.UPLOAD)
    return send_file(BytesIO(rules.template()), XLSX, as_attachment=True, download_name="批量导入目录.xlsx")


@blueprint.get("/bulk/imports/new")
def new_import() -> ResponseReturnValue:
    """``upload``: a zip that was sent in parts and waits for its table."""
    only_asked("upload")
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    asked = request.args.get("upload", "")
    return _new_page(asked)


def _new_page(upload: str, trouble: str = "") -> ResponseReturnValue:
    actor, archive = current_actor(), current_archive()
    sent = None
    if upload:
        with archive.reading() as session:
            sent = intake.upload(session, actor, parse_uuid(upload) or uuid.UUID(int=0))
    page = render_template(
        "bulk/new_import.html", sent=sent, trouble=trouble, settings=archive.settings, **furniture()
    )
    return page, 422 if trouble else 200


@blueprint.post("/bulk/imports")
@csrf.exempt  # type: ignore[untyped-decorator]  # ``receive`` asks for the token before the first file
def add_import() -> ResponseReturnValue:
    """``file``: the zip, unless ``upload`` names one that is here already; ``table``: beside it, or inside it."""
    only_asked()
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    incoming = receive(archive, fields=frozenset({"upload"}), file_fields=frozenset({"file", "table"}))
    upload = incoming.fields.get("upload", "")
    try:
        zipped, table = (_kept(incoming.files, name) for name in ("file", "table"))
        if zipped is None:
            zipped = sent_zip(upload)
        with archive.unit_of_work(actor) as work:
            import_id = service.open_zip(work, zipped[1], zipped[0], table)
    except Invalid as error:
        return _new_page(upload, explain(error))
    return redirect(url_for("bulk.one_import", import_id=import_id), code=303)


def _kept(files: tuple[IncomingFile, ...], field: str) -> tuple[str, Blob] | None:
    file = next((file for file in files if file.field == field), None)
    if file is None:
        return None
    if file.blob is None:
        assert file.error is not None
        raise file.error
    return file.file_name, file.blob


def sent_zip(upload: str) -> tuple[str, Blob]:
    """A zip that its sender sent in parts. Raises NoFile, NotFound, NoSuchFile."""
    upload_id = parse_uuid(upload)
    if upload_id is None:
        raise intake.NoFile(field="file")
    archive = current_archive()
    with archive.reading() as session:
        row = intake.upload(session, current_actor(), upload_id)
    if not isinstance(row.purpose, intake.Parcel) or row.state is not intake.UploadState.RECEIVED:
        raise NoSuchFile(field="file")
    try:
        with storage_errors():
            return row.file_name, archive.blobs.confirm(Digest(row.digest))
    except (BlobMissing, BlobDamaged) as error:
        raise NoSuchFile(field="file") from error


@blueprint.get(ONE)
def one_import(import_id: int) -> ResponseReturnValue:
    """While it goes on the page asks for its part again."""
    only_asked("page")
    return _page(import_id)


def _page(import_id: int, trouble: str = "", status: int = 200) -> ResponseReturnValue:
    actor, number = current_actor(), asked_page()
    actor.must(Permission.UPLOAD)
    with current_archive().reading() as session:
        view = queries.import_view(session, actor, import_id)
        rows = queries.import_rows(session, view.id, TOLD, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        first = queries.import_rows(session, view.id, (RowState.READY,), limit=5)
    page = render_template(
        "bulk/_import.html" if "HX-Request" in request.headers else "bulk/import.html",
        view=view,
        rows=rows,
        first=first,
        paging=Paging(number, PAGE_SIZE, view.count(*TOLD)),
        trouble=trouble,
        what_stopped=words.trouble_text(view.trouble, view.trouble_facts) if view.trouble else "",
        **furniture(),
    )
    return page, status


@blueprint.get(f"{ONE}/problems.xlsx")
def problems(import_id: int) -> Response:
    """Every row with what is wrong with it, as a workbook beside which the table can be mended."""
    only_asked()
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    with current_archive().reading() as session:
        view = queries.import_view(session, actor, import_id)
        out = _sheet(view.id)
    return send_file(out, XLSX, as_attachment=True, download_name=f"导入问题-{view.id}.xlsx")


def _sheet(import_id: ImportId) -> tempfile.SpooledTemporaryFile[bytes]:
    out: tempfile.SpooledTemporaryFile[bytes] = tempfile.SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115  (sent)
    with workbook(out, "问题", (8, 40, 16, 80)) as sheet:
        sheet.add(["行 Row", "文件 File", "列 Column", "问题 What is wrong"])
        with current_archive().reading() as session:
            for row in queries.all_import_rows(session, import_id, TOLD):
                for problem in row.problems:
                    text = words.trouble_text(problem.code, problem.facts, problem.column)
                    sheet.add([str(row.number or ""), mask(row.path), problem.column, text])
    out.seek(0)
    return out


@blueprint.post(f"{ONE}/start")
def start_import(import_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"skip"}))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.start(work, ImportId(import_id), skip=request.form.get("skip") == "1")
    except Conflict as error:
        return _page(import_id, explain(error), 409)
    return redirect(url_for("bulk.one_import", import_id=import_id), code=303)


@blueprint.post(f"{ONE}/cancel")
def cancel_import(import_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset())
    current_actor().must(Permission.UPLOAD)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.cancel(work, ImportId(import_id))
    except Conflict as error:
        return _page(import_id, explain(error), 409)
    flash(str(gettext("It is stopped. What is in already stays.")), "success")
    return redirect(url_for("bulk.one_import", import_id=import_id), code=303)
