import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from archive_service.classification.models import RecordClass, RetentionRule, SchemeVersion
from archive_service.classification.rules import FilePlan, parse_plan, plan
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Level

MOST_VERSIONS: Final = 500
_NUMBER: Final = re.compile(r"\d{1,9}\.\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class as the plan in force has it; ``retention_id``: its rule's row, None for headings."""

    code: str
    parent: str | None
    name_zh: str
    name_en: str
    selectable: bool
    is_closed: bool
    level: Level
    retention: plan.RetentionRule | None
    retention_id: int | None
    disposition: plan.Disposition | None
    on_exit: plan.OnExit
    sources: tuple[str, ...]
    source_status: plan.SourceStatus
    doc_types: tuple[str, ...]
    note: str

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en

    @property
    def takes_documents(self) -> bool:
        return self.selectable and not self.is_closed

    @property
    def retention_zh(self) -> str:
        return self.retention.label_zh if self.retention else ""


@dataclass(frozen=True, slots=True)
class SchemeVersionRow:
    """``changes``: one per class that this version touched; empty for the first."""

    id: int
    scheme: str
    number: str
    reason: str
    loaded_at: datetime
    loaded_by: int | None
    changes: tuple[dict[str, object], ...]


def rule_value(row: RetentionRule) -> plan.RetentionRule:
    return plan.RetentionRule(
        kind=plan.RetentionKind(row.kind),
        label_zh=row.label_zh,
        limit=plan.Limit(row.period_limit),
        code=row.code,
        figure=plan.Figure(row.figure),
        years=row.years,
        trigger=row.trigger,
        blocked_while=row.blocked_while,
    )


def _row(c: RecordClass, rule: RetentionRule | None) -> ClassRow:
    return ClassRow(
        code=c.code,
        parent=c.parent_code,
        name_zh=c.name_zh,
        name_en=c.name_en,
        selectable=c.selectable,
        is_closed=c.is_closed,
        level=Level(c.level),
        retention=rule_value(rule) if rule else None,
        retention_id=rule.id if rule else None,
        disposition=plan.Disposition(c.disposition) if c.disposition else None,
        on_exit=plan.OnExit(c.on_exit),
        sources=tuple(c.sources),
        source_status=plan.SourceStatus(c.source_status),
        doc_types=tuple(c.doc_types),
        note=c.note,
    )


def _classes() -> Select[RecordClass, RetentionRule]:
    in_force = (RetentionRule.class_code == RecordClass.code) & RetentionRule.in_force
    return select(RecordClass, RetentionRule).outerjoin(RetentionRule, in_force)


def class_rows(session: Session) -> list[ClassRow]:
    """The whole plan (about a hundred rows) in its own order, parents before children."""
    return [_row(c, rule) for c, rule in session.execute(_classes().order_by(RecordClass.position))]


def class_row(session: Session, code: str) -> ClassRow | None:
    if plan.CODE.fullmatch(code) is None:
        return None  # it may hold what no database takes
    found = session.execute(_classes().where(RecordClass.code == code)).one_or_none()
    return _row(found[0], found[1]) if found else None


def _version_row(v: SchemeVersion) -> SchemeVersionRow:
    return SchemeVersionRow(v.id, v.scheme, v.version, v.reason, v.loaded_at, v.loaded_by, tuple(v.changes))


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of a class, whether it is in force or not. ``number``: of the plan's version that brought it;
    ``made_by``: who changed the plan so, None if it came with the service."""

    id: int
    class_code: str
    in_force: bool
    rule: plan.RetentionRule
    number: str
    made_by: int | None
    made_at: datetime
    reason: str


def rules_by_id(session: Session, rule_ids: Collection[int]) -> dict[int, RuleRow]:
    return {row.id: row for row in _rules(session, RetentionRule.id.in_(rule_ids))}


def rules_in_force(session: Session, codes: Collection[str]) -> dict[str, RuleRow]:
    """By class; headings have none."""
    return {
        row.class_code: row
        for row in _rules(session, RetentionRule.class_code.in_(codes) & RetentionRule.in_force)
    }


def _rules(session: Session, condition: ColumnElement[bool]) -> list[RuleRow]:
    query = (
        select(RetentionRule, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.id == RetentionRule.scheme_version_id)
        .where(condition)
    )
    return [
        RuleRow(r.id, r.class_code, r.in_force, rule_value(r), v.version, v.loaded_by, v.loaded_at, v.reason)
        for r, v in session.execute(query)
    ]


def scheme_versions(session: Session, *, offset: int = 0, limit: int = 50) -> list[SchemeVersionRow]:
    """Newest first."""
    newest = select(SchemeVersion).order_by(SchemeVersion.id.desc()).offset(offset).limit(limit)
    return [_version_row(v) for v in session.scalars(newest)]


def scheme_version_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(SchemeVersion)) or 0


def scheme_version(session: Session, number: str) -> tuple[SchemeVersionRow, str | None]:
    """This version and the number of the one before it. Raises NotFound."""
    _check_number(number)
    found = session.scalar(select(SchemeVersion).where(SchemeVersion.version == number))
    if found is None or not found.content:
        raise NotFound()
    before = (
        select(SchemeVersion.version)
        .where(SchemeVersion.id < found.id, SchemeVersion.content != "")
        .order_by(SchemeVersion.id.desc())
        .limit(1)
    )
    return _version_row(found), session.scalar(before)


def _check_number(number: str) -> None:
    """Raises NotFound for what no version can be called."""
    if _NUMBER.fullmatch(number) is None:
        raise NotFound()


def versions_of_class(session: Session, code: str) -> list[SchemeVersionRow]:
    """The versions that touched the class, newest first: changes of a plan are counted in dozens."""
    rows = scheme_versions(session, limit=MOST_VERSIONS)
    return [row for row in rows if any(change["code"] == code for change in row.changes)]


@lru_cache(maxsize=4)
def _parsed(content: str) -> FilePlan:
    """Reading a plan takes a quarter of a second, and versions never change."""
    return parse_plan(content.encode())


def plan_in_force(session: Session) -> FilePlan | None:
    """The whole plan with its triggers and sources; None before one was loaded."""
    newest = select(SchemeVersion.content).order_by(SchemeVersion.id.desc()).limit(1)
    content = session.scalar(newest)
    return _parsed(content) if content else None


def plan_of_version(session: Session, number: str) -> FilePlan:
    """The plan as it was in this version. Raises NotFound."""
    _check_number(number)
    content = session.scalar(select(SchemeVersion.content).where(SchemeVersion.version == number))
    if not content:
        raise NotFound()
    return _parsed(content)


def is_loaded(session: Session) -> bool:
    return session.scalar(select(SchemeVersion.id).where(SchemeVersion.content != "").limit(1)) is not None
