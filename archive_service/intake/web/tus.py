"""The tus 1.0 server: files that go on after a broken line. The same doors for pages and for programs.

Bytes go from the socket to the disk without lying in memory. A part is answered when it is durable; who asks
while a line is still sending may be told of bytes that a power cut would take back, and asks again then.
"""

import secrets
from typing import Final
from uuid import UUID

import structlog
from flask import Blueprint, Response, json, jsonify, request, url_for
from werkzeug.http import http_date

from archive_service.intake.rules import (
    LongerThanAnnounced,
    UploadBusy,
    UploadGone,
    UploadState,
    WrongChecksum,
    purpose_of,
)
from archive_service.intake.service import accepting, uploads
from archive_service.intake.service.uploads import Progress
from archive_service.intake.web.results import Links, result_of_upload
from archive_service.intake.web.tus_headers import (
    CHECKSUMS,
    CONTENT_TYPE,
    EXTENSIONS,
    VERSION,
    BadHeader,
    WrongContentType,
    WrongProtocol,
    checksum,
    metadata,
    number,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, SignInNeeded, UnknownField
from archive_service.web import current_actor, current_archive, explain
from archive_service.web.errors import status_of
from archive_service.web.lines import body_blocks, upload_line
from archive_service.web.problem import MEDIA_TYPE

log = structlog.get_logger()
_STATUSES: Final[dict[type[ArchiveError], int]] = {
    BadHeader: 400,
    WrongProtocol: 412,
    WrongContentType: 415,
    UploadGone: 410,
    UploadBusy: 423,
    LongerThanAnnounced: 413,
    WrongChecksum: 460,
}
_OF_FILE: Final = frozenset({"filename", "filetype"})


def tus_blueprint(name: str, prefix: str, links: Links) -> Blueprint:
    """The protocol under ``prefix``; ``links``: where what it speaks of stands."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)
    doors = _Doors(name, links)
    for rule, methods, view in (
        ("", ["OPTIONS"], doors.options),
        ("", ["POST"], doors.create),
        ("/<uuid:upload_id>", ["OPTIONS"], doors.options_of_one),
        ("/<uuid:upload_id>", ["HEAD"], doors.look),
        ("/<uuid:upload_id>", ["PATCH"], doors.append),
        ("/<uuid:upload_id>", ["DELETE"], doors.terminate),
        ("/<uuid:upload_id>/result", ["GET"], doors.result),
        ("/<uuid:upload_id>/keep", ["POST"], doors.keep),
        ("/<uuid:upload_id>/drop", ["POST"], doors.drop),
    ):
        blueprint.add_url_rule(rule, view.__name__, view, methods=methods, provide_automatic_options=False)
    blueprint.register_error_handler(ArchiveError, _refuse)
    blueprint.after_request(_say_version)
    return blueprint


def _say_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


def _refuse(error: ArchiveError) -> Response:
    """Problem details whoever asks: only programs and scripts come here."""
    status = _STATUSES.get(type(error)) or status_of(error)
    body: dict[str, object] = {
        "type": f"urn:archive-service:problem:{error.code}",
        "status": status,
        "code": error.code,
        "detail": explain(error),
    }
    response = Response(
        content_type=MEDIA_TYPE, status=f"{status} Checksum Mismatch" if status == 460 else status
    )
    if status >= 500:
        body["reference"] = secrets.token_hex(4).upper()
        response.headers["Retry-After"] = "30"
        log.error(
            "upload.refused",
            reference=body["reference"],
            code=error.code,
            status=status,
            exc_info=error.__cause__,
        )
    if isinstance(error, SignInNeeded):
        response.headers["WWW-Authenticate"] = "Bearer"
    response.set_data(json.dumps(body))
    return response


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise WrongProtocol()


class _Doors:
    def __init__(self, name: str, links: Links) -> None:
        self._name, self._links = name, links

    def options(self) -> Response:
        return Response(
            status=204,
            headers={
                "Tus-Version": VERSION,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(current_archive().settings.max_upload_bytes),
                "Tus-Checksum-Algorithm": CHECKSUMS,
                "Allow": "OPTIONS, POST, HEAD, PATCH, DELETE",
            },
        )

    def options_of_one(self, upload_id: UUID) -> Response:
        del upload_id
        return self.options()

    def create(self) -> Response:
        actor, archive = current_actor(), current_archive()
        actor.must(Permission.UPLOAD)
        _check_version()
        for refused in ("Upload-Concat", "Upload-Defer-Length"):
            if refused in request.headers:
                raise BadHeader(header=refused)
        length = number("Upload-Length", request.headers.get("Upload-Length"))
        sent_along = request.headers.get("Upload-Metadata", "")
        told = metadata(sent_along)
        proof = checksum(request.headers.get("Upload-Checksum"))
        brings_bytes = request.mimetype == CONTENT_TYPE
        if not brings_bytes and request.content_length:
            raise WrongContentType()
        row = uploads.open_upload(
            archive,
            actor,
            file_name=told.get("filename", ""),
            length=length,
            purpose=purpose_of({key: value for key, value in told.items() if key not in _OF_FILE}),
            sent_along=sent_along,
        )
        progress = Progress(row, 0)
        if brings_bytes:
            self._must_not_pass(0, length)
            with upload_line(actor):
                progress = uploads.append(archive, actor, row.id, 0, body_blocks(), proof)
        response = self._so_far(progress, 201)
        response.headers["Location"] = url_for(f"{self._name}.look", upload_id=row.id)
        return response

    def look(self, upload_id: UUID) -> Response:
        _check_version()
        progress = uploads.look(current_archive(), current_actor(), upload_id)
        response = self._so_far(progress, 200)
        response.headers["Upload-Length"] = str(progress.upload.length)
        response.headers["Cache-Control"] = "no-store"
        if progress.upload.sent_along:
            response.headers["Upload-Metadata"] = progress.upload.sent_along
        return response

    def append(self, upload_id: UUID) -> Response:
        _check_version()
        if request.mimetype != CONTENT_TYPE:
            raise WrongContentType()
        offset = number("Upload-Offset", request.headers.get("Upload-Offset"))
        proof = checksum(request.headers.get("Upload-Checksum"))
        archive, actor = current_archive(), current_actor()
        progress = uploads.look(archive, actor, upload_id)
        self._must_not_pass(offset, progress.upload.length)
        with upload_line(actor):
            return self._so_far(uploads.append(archive, actor, upload_id, offset, body_blocks(), proof), 204)

    def terminate(self, upload_id: UUID) -> Response:
        _check_version()
        uploads.terminate(current_archive(), current_actor(), upload_id)
        return Response(status=204)

    def result(self, upload_id: UUID) -> Response:
        archive, actor = current_archive(), current_actor()
        row = uploads.look(archive, actor, upload_id).upload
        with archive.reading() as session:
            return jsonify(result_of_upload(session, actor, row, self._links).as_json())

    def keep(self, upload_id: UUID) -> Response:
        self._must_be_empty()
        with current_archive().unit_of_work(current_actor()) as work:
            accepting.keep_both(work, upload_id)
        return self.result(upload_id)

    def drop(self, upload_id: UUID) -> Response:
        self._must_be_empty()
        with current_archive().unit_of_work(current_actor()) as work:
            accepting.drop(work, upload_id)
        return Response(status=204)

    @staticmethod
    def _must_be_empty() -> None:
        """These two ask for nothing but the address."""
        for name in (*request.args, *request.form, *request.files):
            if name != "csrf_token":
                raise UnknownField(field=name[:40])
        if request.is_json or (request.content_length and not request.form):
            raise UnknownField(field="body")

    @staticmethod
    def _must_not_pass(offset: int, length: int) -> None:
        """Better told before the bytes are on their way than after."""
        if offset + (request.content_length or 0) > length:
            raise LongerThanAnnounced()

    @staticmethod
    def _so_far(progress: Progress, status: int) -> Response:
        headers = {"Upload-Offset": str(progress.offset)}
        if progress.upload.state is UploadState.OPEN:
            headers["Upload-Expires"] = http_date(progress.upload.expires_at)
        return Response(status=status, headers=headers)
