"""What became of a file, in words and links: for the page, its script, and programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.intake import queries
from archive_service.intake.queries import UploadRow
from archive_service.intake.rules import NewVersion, UploadState
from archive_service.intake.service.accepting import Outcome, OutcomeKind, elsewhere
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError, NotFound
from archive_service.kernel.ids import DocumentId, UploadId
from archive_service.kernel.masking import mask
from archive_service.records import DocumentRow, SameBytes
from archive_service.web import explain

_STATES: Final[Mapping[UploadState, str]] = {
    UploadState.OPEN: "pending",
    UploadState.RECEIVED: "received",
    UploadState.DUPLICATE: "duplicate",
    UploadState.JOINED: "dropped",
    UploadState.FAILED: "failed",
    UploadState.DROPPED: "dropped",
    UploadState.EXPIRED: "dropped",
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where documents and undecided uploads stand: on pages, or on the API."""

    documents: str
    uploads: str

    def document(self, document_id: DocumentId) -> str:
        return f"{self.documents}/{document_id}"

    def same(self, same: SameBytes) -> str:
        """Where these bytes can be looked at: an old version has an address of its own."""
        where = self.document(same.document.id)
        return where if same.version.is_current else f"{where}/versions/{same.version.number}"


PAGES: Final = Links("/documents", "/uploads")
API: Final = Links("/api/v1/documents", "/api/v1/uploads")


@dataclass(frozen=True, slots=True)
class Existing:
    url: str
    title: str  # masked; of an old version with its number


@dataclass(frozen=True, slots=True)
class FileResult:
    """``state``: pending, received, duplicate, failed or dropped. ``file_name`` and titles are masked.

    ``existing``: other documents that have the same bytes. ``document_id``: of a received one whose reading the
    sender may follow. Results with the same ``keep_url`` ask one question: the same bytes came more than once.
    """

    file_name: str
    state: str
    message: str = ""
    document_url: str | None = None
    title: str | None = None
    existing: tuple[Existing, ...] = ()
    keep_url: str | None = None
    drop_url: str | None = None
    document_id: DocumentId | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "state": self.state,
            "document_url": self.document_url,
            "title": self.title,
            "existing": [{"url": one.url, "title": one.title} for one in self.existing],
            "keep_url": self.keep_url,
            "drop_url": self.drop_url,
            "document": None if self.document_id is None else str(self.document_id),
            "message": self.message,
        }


def result_of_upload(session: Session, actor: Actor, row: UploadRow, links: Links) -> FileResult:
    if row.state is UploadState.RECEIVED and row.document_id is not None:
        document = _seen(session, actor, row.document_id)
        others: tuple[SameBytes, ...] = ()
        if isinstance(row.purpose, NewVersion):
            others = elsewhere(session, actor, row.digest, row.document_id)
        return _received(row.file_name, row.document_id, document, links, others)
    if row.state is UploadState.DUPLICATE:
        existing = records.same_bytes(session, actor, row.digest)
        return _duplicate(row.file_name, existing, row.id, links)
    if row.state is UploadState.JOINED and row.question is not None:
        asking = queries.upload(session, actor, row.question)
        if asking.state is not UploadState.DUPLICATE:
            answered = result_of_upload(session, actor, asking, links)
            return replace(answered, file_name=mask(row.file_name))
        existing = records.same_bytes(session, actor, row.digest)
        return _duplicate(row.file_name, existing, asking.id, links)
    message = explain_trouble(row.trouble, row.trouble_facts) if row.trouble else ""
    return FileResult(mask(row.file_name), _STATES[row.state], message)


def result_of_outcome(archive: Archive, actor: Actor, file_name: str, outcome: Outcome) -> FileResult:
    """Of a file of the classic form."""
    if outcome.kind is OutcomeKind.DUPLICATE:
        return _duplicate(file_name, outcome.existing, outcome.upload_id, PAGES)
    assert outcome.document_id is not None
    with archive.reading() as session:
        seen = _seen(session, actor, outcome.document_id)
    return _received(file_name, outcome.document_id, seen, PAGES, outcome.existing)


def result_of_failure(file_name: str, error: ArchiveError) -> FileResult:
    return FileResult(mask(records.safe_file_name(file_name)), "failed", explain(error))


def undecided_results(
    archive: Archive, actor: Actor, *, offset: int, limit: int
) -> list[tuple[UploadRow, FileResult]]:
    """The actor's own copies that wait for a decision, newest first."""
    with archive.reading() as session:
        rows = queries.undecided(session, actor, offset=offset, limit=limit)
        found = records.same_bytes_of_many(session, actor, {row.digest for row in rows})
    return [(row, _duplicate(row.file_name, found.get(row.digest, ()), row.id, PAGES)) for row in rows]


def _seen(session: Session, actor: Actor, document_id: DocumentId) -> DocumentRow | None:
    """None for what the sender may bring in but not look at."""
    try:
        return records.document(session, actor, document_id)
    except NotFound:
        return None


def _received(
    file_name: str,
    document_id: DocumentId,
    document: DocumentRow | None,
    links: Links,
    others: Sequence[SameBytes] = (),
) -> FileResult:
    if document is None:
        return FileResult(mask(file_name), "received", gettext("Safely stored. Your role does not show it."))
    url, title = links.document(document_id), mask(document.title)
    message = gettext("Safely stored.")
    if others:
        message = gettext("Safely stored. Another document has the same file: is it the right one?")
    known = tuple(Existing(links.same(same), _title_of(same)) for same in others)
    return FileResult(mask(file_name), "received", message, url, title, known, document_id=document_id)


def _duplicate(
    file_name: str,
    existing: Sequence[SameBytes],
    upload_id: UploadId | None,
    links: Links,
) -> FileResult:
    known = tuple(Existing(links.same(same), _title_of(same)) for same in existing)
    if existing and not any(same.version.is_current for same in existing):
        message = gettext("The same file is already here as an older version, so it was not stored again.")
    else:
        message = gettext("The same file is already here, so it was not stored again.")
    result = FileResult(mask(file_name), "duplicate", message, existing=known)
    if upload_id is None:
        return result
    where = f"{links.uploads}/{upload_id}"
    return replace(result, keep_url=f"{where}/keep", drop_url=f"{where}/drop")


def _title_of(same: SameBytes) -> str:
    title = mask(same.document.title)
    if same.version.is_current:
        return title
    return str(gettext("%(title)s (version %(number)s)", title=title, number=same.version.number))


def asked_once(results: Sequence[FileResult]) -> list[FileResult]:
    """Of results that ask the same question only the first keeps its answers."""
    asked, found = set[str](), list[FileResult]()
    for result in results:
        if result.keep_url is not None and result.keep_url in asked:
            message = gettext("The same file already waits for your decision; one answer is enough.")
            found.append(replace(result, message=message, keep_url=None, drop_url=None))
        else:
            found.append(result)
        if result.keep_url is not None:
            asked.add(result.keep_url)
    return found


def explain_trouble(code: str, facts: Mapping[str, object]) -> str:
    """The words of an error that happened earlier, from what was kept of it."""
    kind = next((kind for kind in _kinds(ArchiveError) if kind.code == code), ArchiveError)
    return explain(kind(**facts))


def _kinds(kind: type[ArchiveError]) -> Iterator[type[ArchiveError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
