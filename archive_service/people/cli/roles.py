"""``archive role …``: roles proposed by one person and decided by another."""

import json
from datetime import datetime

import click

from archive_service.bootstrap import Archive
from archive_service.people import queries, service
from archive_service.people.cli.asking import person, user_called, with_archive
from archive_service.people.rules.roles import Role, warnings_for

AS = click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who does it.")
GRANT = click.argument("grant_id", type=click.IntRange(1, 2**31 - 1))


@click.group("role", help="Roles: proposed by who manages people, approved by a manager.")
def role() -> None: ...


@role.command(
    "propose",
    help="Propose ROLE for the person USER; prints its id. It waits for “approve”, unless it is less than they have.",
)
@click.argument("user")
@click.argument("role", type=click.Choice([one.value for one in Role]))
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), default=None, help="First day.")
@click.option("--to", "valid_to", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Last day.")
@click.option(
    "--class", "classes", multiple=True, metavar="CODE", help="Classes of its own instead of the usual ones."
)
@AS
@with_archive
def propose(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    user: str,
    role: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
    classes: tuple[str, ...],
    name: str,
) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        proposed = service.propose_role(
            work,
            user_called(work, user),
            Role(role),
            valid_from=valid_from.date() if valid_from else None,
            valid_to=valid_to.date() if valid_to else None,
            classes=classes,
        )
        row = queries.proposal(work.session, work.now, proposed.grant_id)
    click.echo(proposed.grant_id)
    if proposed.is_less:
        click.echo("It counts at once: it is less than the person had.", err=True)
        return
    if row is None:
        click.echo("It holds at once: nobody could approve roles yet.", err=True)
        return
    click.echo("It waits for approval.", err=True)
    for warning in warnings_for({*row.held, row.role}):
        click.echo(warning, err=True)


@role.command("waiting", help="What waits for approval, oldest first.")
@click.option("--json", "as_json", is_flag=True)
@with_archive
def waiting(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        rows = queries.proposals(session, archive.clock.now(), limit=1000)
    if as_json:
        listed = [
            {
                "id": row.id,
                "user": row.name,
                "display_name": row.display_name,
                "role": row.role.value,
                "valid_from": row.terms.valid_from.isoformat(),
                "valid_to": row.terms.valid_to.isoformat() if row.terms.valid_to else None,
                "classes": row.terms.classes,
                "roles": [held.value for held in row.held],
                "proposed_by": row.proposed_by,
                "proposed_at": row.proposed_at.isoformat(),
                "objection": row.objection.code if row.objection else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for row in rows:
        until = f"until {row.terms.valid_to}" if row.terms.valid_to else ""
        click.echo(f"{row.id}\t{row.name}\t{row.role}\t{row.proposed_by or 'the service'}\t{until}")


@role.command(
    "approve",
    help="Let the proposal with this id count. Only where nobody else could does the server itself decide.",
)
@GRANT
@AS
@with_archive
def approve(archive: Archive, grant_id: int, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        row = service.approve_role(work, grant_id)
    for warning in warnings_for({*row.held, row.role}):
        click.echo(warning, err=True)


@role.command("refuse", help="Refuse the proposal with this id, and say why.")
@GRANT
@click.option("--reason", required=True)
@AS
@with_archive
def refuse(archive: Archive, grant_id: int, reason: str, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        service.refuse_role(work, grant_id, reason)


@role.command("withdraw", help="Take the proposal with this id back before it is decided.")
@GRANT
@AS
@with_archive
def withdraw(archive: Archive, grant_id: int, name: str) -> None:
    with archive.unit_of_work(person(archive, name)) as work:
        service.withdraw_role(work, grant_id)
