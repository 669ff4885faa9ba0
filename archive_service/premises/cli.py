"""``archive premises …``: for whoever has the machine."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import ArchiveError
from archive_service.premises.rules.columns import HasProblems, Problem
from archive_service.premises.rules.holders import template as holders_template
from archive_service.premises.rules.importing import template
from archive_service.premises.rules.tables import MOST_BYTES, Table, read_table
from archive_service.premises.service import holders, importing, units
from archive_service.premises.service.seals import seal_of
from archive_service.unit_of_work import UnitOfWork


@click.group(help="Projects, buildings and units.")
def premises() -> None: ...


@premises.command("add-project", help="Make a project; NUMBER is its fonds number, such as WY01.")
@click.argument("number")
@click.option("--name", "name_zh", required=True, help="Chinese name.")
@click.option("--name-en", default="", help="English name.")
@click.pass_obj
def add_project(archive: Archive, number: str, name_zh: str, name_en: str) -> None:
    try:
        with archive.unit_of_work(service_actor("cli")) as work:
            units.add_project(work, number=number, name_zh=name_zh, name_en=name_en)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"made: {number.upper()} {name_zh}", err=True)


@premises.command("template", help="Write the workbook to fill in to FILE.")
@click.option("--people", is_flag=True, help="That for owners and tenants.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def write_template(file: Path, people: bool) -> None:
    file.write_bytes(holders_template() if people else template())


def _table_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every command takes that brings in a table."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("--json", "as_json", is_flag=True),
        click.option(
            "--skip-problems", is_flag=True, help="Leave out rows with problems and import the rest."
        ),
        click.option("--dry-run", is_flag=True, help="Only tell what it would do."),
        click.option(
            "--reason", default="", help="Where the table comes from; by default the name of the file."
        ),
        click.argument("file", type=file),
    ):
        command = option(command)
    return command


@premises.command("import", help="Bring in a table of units (.xlsx or .csv), all of it or nothing.")
@_table_options
@click.pass_obj
def import_table(archive: Archive, /, file: Path, reason: str, **how: bool) -> None:
    def brings(work: UnitOfWork, table: Table, dry_run: bool) -> importing.Outcome:
        if dry_run:
            return importing.preview(work, table)
        told = reason or file.name[:200]
        return importing.import_units(work, table, reason=told, skip=how["skip_problems"])

    outcome, imported = _brought_in(archive, file, brings, dry_run=how["dry_run"])
    facts = {
        "added": len(outcome.added),
        "changed": len(outcome.changed),
        "same": outcome.same,
        "left_out": outcome.left_out,
        "buildings": list(outcome.buildings),
    }
    _tell(facts, outcome, imported=imported, **how)


@premises.command(
    "import-people",
    help="Bring in a table of owners, tenants and others (.xlsx or .csv), all of it or nothing.",
)
@_table_options
@click.pass_obj
def import_people(archive: Archive, /, file: Path, reason: str, **how: bool) -> None:
    seal = seal_of(archive)

    def brings(work: UnitOfWork, table: Table, dry_run: bool) -> holders.Outcome:
        if dry_run:
            return holders.preview(work, seal, table)
        told = reason or file.name[:200]
        return holders.import_holders(work, seal, table, reason=told, skip=how["skip_problems"])

    outcome, imported = _brought_in(archive, file, brings, dry_run=how["dry_run"])
    facts = {
        "added": len(outcome.added),
        "people": outcome.people,
        "same": outcome.same,
        "left_out": outcome.left_out,
    }
    _tell(facts, outcome, imported=imported, **how)


Came = TypeVar("Came", importing.Outcome, holders.Outcome)


def _brought_in(
    archive: Archive, file: Path, brings: Callable[[UnitOfWork, Table, bool], Came], *, dry_run: bool
) -> tuple[Came, bool]:
    """What came of it, and whether anything was imported: a table with problems is only looked at."""
    with file.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    try:
        table = read_table(data)
        try:
            with archive.unit_of_work(service_actor("cli")) as work:
                return brings(work, table, dry_run), not dry_run
        except HasProblems:
            with archive.unit_of_work(service_actor("cli")) as work:
                return brings(work, table, True), False
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error


def _tell(
    facts: Mapping[str, object],
    outcome: importing.Outcome | holders.Outcome,
    *,
    imported: bool,
    dry_run: bool,
    as_json: bool,
    skip_problems: bool,
) -> None:
    warnings = outcome.warnings if isinstance(outcome, holders.Outcome) else ()
    if as_json:
        told = {
            "imported": imported,
            **facts,
            "unread_columns": list(outcome.unread),
            "problems": [_problem(problem) for problem in outcome.problems],
            **({"warnings": [_problem(warning) for warning in warnings]} if warnings else {}),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for problem in outcome.problems:
            click.echo(f"row {problem.row}, {problem.column}: {problem.error}", err=True)
        for warning in warnings:
            click.echo(f"warning, row {warning.row}, {warning.column}: {warning.error}", err=True)
        click.echo(", ".join(f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in facts.items()))
    if outcome.problems and not (imported or dry_run or skip_problems):
        raise click.ClickException("nothing was imported")


def _plain(value: object) -> object:
    return "、".join(map(str, value)) or "none" if isinstance(value, list) else value


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "row": problem.row,
        "column": problem.column,
        "code": problem.error.code,
        "message": str(problem.error),
    }


commands: tuple[click.Command, ...] = (premises,)
