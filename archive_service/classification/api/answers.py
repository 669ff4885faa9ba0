"""What calls about the file plan take and give."""

from typing import Annotated

from flask import request
from pydantic import Field

from archive_service.api.schemas import Asked, Line, Told
from archive_service.classification.queries import ClassRow
from archive_service.classification.rules import Change, ChangeKind
from archive_service.classification.rules.plan import (
    Disposition,
    Figure,
    Limit,
    OnExit,
    RetentionKind,
    RetentionRule,
    SourceStatus,
)
from archive_service.kernel.errors import N_, Conflict
from archive_service.kernel.levels import Level

PlanVersion = Annotated[str, Field(pattern=r"^\d{1,4}\.\d{1,9}$", description="as 1.3")]
Seen = Annotated[
    PlanVersion | None,
    Field(description="version of the plan that was looked at; an If-Match header does as well"),
]
Reason = Annotated[Line, Field(description="why the plan changes, in a few words")]


class Retention(Told):
    kind: RetentionKind
    years: int | None
    trigger: str | None = Field(description="code of the event from which it is counted")
    limit: Limit
    figure: Figure
    code: str = Field(description="as archival numbers carry it: Y, D10, E5")
    label_zh: str
    blocked_while: str


class RecordClass(Told):
    code: str
    parent: str | None
    name_zh: str
    name_en: str
    selectable: bool = Field(description="whether documents may stand here; headings take none")
    closed: bool = Field(description="whether it takes no more documents")
    level: Level
    retention_zh: str
    retention: Retention | None = Field(description="null for headings")
    disposition: Disposition | None
    on_exit: OnExit
    source_status: SourceStatus
    sources: list[str]
    doc_types: list[str]
    note: str


class FilePlan(Told):
    scheme: str
    version: PlanVersion
    classes: list[RecordClass]


class RetentionAsked(Asked):
    """``years`` and ``trigger`` stand exactly where papers are not kept for ever."""

    kind: RetentionKind
    years: Annotated[int, Field(strict=True, ge=1, le=200)] | None = None
    trigger: Line | None = None
    limit: Limit = Limit.MIN
    figure: Figure = Figure.PRACTICE


class NewClass(Asked):
    """Without ``retention`` and ``disposition`` it is a heading."""

    code: Line
    name_zh: Line
    name_en: Line
    level: Level
    on_exit: OnExit
    retention: RetentionAsked | None = None
    disposition: Disposition | None = None
    source_status: SourceStatus = SourceStatus.PRACTICE
    sources: list[Line] = Field(default=[])
    doc_types: list[Line] = Field(default=[])
    note: Line = ""
    reason: Reason
    seen: Seen = None


class ClassPatch(Asked):
    """Only what is sent is changed; ``retention``, ``sources`` and ``doc_types`` as a whole."""

    name_zh: Line | None = None
    name_en: Line | None = None
    level: Level | None = None
    on_exit: OnExit | None = None
    retention: RetentionAsked | None = None
    disposition: Disposition | None = None
    source_status: SourceStatus | None = None
    sources: list[Line] | None = None
    doc_types: list[Line] | None = None
    note: Line | None = None
    reason: Reason
    seen: Seen = None


class Why(Asked):
    reason: Reason
    seen: Seen = None


class ClassChange(Told):
    kind: ChangeKind
    code: str
    fields: list[str] = Field(description="names of the fields that differ; empty for a new class")


class PlanChanges(Told):
    """``version``: the new one; of a dry run the one in force."""

    version: PlanVersion
    dry_run: bool
    changes: list[ClassChange]


class NeedsVersion(Conflict):
    code = "classification.needs-version"
    message = N_(
        "Say which version of the plan the change is meant for: send it as “seen”, or the ETag in If-Match."
    )


class NoMatch(Conflict):
    """If-Match has a version that no longer is the one in force, or a tag that isn't ours."""

    code = "classification.no-match"
    message = N_(
        "The plan is no longer at the version in If-Match. Please look at it again before you change it."
    )


def retention_facts(rule: RetentionRule | None) -> Retention | None:
    """None of headings."""
    if rule is None:
        return None
    return Retention(
        kind=rule.kind,
        years=rule.years,
        trigger=rule.trigger,
        limit=rule.limit,
        figure=rule.figure,
        code=rule.code,
        label_zh=rule.label_zh,
        blocked_while=rule.blocked_while,
    )


def class_facts(row: ClassRow) -> RecordClass:
    return RecordClass(
        code=row.code,
        parent=row.parent,
        name_zh=row.name_zh,
        name_en=row.name_en,
        selectable=row.selectable,
        closed=row.is_closed,
        level=row.level,
        retention_zh=row.retention_zh,
        retention=retention_facts(row.retention),
        disposition=row.disposition,
        on_exit=row.on_exit,
        source_status=row.source_status,
        sources=list(row.sources),
        doc_types=list(row.doc_types),
        note=row.note,
    )


def change_facts(found: list[Change]) -> list[ClassChange]:
    return [ClassChange(kind=c.kind, code=c.code, fields=list(c.fields)) for c in found]


def tag(version: str) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def seen_version(told: str | None) -> str:
    """The version that the caller looked at: from the body or If-Match. Raises NeedsVersion."""
    tags = list(request.if_match.as_set())
    matched = tags[0] if len(tags) == 1 else "?" if tags else None
    if told is None and matched is None:
        raise NeedsVersion()
    if told is not None and matched is not None and told != matched:
        raise NeedsVersion()
    return told or matched or ""
