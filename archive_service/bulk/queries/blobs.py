"""Which blobs belong to imports and exports: for walks over the whole store."""

from collections.abc import Iterable

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from archive_service.bulk.models import LIVE, ExportRequest, ImportBatch


def referenced_digests(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these blobs something still names: zips until they are brought in, their tables for good, and what
    was built until its time is over."""
    asked = list(digests)
    query = union(
        select(ImportBatch.digest).where(LIVE, ImportBatch.digest.in_(asked)),
        select(ImportBatch.manifest_digest).where(ImportBatch.manifest_digest.in_(asked)),
        select(ExportRequest.digest).where(ExportRequest.digest.in_(asked)),
    )
    return {found for found in session.scalars(query) if found is not None}
