from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.classification.models import RecordClass, SchemeVersion
from archive_service.kernel.levels import Level


@dataclass(frozen=True, slots=True)
class ClassRow:
    code: str
    parent: str | None
    name_zh: str
    name_en: str
    selectable: bool
    level: Level
    retention_zh: str
    doc_types: tuple[str, ...]

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


def _row(c: RecordClass) -> ClassRow:
    return ClassRow(
        c.code,
        c.parent_code,
        c.name_zh,
        c.name_en,
        c.selectable,
        Level(c.level),
        c.retention_zh,
        tuple(c.doc_types),
    )


def class_rows(session: Session) -> list[ClassRow]:
    """The whole plan (about a hundred rows) in its own order, parents before children."""
    return [_row(c) for c in session.scalars(select(RecordClass).order_by(RecordClass.position))]


def plan_is_loaded(session: Session, digest: str) -> bool:
    """Whether the plan whose file has this SHA-256 is the database's already."""
    found = session.scalar(select(SchemeVersion.id).where(SchemeVersion.digest == digest))
    return found is not None


def class_row(session: Session, code: str) -> ClassRow | None:
    found = session.get(RecordClass, code)
    return _row(found) if found else None
