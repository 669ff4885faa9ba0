"""The versions of a document as people count them: 1.0, 1.1 (something put right), 2.0 (new content)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.records.models import Correction, Version
from archive_service.records.queries.checking import latest_verdicts
from archive_service.records.queries.rows import VersionRow, version_row
from archive_service.records.rules.four_properties import Verdict
from archive_service.records.rules.versions import Content, labels


@dataclass(frozen=True, slots=True)
class MinorStep:
    """What was put right in the description of a filed paper."""

    label: str  # 1.1
    revision: int
    at: datetime
    by: int | None
    reason: str
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MajorStep:
    """A version's content with what was put right while it was the newest; ``label``: as far as that went."""

    version: VersionRow
    label: str  # 1.2
    first_label: str  # 1.0
    minors: tuple[MinorStep, ...]  # newest first
    verdict: Verdict | None  # of its newest four-property check


def steps(session: Session, document_id: uuid.UUID) -> list[MajorStep]:
    """All versions, newest first. Whoever asks has been let in by ``document``. Three statements."""
    query = select(Version).where(Version.document_id == document_id).order_by(Version.number.desc())
    found = [version_row(v) for v in session.scalars(query)]
    changes = session.scalars(
        select(Correction).where(Correction.document_id == document_id).order_by(Correction.revision)
    ).all()
    filed_at = next((c.revision for c in changes if c.after.get("archival_no")), None)
    contents = [Content(v.number, v.revision) for v in found]
    named = labels(contents, [c.revision for c in changes], filed_at_revision=filed_at)
    minors: dict[int, list[MinorStep]] = {}
    for change in changes:
        if change.revision in named:
            major, minor = named[change.revision]
            step = MinorStep(
                f"{major}.{minor}",
                change.revision,
                change.at,
                change.by,
                change.reason,
                change.before,
                change.after,
            )
            minors.setdefault(major, []).insert(0, step)
    verdicts = latest_verdicts(session, [v.id for v in found])
    return [
        MajorStep(
            v,
            minors[v.number][0].label if v.number in minors else f"{v.number}.0",
            f"{v.number}.0",
            tuple(minors.get(v.number, ())),
            verdicts.get(v.id),
        )
        for v in found
    ]
