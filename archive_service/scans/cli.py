"""``archive scans …``: split, merge, undo, and what looks alike, for whoever has the machine."""

import json
from typing import Final

import click

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import ArchiveError, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.masking import mask
from archive_service.people.cli.asking import person_called
from archive_service.scans.queries import looks, requests
from archive_service.scans.rules.plans import Plan, RequestState, Source, read_parts
from archive_service.scans.service import rearranging as service

AS: Final = click.option("--as", "name", required=True, help="Sign-in name of who does it.")
JSON: Final = click.option("--json", "as_json", is_flag=True)


@click.group("scans", help="Scans: split, merge, turn pages; what looks alike.")
def scans() -> None: ...


@scans.command("arrange", help="Make new papers of the pages of DOCUMENTs; prints the number of the request.")
@click.argument("documents", nargs=-1, required=True)
@click.option(
    "--part",
    "parts",
    multiple=True,
    required=True,
    help='Once for each new paper: "1-3 5@90 = title | class | file number"; pages of the second DOCUMENT: "B1-2".',
)
@click.option("--reason", default="", help="Needed where the document only gets a new version.")
@AS
@click.pass_obj
def arrange(
    archive: Archive, documents: tuple[str, ...], parts: tuple[str, ...], reason: str, name: str
) -> None:
    actor = person_called(archive, name)
    try:
        with archive.unit_of_work(actor) as work:
            sources = []
            for text in documents:
                document_id = parse_uuid(text)
                if document_id is None:
                    raise NotFound()
                row = records.document(work.session, actor, document_id)
                sources.append(Source(row.id, row.version_number))
            made = service.rearrange(work, Plan(tuple(sources), read_parts("\n".join(parts)), reason))
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    click.echo(made)


@scans.command(
    "split-at-sheets",
    help="Split DOCUMENT at the separator sheets found in it; prints the number of the request.",
)
@click.argument("document")
@AS
@click.pass_obj
def split_at_sheets(archive: Archive, document: str, name: str) -> None:
    actor = person_called(archive, name)
    document_id = parse_uuid(document)
    try:
        if document_id is None:
            raise NotFound()
        with archive.unit_of_work(actor) as work:
            row = records.document(work.session, actor, document_id)
            made = service.take_proposal(work, row.id, row.version_number)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    click.echo(made)


@scans.command(
    "show", help="How far request NUMBER is, and which papers came of it; fails if it could not be made."
)
@click.argument("number", type=click.IntRange(1))
@JSON
@click.pass_obj
def show(archive: Archive, number: int, as_json: bool) -> None:
    try:
        with archive.reading() as session:
            row, _seen = requests.request(session, service_actor("cli"), number)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    told = {
        "id": row.id,
        "state": row.state.value,
        "trouble": row.trouble,
        "sources": [str(one) for one in row.sources],
        "results": [str(one) for one in row.results],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\t".join((row.state.value, row.trouble, *map(str, row.results))))
    if row.state is RequestState.FAILED:
        raise SystemExit(1)


@scans.command("undo", help="Bring the scans of request NUMBER back; the papers made of them go.")
@click.argument("number", type=click.IntRange(1))
@AS
@click.pass_obj
def undo(archive: Archive, number: int, name: str) -> None:
    try:
        with archive.unit_of_work(person_called(archive, name)) as work:
            service.undo(work, number)
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error


@scans.command("look-alikes", help="Documents that look like DOCUMENT, the likest first.")
@click.argument("document")
@JSON
@click.pass_obj
def look_alikes(archive: Archive, document: str, as_json: bool) -> None:
    document_id = parse_uuid(document)
    try:
        if document_id is None:
            raise NotFound()
        with archive.reading() as session:
            found = looks.look_alikes(session, service_actor("cli"), document_id, archive.clock.now())
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
    rows = [
        {
            "document": str(one.document.id),
            "title": mask(one.document.title),
            "text": round(one.likeness.text, 2),
            "numbers": round(one.likeness.numbers, 2),
            "picture_bits": one.likeness.bits,
        }
        for one in found
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['document']}\t{row['text']}\t{row['title']}")


commands = (scans,)
