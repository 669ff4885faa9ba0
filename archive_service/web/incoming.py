"""Forms with files: each goes to the store as it comes in, hashed on the way, and never lies in memory.

For views that are exempt from the usual form token check, since that check would read the whole form first.
The token must come before the first file, in a header or in a field.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from archive_service.bootstrap import Archive
from archive_service.kernel.errors import N_, ArchiveError, Invalid, TooLarge, UnknownField
from archive_service.kernel.storing import storage_errors
from archive_service.web.actor import current_actor
from archive_service.web.formats import size
from archive_service.web.lines import READ_BYTES, body_blocks, upload_line
from archive_service.web.security import verify_csrf
from storage import Blob

FIELD_BYTES: Final = 64 * 1024
HEADER_BYTES: Final = 16 * 1024
MOST_FIELDS: Final = 60
MOST_FILES: Final = 500


class Repeated(Invalid):
    code = "invalid.repeated-field"
    message = N_("The field “%(field)s” may be sent only once.")


class TooManyFiles(Invalid):
    code = "invalid.too-many-files"
    message = N_("At most %(most)s files can be sent at once.")


class BrokenForm(BadRequest):
    """The line broke in the middle, or the form is not what it says it is."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file of a form. Either ``blob`` (durable by now) or ``error`` (nothing of it is left)."""

    field: str
    file_name: str
    blob: Blob | None
    error: ArchiveError | None


@dataclass(frozen=True, slots=True)
class Incoming:
    fields: Mapping[str, str]
    files: tuple[IncomingFile, ...]


def receive(
    archive: Archive,
    *,
    fields: frozenset[str],
    file_fields: frozenset[str],
    token_needed: bool = True,
    file_ends_form: bool = False,
) -> Incoming:
    """Read the request's multipart form. A file that can't be kept is told of in its place; the others go on.

    ``token_needed``: False for doors that don't live by a cookie. Inputs without a chosen file are left out.
    ``file_ends_form``: for doors of one file with nothing behind it. There the length of the request tells that of
    the file, and one that is too large is refused before its bytes are read.

    Raises UnknownField, Repeated, TooManyFiles, TooLarge, StaleForm, Busy; UnsupportedMediaType, BrokenForm,
    RequestEntityTooLarge of HTTP.
    """
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise UnsupportedMediaType()
    header_token = request.headers.get("X-CSRFToken") or request.headers.get("X-CSRF-Token")
    reader = _Reader(archive, fields, file_fields)

    def verify() -> None:
        if token_needed:
            verify_csrf(header_token or reader.fields.get("csrf_token"))

    with upload_line(current_actor()):
        reader.read(_events(boundary.encode("ascii"), reader.limit if file_ends_form else None), verify)
    verify()
    reader.fields.pop("csrf_token", None)
    return Incoming(reader.fields, tuple(reader.files))


def _events(boundary: bytes, limit: int | None) -> Iterator[Field | File | Data]:
    """``limit``: bytes of a file that ends the form."""
    decoder = MultipartDecoder(boundary, max_parts=MOST_FIELDS + MOST_FILES)
    blocks = body_blocks()
    # Around a file that ends a form: the line that parts it from its head (the decoder takes one end of the two),
    # and the closing line.
    taken, around = 0, len(b"\r\n" + b"\r\n--" + boundary + b"--\r\n")
    try:
        while True:
            event = decoder.next_event()
            if isinstance(event, Epilogue):
                return
            if isinstance(event, File) and limit is not None and request.content_length is not None:
                ahead = request.content_length - taken + len(decoder.buffer)
                if ahead - around > limit:
                    raise TooLarge(limit=size(limit))
            if isinstance(event, Field | File | Data):
                yield event
            elif isinstance(event, NeedData):
                if len(decoder.buffer) > READ_BYTES + HEADER_BYTES:
                    raise BrokenForm()  # a header without end
                block = next(blocks, None)
                taken += len(block or b"")
                decoder.receive_data(block)
    except ValueError as error:  # also of text that is not UTF-8
        raise BrokenForm() from error


class _Reader:
    """Collects fields and files from the parts of one form, in the order in which they come."""

    def __init__(self, archive: Archive, fields: frozenset[str], file_fields: frozenset[str]) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[IncomingFile] = []
        self._known, self._file_fields = fields | {"csrf_token"}, file_fields
        self._archive = archive
        self.limit = archive.settings.max_upload_bytes

    def read(self, events: Iterator[Field | File | Data], verify: Callable[[], None]) -> None:
        for event in events:
            if isinstance(event, File):
                if event.filename:
                    verify()
                self._file(event, events)
            elif isinstance(event, Field):
                self._field(event, events)

    def _field(self, part: Field, events: Iterator[Field | File | Data]) -> None:
        name = part.name or ""
        if name not in self._known:
            raise UnknownField(field=name[:40])
        if name in self.fields:
            raise Repeated(field=name)
        content = bytearray()
        for data in _content(events):
            content += data
            if len(content) > FIELD_BYTES:
                raise RequestEntityTooLarge()
        self.fields[name] = content.decode("utf-8")

    def _file(self, part: File, events: Iterator[Field | File | Data]) -> None:
        name = part.name or ""
        if name not in self._file_fields:
            raise UnknownField(field=name[:40])
        if len(self.files) >= MOST_FILES:
            raise TooManyFiles(most=MOST_FILES)
        if not part.filename:
            for _ in _content(events):
                pass
            return
        blob: Blob | None = None
        trouble: ArchiveError | None = None
        content = _content(events)
        try:
            with storage_errors():
                blob = self._store(content)
        except ArchiveError as error:
            trouble = error
            for _ in content:  # the other files come behind this one
                pass
        self.files.append(IncomingFile(name, part.filename, blob, trouble))

    def _store(self, content: Iterator[bytes]) -> Blob:
        with self._archive.blobs.stage() as staged:
            for data in content:
                if staged.size + len(data) > self.limit:
                    raise TooLarge(limit=size(self.limit))
                staged.write(data)
            return staged.keep()


def _content(events: Iterator[Field | File | Data]) -> Iterator[bytes]:
    for event in events:
        assert isinstance(event, Data)  # the decoder closes each part before it begins the next
        yield event.data
        if not event.more_data:
            return
