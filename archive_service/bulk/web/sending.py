"""What was built, as an answer that is saved and never run."""

from urllib.parse import quote

from flask import Response, request
from werkzeug.http import dump_options_header
from werkzeug.wsgi import wrap_file

from archive_service.bootstrap import Archive
from archive_service.kernel.errors import StorageBroken
from archive_service.web import current_actor
from archive_service.web.lines import WHOLE_BYTES, download_line
from storage import StorageError, parse_digest

_SANDBOX = "default-src 'none'; sandbox"


def send_blob(archive: Archive, digest: str, size: int, kind: str, name: str) -> Response:
    """In ranges where asked for, since lines break. Raises StorageBroken."""
    try:
        stream = archive.blobs.open(parse_digest(digest))
    except StorageError as error:
        raise StorageBroken() from error
    response = Response(wrap_file(request.environ, stream), content_type=kind, direct_passthrough=True)
    plain = f"export.{name.rpartition('.')[2]}"
    response.headers["Content-Disposition"] = dump_options_header(
        "attachment", {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "no-store"
    response.content_length = size
    response.set_etag(digest)
    response.call_on_close(stream.close)
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
        if request.method == "GET" and (response.content_length or 0) > WHOLE_BYTES:
            download_line(current_actor())
    except BaseException:
        stream.close()
        raise
    return response
