"""Tables of units and of owners and tenants, for programs: all of a table or nothing."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from pydantic import ConfigDict, Field

from archive_service.api import doors
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Invalid
from archive_service.premises.api.units import blueprint
from archive_service.premises.rules.columns import HasProblems, Problem
from archive_service.premises.rules.tables import MOST_BYTES, Table, read_table
from archive_service.premises.service import holders, importing
from archive_service.premises.service.importing import MOST_TOLD
from archive_service.premises.service.seals import seal_of
from archive_service.web import current_actor, current_archive, explain, problem


def _with_file(schema: dict[str, Any]) -> None:
    schema["properties"] = {"file": {"type": "string", "format": "binary"}, **schema["properties"]}
    schema["required"] = ["file", *schema.get("required", [])]


class TableForm(Asked):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_file)

    reason: Line = Field(default="", description="where the table comes from; needed unless dry_run")
    dry_run: bool = Field(default=False, description="only tell what it would do")
    skip_problems: bool = Field(default=False, description="leave out rows with problems and import the rest")


class TableProblem(Told):
    row: int = Field(description="as a spreadsheet program shows it")
    column: str
    code: str
    message: str


class TableOutcome(Told):
    imported: bool
    added: int
    changed: int
    same: int
    left_out: int
    buildings: list[str]
    unread_columns: list[str]
    problems: list[TableProblem] = Field(description="the first 200 of them")


class HoldersOutcome(Told):
    imported: bool
    added: int = Field(description="entries of who owns, rents or uses which unit")
    people: int = Field(description="people and companies whom these are about, known before or not")
    same: int
    left_out: int
    unread_columns: list[str]
    problems: list[TableProblem] = Field(description="the first 200 of them")
    warnings: list[TableProblem] = Field(
        description="the first 200 cells to compare with the paper; they come in all the same"
    )


class NoTable(Invalid):
    code = "premises.no-table"
    message = N_("Please choose a file.")


def _sent() -> tuple[TableForm, Table]:
    """Raises NoTable, BadTable."""
    form = doors.loaded(TableForm, request.form)
    if set(request.files) != {"file"}:
        raise NoTable(field="file")
    return form, read_table(request.files["file"].stream.read(MOST_BYTES + 1))


def _problems(problems: Sequence[Problem]) -> list[TableProblem]:
    return [
        TableProblem(row=p.row, column=p.column, code=p.error.code, message=explain(p.error))
        for p in problems[:MOST_TOLD]
    ]


def _refused(error: HasProblems) -> Response:
    told = [one.model_dump(mode="json") for one in _problems(error.problems)]
    return problem(409, error.code, explain(error), problems=told)


@blueprint.post("/units/import")
@blueprint.output(TableOutcome)
@blueprint.doc(
    summary=N_("Bring in a table of units, all of it or nothing"),
    description="A workbook (.xlsx) or CSV of at most 2 MB and 20,000 rows. The same table may come in twice.",
    responses={409: "Cells that can't be taken: see problems; nothing was imported"},
)
@doors.takes_form(TableForm)
def import_units() -> Response | TableOutcome:
    actor = current_actor()
    actor.must(Permission.MANAGE_PREMISES)
    form, table = _sent()
    try:
        with current_archive().unit_of_work(actor) as work:
            if form.dry_run:
                outcome = importing.preview(work, table)
            else:
                outcome = importing.import_units(work, table, reason=form.reason, skip=form.skip_problems)
    except HasProblems as error:
        return _refused(error)
    return TableOutcome(
        imported=not form.dry_run,
        added=len(outcome.added),
        changed=len(outcome.changed),
        same=outcome.same,
        left_out=outcome.left_out,
        buildings=list(outcome.buildings),
        unread_columns=list(outcome.unread),
        problems=_problems(outcome.problems),
    )


@blueprint.post("/parties/import")
@blueprint.output(HoldersOutcome)
@blueprint.doc(
    summary=N_("Bring in a table of owners, tenants and others, all of it or nothing"),
    description="A workbook (.xlsx) or CSV of at most 2 MB and 20,000 rows. The same table may come in twice.",
    responses={409: "Cells that can't be taken: see problems; nothing was imported"},
)
@doors.takes_form(TableForm)
def import_holders() -> Response | HoldersOutcome:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.MANAGE_PARTIES)
    form, table = _sent()
    seal = seal_of(archive)
    try:
        with archive.unit_of_work(actor) as work:
            if form.dry_run:
                outcome = holders.preview(work, seal, table)
            else:
                outcome = holders.import_holders(
                    work, seal, table, reason=form.reason, skip=form.skip_problems
                )
    except HasProblems as error:
        return _refused(error)
    return HoldersOutcome(
        imported=not form.dry_run,
        added=len(outcome.added),
        people=outcome.people,
        same=outcome.same,
        left_out=outcome.left_out,
        unread_columns=list(outcome.unread),
        problems=_problems(outcome.problems),
        warnings=_problems(outcome.warnings),
    )
