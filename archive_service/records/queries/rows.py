"""Documents and versions as frozen rows; texts are as stored, not masked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row

from archive_service.kernel.ids import DocumentId, VersionId
from archive_service.kernel.levels import Level
from archive_service.records.models import Document, Version
from archive_service.records.rules import VersionState


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its current version; texts are as stored, not masked."""

    id: DocumentId
    title: str
    class_code: str  # "" while it has none
    level: Level
    level_chosen: bool
    file_no: str
    doc_number: str
    unit: str
    owner: str
    doc_date: str
    created_at: datetime
    created_by: int | None
    discarded_at: datetime | None
    replaced_at: datetime | None  # other documents hold its pages now
    revision: int
    archival_no: str  # 档号; "" until it is filed
    unit_id: int | None  # which unit of the register ``unit`` calls
    version_id: VersionId
    version_number: int
    state: VersionState
    trouble: str
    pages_total: int | None
    pages_read: int
    size: int
    media_type: str
    file_name: str
    flags: tuple[str, ...]
    digest: str
    has_thumbnail: bool  # a small picture of the first page, which who asked may see
    case_file_id: int | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: VersionId
    document_id: DocumentId
    number: int
    is_current: bool
    digest: str
    size: int
    file_name: str
    media_type: str
    reason: str
    created_at: datetime
    created_by: int | None
    state: VersionState
    trouble: str
    pages_total: int | None
    pages_read: int
    flags: tuple[str, ...]
    reason_code: str = ""
    revision: int = 1  # of the description when these bytes came
    unmarked: bool = False  # what was taken for the mark of a state secret is none


def document_row(row: Row[Document, Version, bool, int | None]) -> DocumentRow:
    d, v, has_thumbnail, case_file_id = row
    return facts_of(d, v, has_thumbnail=has_thumbnail, case_file_id=case_file_id)


def facts_of(d: Document, v: Version, *, has_thumbnail: bool, case_file_id: int | None) -> DocumentRow:
    return DocumentRow(
        id=DocumentId(d.id),
        title=d.title,
        class_code=d.class_code or "",
        level=Level(d.level),
        level_chosen=d.level_chosen,
        file_no=d.file_no,
        doc_number=d.doc_number,
        unit=d.unit,
        owner=d.owner,
        doc_date=d.doc_date,
        created_at=d.created_at,
        created_by=d.created_by,
        discarded_at=d.discarded_at,
        replaced_at=d.replaced_at,
        revision=d.revision,
        archival_no=d.archival_no or "",
        unit_id=d.unit_id,
        version_id=VersionId(v.id),
        version_number=v.number,
        state=VersionState(v.state),
        trouble=v.trouble or "",
        pages_total=v.pages_total,
        pages_read=v.pages_read,
        size=v.size,
        media_type=v.media_type,
        file_name=v.file_name,
        flags=tuple(v.flags),
        digest=v.digest,
        has_thumbnail=bool(has_thumbnail),
        case_file_id=case_file_id,
    )


def version_row(v: Version) -> VersionRow:
    return VersionRow(
        id=VersionId(v.id),
        document_id=DocumentId(v.document_id),
        number=v.number,
        is_current=v.is_current,
        digest=v.digest,
        size=v.size,
        file_name=v.file_name,
        media_type=v.media_type,
        reason=v.reason,
        created_at=v.created_at,
        created_by=v.created_by,
        state=VersionState(v.state),
        trouble=v.trouble or "",
        pages_total=v.pages_total,
        pages_read=v.pages_read,
        flags=tuple(v.flags),
        reason_code=v.reason_code,
        revision=v.revision,
        unmarked=v.unmarked_at is not None,
    )
