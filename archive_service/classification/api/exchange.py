"""The whole plan as a file, out and in."""

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Literal

from apiflask.schemas import FileSchema
from flask import Response, request, send_file
from pydantic import ConfigDict, Field

from archive_service.api import Reply, doors
from archive_service.api.schemas import Asked
from archive_service.classification import queries, service
from archive_service.classification.api.answers import (
    PlanChanges,
    PlanVersion,
    Reason,
    Seen,
    change_facts,
    tag,
)
from archive_service.classification.api.classes import REFUSALS, blueprint, changed, in_words
from archive_service.classification.rules import (
    BadPlan,
    FilePlan,
    changes,
    read_plan,
    write_plan,
    write_sheets,
)
from archive_service.classification.rules.written import MISSING, MOST_BYTES
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive, refuse_unknown
from archive_service.web.incoming import Repeated

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM_BYTES = MOST_BYTES + 64 * 1024


_AS_FILES: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {
        "description": "YAML or a workbook",
        "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _with_file(schema: dict[str, Any]) -> None:
    schema["properties"] = {"file": {"type": "string", "format": "binary"}, **schema["properties"]}
    schema["required"] = ["file", *schema.get("required", [])]


class PlanForm(Asked):
    """The file, YAML or a workbook (.xlsx), with every class that there is: none is ever taken away."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_file)

    reason: Reason = Field(default="", description="why the plan changes; not needed for a dry run")
    seen: Seen = None
    dry_run: bool = Field(default=False, description="only tell what would change")


class FileQuery(Asked):
    format: Literal["yaml", "xlsx"] = "yaml"
    version: PlanVersion | None = Field(default=None, description="the one in force if none is named")


@blueprint.get("/classes/plan")
@blueprint.input(FileQuery, location="query", arg_name="asked")
@blueprint.output(FileSchema(), content_type="application/yaml")
@blueprint.doc(
    summary=N_("The whole plan as a file"),
    responses=_AS_FILES,
)
def as_file(asked: FileQuery) -> Response:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        number = asked.version or queries.scheme_versions(session, limit=1)[0].number
        found = queries.plan_of_version(session, number)
    content = write_sheets(found) if asked.format == "xlsx" else write_plan(found).encode()
    answer = send_file(
        BytesIO(content),
        XLSX if asked.format == "xlsx" else "application/yaml; charset=utf-8",
        as_attachment=True,
        download_name=f"{found.scheme}-{found.number}.{asked.format}",
    )
    answer.headers.update(tag(number))
    return answer


@blueprint.post("/classes/plan")
@blueprint.output(PlanChanges)
@blueprint.doc(
    summary=N_("Bring a whole plan in as a new version, or look what it would change"),
    description="The version in the file counts for nothing: `seen`, or If-Match, says which one it was made from.",
    responses=REFUSALS | {413: "Too large"},
)
@doors.takes_form(PlanForm)
def bring_in() -> Response:
    current_actor().must(Permission.MANAGE_PLAN)
    request.max_content_length = _FORM_BYTES
    form, data = _sent()
    with in_words():
        wanted = read_plan(data)
    if form.dry_run:
        with in_words(), current_archive().unit_of_work(current_actor()) as work:
            return doors.answer(_previewed(work, wanted))

    def effect(seen: str, work: UnitOfWork) -> Reply:
        before = queries.plan_in_force(work.session)
        numbered = service.change_plan(work, wanted, reason=form.reason, seen=seen)
        found = changes(before, numbered) if before else []
        told = PlanChanges(version=numbered.number, dry_run=False, changes=change_facts(found))
        return Reply(200, told.model_dump(mode="json"), tag(numbered.number))

    return changed(form, effect, hashlib.sha256(data).hexdigest())


def _previewed(work: UnitOfWork, wanted: FilePlan) -> Reply:
    found = service.preview(work, wanted)
    number = queries.scheme_versions(work.session, limit=1)[0].number
    told = PlanChanges(version=number, dry_run=True, changes=change_facts(found))
    return Reply(200, told.model_dump(mode="json"), tag(number))


def _sent() -> tuple[PlanForm, bytes]:
    refuse_unknown(frozenset({"file", *PlanForm.model_fields}))
    sent: Sequence[tuple[str, list[Any]]] = [*request.form.lists(), *request.files.lists()]
    for name, values in sent:
        if len(values) > 1:
            raise Repeated(field=name[:40])
    form = doors.loaded(PlanForm, {name: text for name, text in request.form.items() if text})
    file = request.files.get("file")
    if file is None:
        raise BadPlan(place="file", problem=MISSING)
    return form, file.stream.read(MOST_BYTES + 1)
