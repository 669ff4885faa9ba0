"""Verbs on what is made of a version on demand: tiles of a page, a searchable PDF."""

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import NotFound
from archive_service.records.models import Rendition
from archive_service.records.queries.blobs import referenced_digests
from archive_service.records.queries.pages import RenditionRow
from archive_service.unit_of_work import UnitOfWork
from storage import BlobDamaged, BlobMissing, StorageError, parse_digest


def _the_one(version_id: int, kind: str, page_number: int) -> Select[Rendition]:
    wanted = select(Rendition).where(
        Rendition.version_id == version_id, Rendition.kind == kind, Rendition.page_number == page_number
    )
    return wanted.with_for_update().execution_options(populate_existing=True)


def want_rendition(work: UnitOfWork, version_id: int, kind: str, page_number: int = 0) -> None:
    """Ask the background for tiles or a searchable PDF; asking twice makes one. A failed one is tried again."""
    work.actor.must(Permission.SEARCH)
    known = work.session.scalar(_the_one(version_id, kind, page_number))
    if known is None:
        row = Rendition(
            version_id=version_id, kind=kind, page_number=page_number, state="wanted", created_at=work.now
        )
        try:
            with work.session.begin_nested():
                work.session.add(row)
        except IntegrityError:
            # Somebody else wanted it at the very same moment, and was first.
            known = work.session.scalar(_the_one(version_id, kind, page_number))
            if known is None:
                raise
        else:
            _want(work, row)
    if known is not None and known.state == "failed":
        _want(work, known)


def _want(work: UnitOfWork, row: Rendition) -> None:
    row.state, row.digest, row.size, row.width, row.height = "wanted", None, None, None, None
    work.publish("rendition.wanted", version_id=row.version_id, kind=row.kind, page=row.page_number)


def renew_rendition(
    work: UnitOfWork, version_id: int, kind: str, page_number: int, *, lost_digest: str
) -> bool:
    """The bytes of a ready one are lost: have it made again. False if it is no longer that one."""
    work.actor.must(Permission.SEARCH)
    known = work.session.scalar(_the_one(version_id, kind, page_number))
    if known is None or known.digest != lost_digest:
        return False
    _want(work, known)
    work.session.flush()
    return True


def renewed_if_lost(
    archive: Archive, actor: Actor, version_id: int, made: RenditionRow, *, unreadable: bool = False
) -> bool:
    """Whether the file of a ready rendition is gone or damaged; then it is being made again.

    Only ``unreadable`` ones are read as a whole to find out.
    """
    if made.digest is None:
        return False
    digest = parse_digest(made.digest)
    damaged = False
    try:
        if archive.blobs.size(digest) == made.size:
            if not unreadable:
                return False
            archive.blobs.verify(digest)
            return False
    except BlobMissing:
        pass
    except BlobDamaged:
        damaged = True
    except StorageError:
        return False  # a disk that fails says nothing about the file
    with archive.unit_of_work(actor) as work:
        renewed = renew_rendition(work, version_id, made.kind, made.page_number, lost_digest=digest)
        if damaged and renewed and not _is_referenced(work, digest):
            # Before anybody hears of the wish: of bytes that have their name already the store keeps the old.
            archive.blobs.remove(digest)
    return True


def _is_referenced(work: UnitOfWork, digest: str) -> bool:
    return bool(referenced_digests(work.session, [digest]))


def keep_rendition(
    work: UnitOfWork,
    version_id: int,
    kind: str,
    page_number: int,
    *,
    digest: str | None,
    size: int | None = None,
    width: int | None = None,
    height: int | None = None,
) -> None:
    """The background made it; ``digest`` None: it could not."""
    known = work.session.scalar(_the_one(version_id, kind, page_number))
    if known is None:
        raise NotFound()
    known.state = "failed" if digest is None else "ready"
    known.digest, known.size, known.width, known.height = digest, size, width, height
