"""The versions of the plan: which there were, and each as it was."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from archive_service.api.schemas import Asked, Told
from archive_service.classification import queries
from archive_service.classification.api.answers import (
    ClassChange,
    FilePlan,
    PlanVersion,
    RecordClass,
    retention_facts,
    tag,
)
from archive_service.classification.api.classes import blueprint
from archive_service.classification.rules import ChangeKind, PlannedClass
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.web import current_actor, current_archive

MOST: Final = 200


class VersionsQuery(Asked):
    page: int = Field(default=1, ge=1, le=100_000)
    size: int = Field(default=50, ge=1, le=MOST)


class PlanVersionFacts(Told):
    version: PlanVersion
    in_force: bool
    made_at: datetime
    reason: str = Field(description="empty for the plan that came with the service")
    changes: list[ClassChange] = Field(description="against the version before it")


class PlanVersionList(Told):
    scheme: str
    total: int
    page: int
    size: int
    versions: list[PlanVersionFacts] = Field(description="newest first")


@blueprint.get("/classes/versions")
@blueprint.input(VersionsQuery, location="query", arg_name="asked")
@blueprint.output(PlanVersionList)
@blueprint.doc(summary=N_("The versions of the file plan"))
def versions(asked: VersionsQuery) -> PlanVersionList:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        total = queries.scheme_version_count(session)
        newest = queries.scheme_versions(session, limit=1)[0]
        offset = (asked.page - 1) * asked.size
        rows = queries.scheme_versions(session, offset=offset, limit=asked.size)
    told = [
        PlanVersionFacts(
            version=row.number,
            in_force=row.id == newest.id,
            made_at=row.loaded_at,
            reason=row.reason,
            changes=[_change(change) for change in row.changes],
        )
        for row in rows
    ]
    return PlanVersionList(scheme=newest.scheme, total=total, page=asked.page, size=asked.size, versions=told)


def _change(kept: dict[str, Any]) -> ClassChange:
    return ClassChange(kind=ChangeKind(kept["kind"]), code=kept["code"], fields=kept["fields"])


@blueprint.get("/classes/versions/<edition>")
@blueprint.output(FilePlan)
@blueprint.doc(
    summary=N_("The classes as one version of the plan has them"),
    description="As a file, YAML or a workbook: GET /classes/plan?version=…",
)
def version(edition: str) -> tuple[FilePlan, int, dict[str, str]]:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        plan = queries.plan_of_version(session, edition)
    classes = [planned_facts(planned) for planned in plan.classes]
    return FilePlan(scheme=plan.scheme, version=plan.number, classes=classes), 200, tag(plan.number)


def planned_facts(planned: PlannedClass) -> RecordClass:
    rule = planned.retention
    return RecordClass(
        code=planned.code,
        parent=planned.parent,
        name_zh=planned.name_zh,
        name_en=planned.name_en,
        selectable=planned.selectable,
        closed=planned.is_closed,
        level=planned.level,
        retention_zh=rule.label_zh if rule else "",
        retention=retention_facts(rule),
        disposition=planned.disposition,
        on_exit=planned.on_exit,
        source_status=planned.source_status,
        sources=list(planned.sources),
        doc_types=list(planned.doc_types),
        note=planned.note,
    )
