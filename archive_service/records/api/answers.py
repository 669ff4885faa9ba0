"""What the calls about documents take and give. Texts that go out are masked."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import url_for
from pydantic import Field, StrictInt, StringConstraints

from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level, Sight
from archive_service.kernel.masking import mask
from archive_service.records.queries.documents import Sort
from archive_service.records.queries.pages import PageRow
from archive_service.records.queries.rows import DocumentRow, VersionRow
from archive_service.records.queries.sights import freely_seen, sight_of
from archive_service.records.queries.steps import MajorStep
from archive_service.records.rules import READ, VersionState
from archive_service.records.rules.four_properties import Verdict

SEES = Literal["facts", "masked", "view", "download"]
ClassCode = Annotated[str, StringConstraints(max_length=12, pattern=r"^[A-Za-z0-9.]*$")]
PageNumber = Annotated[int, Field(ge=1, le=10_000)]
PageSize = Annotated[int, Field(ge=1, le=100)]
DIGEST: Any = Field(description="null for those who see less than the clear pages")


class DocumentLinks(Told):
    self: str
    versions: str
    content: str
    pages: str
    text: str
    html: str


class Document(Told):
    """A document with its current version. ``sees``: how much of it the caller may see."""

    id: uuid.UUID
    title: str
    class_code: str = Field(description="empty while it has none")
    level: Level
    file_no: str
    doc_number: str
    unit: str
    owner: str
    doc_date: str = Field(description="ISO, may be partial: 2026, 2026-03")
    archival_no: str | None
    created_at: datetime
    revision: int = Field(description="goes up with every change of the description")
    version: int
    state: VersionState | Literal["filed"] = Field(
        description="filed once it is, and its current version is read"
    )
    reason: str | None = Field(description="code of what stopped the reading")
    pages_total: int | None
    pages_read: int
    size: int = Field(description="bytes")
    sha256: str | None = DIGEST
    media_type: str
    file_name: str
    misplaced: Literal["", "unit", "owner"] = Field(
        default="",
        description="where one paper is told of: in which its description and its case file differ, so that it has to "
        "be moved by POST …/place; only for who may see that file",
    )
    sees: SEES
    asks_reason: bool = Field(description="whether more of it opens once a reason is given, by POST …/access")
    links: DocumentLinks


class DocumentList(Told):
    total: int
    page: int
    size: int
    documents: list[Document]


class Version(Told):
    number: int
    is_current: bool
    sha256: str | None = DIGEST
    size: int
    media_type: str
    file_name: str
    reason_given: str = Field(description="why this version was brought in")
    created_at: datetime
    state: VersionState
    reason: str | None = Field(description="code of what stopped the reading")
    pages_total: int | None
    pages_read: int
    flags: list[str]
    content: str = Field(description="address of the original file")


class VersionStep(Told):
    """Something put right in the description of a filed paper."""

    label: str
    at: datetime
    reason_given: str
    fields: list[str]


class VersionTold(Version):
    label: str = Field(description="1.0 as filed, 1.1 something put right, 2.0 new content")
    reason_code: str
    check: Verdict | None = Field(description="outcome of its newest four-property check")
    steps: list[VersionStep] = Field(description="newest first")


class VersionList(Told):
    versions: list[VersionTold]


class VersionProgress(Told):
    number: int
    state: VersionState


class Page(Told):
    """``width`` and ``height`` are pixels of the picture, 0 where there is none."""

    number: int
    width: int
    height: int
    rotation: int
    source: str
    confidence: float | None
    picture: str | None = Field(description="address of the picture")
    text: str = Field(description="address of the text")


class PageList(Told):
    version: int
    pages_total: int | None
    pages_read: int
    pages: list[Page]


class PageText(Told):
    number: int
    text: str


class DocumentText(Told):
    version: int
    masked: bool
    pages: list[PageText]


class TextLinks(Told):
    next: str | None = Field(description="address of the texts that follow; null with the last ones")


class DocumentTexts(DocumentText):
    links: TextLinks


class TextQuery(Asked):
    page: PageNumber = Field(default=1, description="number of the first page")
    size: PageSize = Field(default=50, description="pages at most; fewer come where they are long")


class DocumentQuery(Asked):
    class_code: ClassCode = Field(default="", alias="class", description="a class and what lies below it")
    unclassified: bool = False
    state: VersionState | None = None
    mine: bool = False
    sort: Sort = "newest"
    page: PageNumber = 1
    size: PageSize = 50


class DescriptionPatch(Asked):
    """Only what is sent is changed. ``revision``: the one that was read; an If-Match header does as well."""

    revision: StrictInt | None = None
    reason: Line = Field(default="", description="asked for once the document is filed")
    title: Line | None = None
    class_code: Line | None = None
    file_no: Line | None = None
    doc_number: Line | None = None
    unit: Line | None = None
    owner: Line | None = None
    doc_date: Line | None = None
    level: Level | None = None


def document_facts(row: DocumentRow, actor: Actor, sight: Sight | None = None) -> Document:
    """``sight``: how much the caller sees of it now; None: as much as without giving a reason."""
    sight = freely_seen(actor, row) if sight is None else sight
    return Document(
        id=row.id,
        title=mask(row.title),
        class_code=row.class_code,
        level=row.level,
        file_no=mask(row.file_no),
        doc_number=mask(row.doc_number),
        unit=mask(row.unit),
        owner=mask(row.owner),
        doc_date=row.doc_date,
        archival_no=row.archival_no or None,
        created_at=row.created_at,
        revision=row.revision,
        version=row.version_number,
        state="filed" if row.archival_no and row.state in READ else row.state,
        reason=row.trouble or None,
        pages_total=row.pages_total,
        pages_read=row.pages_read,
        size=row.size,
        sha256=row.digest if sight >= Sight.VIEW else None,
        media_type=row.media_type,
        file_name=mask(row.file_name),
        sees=_sees(sight),
        asks_reason=sight < sight_of(actor, row),
        links=DocumentLinks(
            self=url_for("documents_api.show", document_id=row.id),
            versions=url_for("versions_api.listing", document_id=row.id),
            content=url_for("versions_api.content", document_id=row.id, number=row.version_number),
            pages=url_for("pages_api.listing", document_id=row.id),
            text=url_for("pages_api.whole_text", document_id=row.id),
            html=html_address(row.id),
        ),
    )


def _sees(sight: Sight) -> SEES:
    if sight >= Sight.DOWNLOAD:
        return "download"
    if sight >= Sight.VIEW:
        return "view"
    return "masked" if sight >= Sight.MASKED else "facts"


def html_address(document_id: uuid.UUID) -> str:
    """Where people look at it."""
    return f"/documents/{document_id}"


def version_facts(row: VersionRow, sight: Sight) -> Version:
    return Version(
        number=row.number,
        is_current=row.is_current,
        sha256=row.digest if sight >= Sight.VIEW else None,
        size=row.size,
        media_type=row.media_type,
        file_name=mask(row.file_name),
        reason_given=mask(row.reason),
        created_at=row.created_at,
        state=row.state,
        reason=row.trouble or None,
        pages_total=row.pages_total,
        pages_read=row.pages_read,
        flags=list(row.flags),
        content=url_for("versions_api.content", document_id=row.document_id, number=row.number),
    )


def step_facts(step: MajorStep, sight: Sight) -> VersionTold:
    told = version_facts(step.version, sight)
    return VersionTold(
        **told.model_dump(),
        label=step.label,
        reason_code=step.version.reason_code,
        check=step.verdict,
        steps=[
            VersionStep(
                label=minor.label, at=minor.at, reason_given=mask(minor.reason), fields=sorted(minor.after)
            )
            for minor in step.minors
        ],
    )


def page_facts(row: PageRow, document_id: uuid.UUID, number: int, *, in_clear: bool) -> Page:
    at: dict[str, Any] = {"document_id": document_id, "number": number, "page": row.number}
    shown = row.preview if in_clear else row.masked_preview
    return Page(
        number=row.number,
        width=row.width,
        height=row.height,
        rotation=row.rotation,
        source=row.source,
        confidence=row.confidence,
        picture=url_for("pages_api.picture_of_version", **at) if shown else None,
        text=url_for("pages_api.text_of_version", **at),
    )
