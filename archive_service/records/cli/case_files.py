"""``archive case-file …``: opened, listed, closed, opened again."""

import json

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.masking import mask
from archive_service.people.cli.asking import person, with_archive
from archive_service.records.cli.asking import AS, JSON, MOST
from archive_service.records.queries import case_files as queries
from archive_service.records.queries.case_files import CaseFileFilter, CaseFileRow
from archive_service.records.rules.case_files import FileFacts, FileState
from archive_service.records.service import case_files as file_service


@click.group("case-file", help="Case files: open, list, close, open again.")
def case_file() -> None: ...


@case_file.command("open", help="Open a file of the class CODE; prints its number alone.")
@click.argument("code")
@click.option("--title", required=True)
@click.option("--unit", default="")
@click.option("--owner", default="")
@click.option("--fonds", default="", help="May be left out where there is one project only.")
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option("--building", default="", help="Of drawings: 03, A; 00 for the whole compound.")
@AS
@with_archive
def open_file(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    code: str,
    title: str,
    unit: str,
    owner: str,
    fonds: str,
    year: int | None,
    building: str,
    name: str,
) -> None:
    facts = FileFacts(title=title, unit=unit, owner=owner)
    with archive.unit_of_work(person(archive, name)) as work:
        row = file_service.open_case_file(work, code, facts, fonds=fonds, year=year, building=building)
    click.echo(row.file_no)


@case_file.command("list", help="The newest files, of a class, in a state, or with what --text says.")
@click.option("--class", "code", default="")
@click.option("--state", type=click.Choice([s.value for s in FileState]), default=None)
@click.option(
    "--text", default="", help="The beginning of a number, a unit in any spelling, part of a title."
)
@JSON
@with_archive
def list_files(archive: Archive, code: str, state: str | None, text: str, as_json: bool) -> None:
    wanted = CaseFileFilter(code, FileState(state) if state else None, text)
    with archive.reading() as session:
        rows = queries.case_files(session, service_actor("cli"), wanted, limit=MOST)
    if as_json:
        told = [
            {
                "file_no": row.file_no,
                "class_code": row.class_code,
                "title": mask(row.title),
                "state": row.state.value,
                "opened_on": row.opened_on.isoformat(),
                "closed_on": row.closed_on and row.closed_on.isoformat(),
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"{row.file_no}  {row.state}  {mask(row.title)}")


@case_file.command("close", help="Close the file with the number FILE_NO.")
@click.argument("file_no")
@click.option("--reason", default="")
@AS
@with_archive
def close_file(archive: Archive, file_no: str, reason: str, name: str) -> None:
    with archive.unit_of_work(actor := person(archive, name)) as work:
        row = _called(queries.case_file_called(work.session, actor, file_no))
        file_service.close_case_file(work, row.id, revision=row.revision, reason=reason)
    click.echo(f"closed: {row.file_no}", err=True)


@case_file.command("reopen", help="Open the closed file with the number FILE_NO again.")
@click.argument("file_no")
@click.option("--reason", required=True)
@AS
@with_archive
def reopen_file(archive: Archive, file_no: str, reason: str, name: str) -> None:
    with archive.unit_of_work(actor := person(archive, name)) as work:
        row = _called(queries.case_file_called(work.session, actor, file_no))
        file_service.reopen_case_file(work, row.id, revision=row.revision, reason=reason)
    click.echo(f"open: {row.file_no}", err=True)


def _called(row: CaseFileRow | None) -> CaseFileRow:
    if row is None:
        raise NotFound()
    return row
