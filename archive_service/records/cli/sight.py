"""``archive sight …``: papers that one person sees by name."""

import json
from dataclasses import asdict
from datetime import datetime

import click

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Level, Sight
from archive_service.people import SightTarget
from archive_service.people.cli.asking import person, with_archive
from archive_service.people.queries import sign_in_record
from archive_service.records.cli.asking import AS, JSON, document_called
from archive_service.records.queries.case_files import case_file_called
from archive_service.records.service.granting import grant_sight, revoke_sight


@click.group("sight", help="Sight of papers granted to one person by name.")
def sight() -> None: ...


@sight.command(
    "grant", help="Let the person USER look at one document, case file or class; prints the grant's id."
)
@click.argument("user")
@click.option("--document", "document", default=None, help="Id of a document.")
@click.option("--case-file", "file_no", default=None, help="Number of a case file.")
@click.option("--class", "class_code", default=None, help="A class and what lies below it.")
@click.option("--sees", type=click.Choice(["view", "download"]), default="view", show_default=True)
@click.option("--up-to", type=click.Choice([level.value for level in Level]), default=None)
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), default=None, help="First day.")
@click.option("--to", "valid_to", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--reason", required=True)
@AS
@with_archive
def grant_sight_to(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    user: str,
    document: str | None,
    file_no: str | None,
    class_code: str | None,
    sees: str,
    up_to: str | None,
    valid_from: datetime | None,
    valid_to: datetime,
    reason: str,
    name: str,
) -> None:
    if sum(one is not None for one in (document, file_no, class_code)) != 1:
        raise click.UsageError("name one of --document, --case-file, --class")
    with archive.unit_of_work(person(archive, name)) as work:
        found = sign_in_record(work.session, work.now, name=user)
        if found is None:
            raise NotFound()
        target = SightTarget(class_code=class_code)
        if document is not None:
            document_id = document_called(document)
            target = SightTarget(document_id=document_id)
        elif file_no is not None:
            file = case_file_called(work.session, work.actor, file_no)
            if file is None:
                raise NotFound()
            target = SightTarget(case_file_id=file.id)
        granted = grant_sight(
            work,
            found.user_id,
            target,
            Sight[sees.upper()],
            valid_to.date(),
            reason,
            valid_from=valid_from.date() if valid_from else None,
            up_to=Level(up_to) if up_to else None,
        )
    click.echo(granted)


@sight.command("revoke", help="Take a grant back by its id.")
@click.argument("grant_id", type=click.IntRange(1, 2**31 - 1))
@click.option("--reason", required=True)
@AS
@with_archive
def revoke_sight_grant(archive: Archive, grant_id: int, reason: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        revoke_sight(work, grant_id, reason)


@sight.command("list", help="What the person USER sees by name.")
@click.argument("user")
@JSON
@with_archive
def list_sight_grants(archive: Archive, user: str, as_json: bool) -> None:
    now = archive.clock.now()
    with archive.reading() as session:
        found = sign_in_record(session, now, name=user)
        if found is None:
            raise NotFound()
        rows = people.sight_grants(session, now, user_id=found.user_id)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2, default=str))
        return
    for row in rows:
        thing = row.document_id or row.case_file_id or row.class_code
        state = "holds" if row.holds else "does not hold"
        click.echo(f"{row.id}\t{thing}\t{row.sight.name.lower()}\t{row.valid_from} – {row.valid_to}\t{state}")
