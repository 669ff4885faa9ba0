"""``archive user …`` and ``archive token …``: for whoever has the machine, so nobody signs in here."""

import json
import sys

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import TokenId
from archive_service.people import queries, service
from archive_service.people.cli.asking import user_called, with_archive
from archive_service.people.rules.roles import MOST_TOKEN_DAYS, Role, Scope, warnings_for


@click.group(help="People who sign in.")
def user() -> None: ...


@user.command(
    "create",
    help="Make an account. Without a password it prints the path of a link to choose one. Its roles hold at once "
    "as long as nobody could ever approve any, else once a manager approves them.",
)
@click.option("--name", required=True, help="Sign-in name.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]))
@click.option("--display-name", default="", help="How the person is called on pages.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
@with_archive
def create_user(
    archive: Archive, name: str, roles: tuple[str, ...], display_name: str, password_stdin: bool
) -> None:
    password = service.hash_password(sys.stdin.readline().rstrip("\r\n"), name) if password_stdin else None
    held = [Role(role) for role in roles]
    with archive.unit_of_work(service_actor("cli")) as work:
        user_id = service.add_person(
            work, name=name, display_name=display_name, roles=held, password=password
        )
        link = None if password_stdin else service.make_password_link(work, user_id)
        made = queries.person(work.session, work.now, user_id)
    if made is not None and made.waiting:
        click.echo(f"waits for approval: {' '.join(made.waiting)} (archive role waiting)", err=True)
    for warning in warnings_for(held):
        click.echo(warning, err=True)
    if link is None:
        click.echo(f"created: {name}", err=True)
    else:
        click.echo(f"/setup/{link}")
        click.echo("This link works once, for 24 hours.", err=True)


@user.command("list", help="Everybody, with the roles of today.")
@click.option("--json", "as_json", is_flag=True)
@with_archive
def list_users(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        rows = queries.people(session, archive.clock.now())
    if as_json:
        listed = [
            {
                "id": row.user_id,
                "name": row.name,
                "display_name": row.display_name,
                "active": row.active,
                "second_factor": row.second_factor,
                "roles": [role.value for role in row.roles],
                "roles_waiting": [role.value for role in row.waiting],
                "last_signed_in_at": row.last_signed_in_at.isoformat() if row.last_signed_in_at else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = f"  (waits for approval: {' '.join(row.waiting)})" if row.waiting else ""
        state += "" if row.active else "  (disabled)"
        click.echo(f"{row.name}\t{row.display_name}\t{' '.join(row.roles)}{state}")


@user.command("disable", help="Close an account: sessions, tokens and links stop at once.")
@click.option("--name", required=True)
@with_archive
def disable_user(archive: Archive, name: str) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, user_called(work, name))


@user.command("link", help="Print the path of a link by which a person chooses a new password.")
@click.option("--name", required=True)
@with_archive
def link_user(archive: Archive, name: str) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        click.echo(f"/setup/{service.make_password_link(work, user_called(work, name))}")
    click.echo("This link works once, for 24 hours.", err=True)


@click.group(help="Keys for programs.")
def token() -> None: ...


@token.command("create", help="Print a new token alone on standard output, this once.")
@click.option("--user", "owner", required=True, help="Sign-in name of whom it stands for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope])
)
@click.option("--days", default=MOST_TOKEN_DAYS, show_default=True, type=click.IntRange(1, MOST_TOKEN_DAYS))
@click.option("--name", default="command line", help="What it is for.")
@with_archive
def create_token(archive: Archive, owner: str, scopes: tuple[str, ...], days: int, name: str) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        _token_id, plain = service.create_token(
            work, user_called(work, owner), name=name, scopes={Scope(scope) for scope in scopes}, days=days
        )
    click.echo(plain)


@token.command("list", help="All tokens, without what only their owners have seen.")
@click.option("--user", "owner", default=None)
@click.option("--json", "as_json", is_flag=True)
@with_archive
def list_tokens(archive: Archive, owner: str | None, as_json: bool) -> None:
    now = archive.clock.now()
    with archive.reading() as session:
        rows = [row for row in queries.tokens(session) if owner is None or row.owner == owner.strip().lower()]
    if as_json:
        listed = [
            {
                "id": row.token_id,
                "user": row.owner,
                "name": row.name,
                "scopes": [scope.value for scope in row.scopes],
                "expires_at": row.expires_at.isoformat(),
                "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
                "live": row.is_live(now),
            }
            for row in rows
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = f"until {row.expires_at:%Y-%m-%d}" if row.is_live(now) else "ended"
        click.echo(f"{row.token_id}\t{row.owner}\t{row.name}\t{' '.join(row.scopes)}\t{state}")


@token.command("revoke", help="End a token by its id.")
@click.argument("token_id", type=int)
@with_archive
def revoke_token(archive: Archive, token_id: int) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        service.revoke_token(work, TokenId(token_id))
