"""``archive reminders …``: what could not be sent on, and a message to try it."""

import json
from typing import Final

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.people.cli.asking import person_called, with_archive
from archive_service.reminders import queries, service
from archive_service.reminders.rules import TROUBLES, Trouble


@click.group(help="Reminders by mail and webhook.")
def reminders() -> None: ...


@reminders.command(help="What could not be sent, the latest first.")
@click.option("--json", "as_json", is_flag=True)
@with_archive
def failures(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        rows = queries.troubled(session, limit=200)
    if as_json:
        told = [
            {
                "delivery": row.id,
                "notice": row.notice_id,
                "channel": row.channel.value,
                "target": row.target,
                "state": row.state.value,
                "tries": row.tries,
                "trouble": row.trouble,
                "tried_at": row.tried_at.isoformat(timespec="seconds") if row.tried_at else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        words = TROUBLES[Trouble(row.trouble)] if row.trouble in tuple(Trouble) else row.trouble
        click.echo(
            f"{row.id:>6} {row.channel:<7} {row.target or '-':<30} {row.state:<8} {row.tries:>2}  {words}"
        )
    click.echo(f"{len(rows)} not sent")


@reminders.command(help="Tell somebody that messages arrive, by every way that is set.")
@click.option("--to", "name", required=True, metavar="NAME", help="Sign-in name of who is told.")
@with_archive
def trial(archive: Archive, name: str) -> None:
    settings = archive.settings
    to = person_called(archive, name).user_id
    with archive.unit_of_work(service_actor("cli")) as work:
        service.send_trial(work, to)
    ways = (["mail"] if settings.mail_server else []) + [hook.name for hook in settings.webhooks]
    click.echo(
        f"{name} is told in the service" + (f" and by {', '.join(ways)}" if ways else "; nothing else is set")
    )


commands: Final[list[click.Command]] = [reminders]
