"""Stored bytes as an answer: long ones streamed, in ranges, and never as anything a browser would run."""

from itertools import chain
from os import SEEK_END
from pathlib import PurePath
from typing import BinaryIO, Final
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import dump_options_header
from werkzeug.wsgi import wrap_file

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import StorageBroken
from archive_service.kernel.levels import Level
from archive_service.kernel.watermark import PDF_TAIL, mark_text, marked, marked_tile, pdf_mark
from archive_service.records.queries.rows import VersionRow
from archive_service.records.rules.state_secrets import TROUBLE, MarkedPaper
from archive_service.records.service.downloads import note_download
from archive_service.web import current_actor
from archive_service.web.assets import asset_path
from archive_service.web.lines import WHOLE_BYTES, download_line
from storage import StorageError, parse_digest

_SANDBOX: Final = "default-src 'none'; sandbox"
_WITH_BYTES: Final = (200, 206)


def _open(archive: Archive, digest: str) -> BinaryIO:
    try:
        return archive.blobs.open(parse_digest(digest))
    except StorageError as error:
        raise StorageBroken() from error


def send_original(archive: Archive, actor: Actor, version: VersionRow) -> Response:
    """The bytes as they came, to be saved under the name they came with (RFC 6266), and on record.

    Raises MarkedPaper.
    """
    if version.trouble == TROUBLE:
        raise MarkedPaper()
    return _send(archive, actor, version, "document.downloaded")


def send_copy(archive: Archive, actor: Actor, made: VersionRow, level: Level, slip: str = "") -> Response:
    """The same for a file that was made of a version: ``made`` with the digest, size and name of that one. Above
    INTERNAL each page bears who takes it and when, and the answer comes as a whole: no two are the same."""
    mark = b""
    if bears_mark(level, slip):
        with _open(archive, made.digest) as file:
            head = file.read(PDF_TAIL)
            file.seek(max(0, made.size - PDF_TAIL))
            text = _mark(archive, actor, slip)
            mark = pdf_mark(head, file.read(), made.size, text, asset_path("marks.ttf"))
    if not mark:
        return _send(archive, actor, made, "document.copy-downloaded")
    stream = _open(archive, made.digest)
    pieces = chain(wrap_file(request.environ, stream), (mark,))
    response = Response(pieces, content_type="application/octet-stream", direct_passthrough=True)
    response.headers["Content-Disposition"] = _disposition(made)
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    response.content_length = made.size + len(mark)
    response.call_on_close(stream.close)
    try:
        _take_place_if_long(response, actor)
        note_download(archive, actor, made.document_id, made.number, "document.copy-downloaded")
    except BaseException:
        stream.close()
        raise
    return response


def _disposition(version: VersionRow) -> str:
    """To be saved under the file's own name; programs that know ASCII only get one that is no bare ending."""
    name = version.file_name
    if name.isascii():
        return dump_options_header("attachment", {"filename": name})
    ending = PurePath(name).suffix
    plain = f"document-{version.document_id}-{version.number}{ending if ending.isascii() else ''}"
    return dump_options_header(
        "attachment", {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}
    )


def _send(archive: Archive, actor: Actor, version: VersionRow, action: str) -> Response:
    stream = _open(archive, version.digest)
    response = Response(
        wrap_file(request.environ, stream), content_type="application/octet-stream", direct_passthrough=True
    )
    response.headers["Content-Disposition"] = _disposition(version)
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.content_length = version.size
    response.set_etag(version.digest)
    response.call_on_close(stream.close)
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=version.size)
        if request.method == "GET" and response.status_code in _WITH_BYTES:
            _take_place_if_long(response, actor)
            note_download(archive, actor, version.document_id, version.number, action)
    except BaseException:
        stream.close()
        raise
    return response


def bears_mark(level: Level, slip: str = "") -> bool:
    """Whether pictures of pages of this level name who looks at them, and when; what a loan shows always does."""
    return level.rank > Level.INTERNAL.rank or slip != ""


def _mark(archive: Archive, actor: Actor, slip: str) -> str:
    return mark_text(actor.name, actor.user_id or 0, archive.clock.now(), slip)


def send_marked(picture: bytes) -> Response:
    """A picture that is one person's: kept by no browser, and asked for anew each time."""
    response = Response(picture, content_type="image/jpeg")
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


def mark_tile(  # noqa: PLR0917  (what, where, by whom)
    archive: Archive, actor: Actor, picture: bytes, left: int, top: int, slip: str
) -> bytes:
    """A tile at this place of its level's picture with the mark that runs on over all of them."""
    try:
        return marked_tile(picture, _mark(archive, actor, slip), asset_path("marks.ttf"), left, top)
    except OSError as error:
        raise StorageBroken() from error


def send_picture(
    archive: Archive, digest: str, level: Level, slip: str = "", *, small: bool = False
) -> Response:
    """A picture that the service itself has made, of a page of a paper of ``level``; marked above INTERNAL, or where a
    loan (``slip``) shows it, with who looks at it and when. ``small``: too small for letters to be read, neither the
    page's nor a mark's."""
    if bears_mark(level, slip) and not small:
        actor = current_actor()
        with _open(archive, digest) as file:
            content = file.read()
        if len(content) > WHOLE_BYTES:
            download_line(actor)
        try:
            return send_marked(marked(content, _mark(archive, actor, slip), asset_path("marks.ttf")))
        except OSError as error:
            raise StorageBroken() from error
    stream = _open(archive, digest)
    response = Response(
        wrap_file(request.environ, stream), content_type="image/jpeg", direct_passthrough=True
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.set_etag(digest)
    response.call_on_close(stream.close)
    try:
        response.content_length = stream.seek(0, SEEK_END)
        stream.seek(0)
        response.make_conditional(request)
        if request.method == "GET" and response.status_code in _WITH_BYTES:
            _take_place_if_long(response, current_actor())
    except BaseException:
        stream.close()
        raise
    return response


def _take_place_if_long(response: Response, actor: Actor) -> None:
    if (response.content_length or 0) > WHOLE_BYTES:
        download_line(actor)
