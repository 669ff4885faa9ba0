"""``archive premises …``: for whoever has the machine."""

import json
from pathlib import Path

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import ArchiveError
from archive_service.premises.rules.columns import Problem
from archive_service.premises.rules.importing import template
from archive_service.premises.rules.tables import MOST_BYTES, read_table
from archive_service.premises.service import importing, units
from archive_service.premises.service.importing import Outcome


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
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def write_template(file: Path) -> None:
    file.write_bytes(template())


@premises.command("import", help="Bring in a table of units (.xlsx or .csv), all of it or nothing.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", default="", help="Where the table comes from; by default the name of the file.")
@click.option("--dry-run", is_flag=True, help="Only tell what it would do.")
@click.option("--skip-problems", is_flag=True, help="Leave out rows with problems and import the rest.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def import_table(  # noqa: PLR0917  (the command line names them all)
    archive: Archive, file: Path, reason: str, dry_run: bool, skip_problems: bool, as_json: bool
) -> None:
    with file.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    imported = False
    try:
        table = read_table(data)
        with archive.unit_of_work(service_actor("cli")) as work:
            if dry_run:
                outcome = importing.preview(work, table)
            else:
                told = reason or file.name[:200]
                outcome = importing.import_units(work, table, reason=told, skip=skip_problems)
                imported = True
    except importing.HasProblems as error:
        outcome = error.outcome
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    _tell(outcome, imported=imported, as_json=as_json)
    if outcome.problems and not (imported or dry_run):
        raise click.ClickException("nothing was imported")


def _tell(outcome: Outcome, *, imported: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report(outcome, imported=imported), ensure_ascii=False, indent=2))
        return
    for problem in outcome.problems:
        click.echo(f"row {problem.row}, {problem.column}: {problem.error}", err=True)
    click.echo(
        f"{len(outcome.added)} added, {len(outcome.changed)} changed, {outcome.same} the same, "
        f"{outcome.left_out} rows with problems; new buildings: {', '.join(outcome.buildings) or 'none'}"
    )


def report(outcome: Outcome, *, imported: bool) -> dict[str, object]:
    return {
        "imported": imported,
        "added": len(outcome.added),
        "changed": len(outcome.changed),
        "same": outcome.same,
        "left_out": outcome.left_out,
        "buildings": list(outcome.buildings),
        "unread_columns": list(outcome.unread),
        "problems": [_problem(problem) for problem in outcome.problems],
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "row": problem.row,
        "column": problem.column,
        "code": problem.error.code,
        "message": str(problem.error),
    }


commands: tuple[click.Command, ...] = (premises,)
