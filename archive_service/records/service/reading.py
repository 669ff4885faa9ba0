"""Verbs of the background: what reading found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update

from archive_service.kernel.errors import NotFound
from archive_service.records.models import Document, Page, Version
from archive_service.records.rules import VersionState, VersionStep, after
from archive_service.records.rules.four_properties import CheckStage
from archive_service.unit_of_work import UnitOfWork

_AT_ONCE: Final = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page as reading found it; pictures are digests of blobs that are durable already."""

    number: int
    width: int
    height: int
    full_width: int
    full_height: int
    rotation: int
    source: str
    text: str
    boxes: bytes
    confidence: float | None
    preview: str | None
    masked_preview: str | None
    thumbnail: str | None
    long_mm: float | None = None  # of the paper's long side, where the file says how big it is
    grid: bytes | None = None  # ``kernel.grids``: shades by which two pictures are compared


def read_again(work: UnitOfWork, version_ids: Sequence[int]) -> None:
    """Versions whose given-up messages are sent again wait to be read again; others stay as they are."""
    for start in range(0, len(version_ids), _AT_ONCE):
        ids = version_ids[start : start + _AT_ONCE]
        work.session.execute(
            update(Version)
            .where(Version.id.in_(ids), Version.state == VersionState.NEEDS_ATTENTION.value)
            .values(
                state=after(VersionState.NEEDS_ATTENTION, VersionStep.RETRY).value,
                trouble=None,
            )
        )


def start_reading(
    work: UnitOfWork,
    version_id: int,
    *,
    media_type: str,
    pages_total: int,
    flags: Sequence[str],
    properties: Mapping[str, str | int] | None = None,
) -> None:
    """The file was opened and counted. Raises WrongState if the version was dealt with meanwhile."""
    version = _locked(work, version_id)
    version.state = after(VersionState(version.state), VersionStep.START_READING).value
    version.media_type, version.pages_total, version.flags = media_type, pages_total, list(flags)
    if properties is not None:
        version.properties = dict(properties)


def keep_page(work: UnitOfWork, version_id: int, page: PageFacts) -> None:
    """Keep one page, replacing what an earlier try may have left; progress shows at once."""
    version = _locked(work, version_id)
    # A page without a picture is kept as NUL-free text: PostgreSQL takes no U+0000.
    values = {name: getattr(page, name) for name in PageFacts.__dataclass_fields__}
    values["text"] = page.text.replace("\x00", " ")
    known = work.session.get(Page, (version_id, page.number))
    if known is None:
        work.session.add(Page(version_id=version_id, **values))
        version.pages_read += 1
    else:
        for name, value in values.items():
            setattr(known, name, value)


def finish_reading(work: UnitOfWork, version_id: int) -> None:
    """Every page is kept: the version is readable, and the index hears of it."""
    version = _locked(work, version_id)
    version.state = after(VersionState(version.state), VersionStep.FINISH_READING).value
    version.read_at, version.trouble = work.now, None
    want_check(work, version)
    work.publish("version.read", version_id=version_id)
    work.publish("suggestions.propose", version_id=version_id)
    work.publish("scan.read", version_id=version_id)
    work.audit(
        "version.read", f"document:{version.document_id}", version=version.number, pages=version.pages_read
    )


def stop_reading(work: UnitOfWork, version_id: int, trouble: str, *, quarantine: bool) -> None:
    """Reading can't go on: ``trouble`` is a code that pages turn into plain words."""
    version = _locked(work, version_id)
    step = VersionStep.QUARANTINE if quarantine else VersionStep.GIVE_UP
    version.state = after(VersionState(version.state), step).value
    version.trouble = trouble
    if quarantine:
        want_check(work, version)
    work.audit(f"version.{step}", f"document:{version.document_id}", version=version.number, trouble=trouble)


def want_check(work: UnitOfWork, version: Version) -> None:
    """New content of a filed paper goes through the four-property check as soon as it is known what it is."""
    filed = select(Document.id).where(Document.id == version.document_id, Document.archival_no.is_not(None))
    if work.session.scalar(filed) is not None:
        work.publish("version.check", version_id=version.id, stage=CheckStage.VERSION.value)


def _locked(work: UnitOfWork, version_id: int) -> Version:
    version = work.session.get(Version, version_id, with_for_update=True)
    if version is None:
        raise NotFound()
    return version
