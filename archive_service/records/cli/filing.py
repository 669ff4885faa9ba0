"""``archive file``, ``move``, ``withdraw``, ``check-document``: a paper gets its place, another one, or none."""

import json
from typing import Final

import click

from archive_service.bootstrap import Archive
from archive_service.people.cli.asking import person, with_archive
from archive_service.records.cli.asking import AS, JSON, document_called, facts_typed
from archive_service.records.queries import documents as document_queries
from archive_service.records.rules.filing import DRAWING_FIELDS, FACT_NAMES, Place, is_drawing, read_facts
from archive_service.records.rules.findings import WORDS
from archive_service.records.rules.four_properties import Verdict
from archive_service.records.rules.numbers import Dept
from archive_service.records.service import filing as service
from archive_service.records.service import placing
from archive_service.records.service.checking import check_document, prove

_FACTS: Final = ", ".join(name for name in FACT_NAMES if name not in DRAWING_FIELDS)


@click.command(
    "file",
    help=f"File DOCUMENT (its id); prints its archival number. FACTS are NAME=VALUE: {_FACTS}; "
    f"of drawings {', '.join(DRAWING_FIELDS)}.",
)
@click.argument("document")
@click.argument("facts", nargs=-1)
@click.option("--fonds", default="", help="May be left out where there is one project only.")
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option(
    "--case-file", "file_no", default="", help="Number of the file, for papers that stand in files."
)
@click.option("--dept", type=click.Choice([d.value for d in Dept]), default=None, help="For all others.")
@AS
@with_archive
def file_document(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    document: str,
    facts: tuple[str, ...],
    fonds: str,
    year: int | None,
    file_no: str,
    dept: str | None,
    name: str,
) -> None:
    document_id = document_called(document)
    typed = facts_typed(facts)
    place = Place(fonds, year, file_no, Dept(dept) if dept else None)
    proof = prove(archive, actor := person(archive, name), document_id)
    with archive.unit_of_work(actor) as work:
        row = document_queries.document(work.session, actor, document_id)
        told = read_facts(typed, drawing=is_drawing(row.class_code))
        filed = service.file_document(work, document_id, told, place, revision=row.revision, proof=proof)
    click.echo(filed.archival_no)


@click.command(
    "check-document",
    help="Make the four-property check of DOCUMENT (its id); fails where something would stop its filing.",
)
@click.argument("document")
@JSON
@AS
@with_archive
def check_document_now(archive: Archive, document: str, as_json: bool, name: str) -> None:
    document_id = document_called(document)
    actor = person(archive, name)
    proof = prove(archive, actor, document_id)
    with archive.unit_of_work(actor) as work:
        row = check_document(work, document_id, proof)
    if as_json:
        lines = [
            {"code": line.code, "verdict": line.verdict.value, "figures": dict(line.figures)}
            for line in row.lines
        ]
        click.echo(json.dumps({"verdict": row.verdict.value, "lines": lines}, ensure_ascii=False, indent=2))
    else:
        for line in row.lines:
            click.echo(f"{line.verdict:<12} {line.code:<14} {WORDS[line.words] % dict(line.figures)}")
    if row.verdict is Verdict.FATAL:
        raise click.ClickException("something would stop its filing")


@click.command("move", help="Move filed DOCUMENT (its id) into CLASS; prints its new archival number.")
@click.argument("document")
@click.argument("class_code", metavar="CLASS")
@click.option("--reason", required=True)
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option("--case-file", "file_no", default="", help="Number of the file, where papers stand in files.")
@click.option("--dept", type=click.Choice([d.value for d in Dept]), default=None)
@AS
@with_archive
def move_document(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    document: str,
    class_code: str,
    reason: str,
    year: int | None,
    file_no: str,
    dept: str | None,
    name: str,
) -> None:
    with archive.unit_of_work(actor := person(archive, name)) as work:
        row = document_queries.document(work.session, actor, document_called(document))
        place = Place("", year, file_no, Dept(dept) if dept else None)
        moved = placing.change_place(work, row.id, class_code, place, revision=row.revision, reason=reason)
    click.echo(moved.archival_no)


@click.command("withdraw", help="Cancel the filing of DOCUMENT (its id); its number stays empty for ever.")
@click.argument("document")
@click.option("--reason", required=True)
@AS
@with_archive
def withdraw_document(archive: Archive, document: str, reason: str, name: str) -> None:
    with archive.unit_of_work(actor := person(archive, name)) as work:
        row = document_queries.document(work.session, actor, document_called(document))
        placing.withdraw_filing(work, row.id, revision=row.revision, reason=reason)
    click.echo(f"{row.archival_no} is empty", err=True)
