"""``archive working-days …``: the calendar, for whoever has the machine."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.clock import business_day
from archive_service.people.cli.asking import person, with_archive
from archive_service.premises.rules.tables import MOST_BYTES, read_table
from archive_service.working_days import queries, service
from archive_service.working_days.rules import FIRST_YEAR, LAST_YEAR, sheets

DAY: Final = click.DateTime(["%Y-%m-%d"])
YEAR: Final = click.IntRange(FIRST_YEAR, LAST_YEAR)
as_json = click.option("--json", "as_json", is_flag=True)
as_whom = click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who does it.")


@click.group("working-days", help="The working calendar: holidays and weekends that are worked instead.")
def working_days() -> None: ...


@working_days.command(help="The named days of YEAR; by default this one.")
@click.argument("year", type=YEAR, required=False)
@as_json
@with_archive
def show(archive: Archive, year: int | None, as_json: bool) -> None:
    today = business_day(archive.clock.now())
    with archive.reading() as session:
        row = queries.year_row(session, year or today.year)
        missing = queries.missing_years(session, today)
    told = {
        "year": row.year,
        "complete": row.complete,
        "source": row.source,
        "revision": row.revision,
        "missing_years": missing,
        "days": [{"day": d.day.isoformat(), "working": d.working, "name": d.name} for d in row.days],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in row.days:
        click.echo(f"{one.day} {'work' if one.working else 'off ':<4} {one.name}")
    click.echo(row.source or f"{row.year}: not entered, only weekends are off")
    for absent in missing:
        click.echo(f"{absent} is missing: enter it with archive working-days import {absent} FILE", err=True)


@working_days.command(help="The working day COUNT after DAY (before it if negative; 0: DAY or the next one).")
@click.argument("day", type=DAY)
@click.argument("count", type=click.IntRange(-3660, 3660))
@with_archive
def add(archive: Archive, day: datetime, count: int) -> None:
    with archive.reading() as session:
        click.echo(queries.add_working_days(session, day.date(), count).isoformat())


@working_days.command("set", help="Say of DAY that it is off, worked, or as the week says.")
@click.argument("day", type=DAY)
@click.argument("kind", type=click.Choice(["off", "work", "week"]))
@click.option("--name", "day_name", default="", help="What the day is; not needed for week.")
@click.option("--reason", required=True)
@as_whom
@with_archive
def set_day(  # noqa: PLR0917  (the command line names them all)
    archive: Archive, day: datetime, kind: str, day_name: str, reason: str, name: str
) -> None:
    working = None if kind == "week" else kind == "work"
    with archive.unit_of_work(person(archive, name)) as work:
        seen = queries.year_row(work.session, day.year).revision
        service.change_day(work, day.date(), working, name=day_name, reason=reason, seen=seen)
    click.echo(f"{day:%Y-%m-%d} {kind}")


@working_days.command("import", help="Enter YEAR from FILE (.xlsx or .csv with 日期, 至, 休/班, 名称).")
@click.argument("year", type=YEAR)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="", help="The notice that the days are taken from.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@as_whom
@with_archive
def bring_in(  # noqa: PLR0917  (the command line names them all)
    archive: Archive, year: int, file: Path, source: str, dry_run: bool, name: str
) -> None:
    with file.open("rb") as stream:
        days, problems = sheets.days_of(read_table(stream.read(MOST_BYTES + 1)))
    for problem in problems:
        click.echo(f"row {problem.row}, {problem.column}: {problem.error}", err=True)
    if problems:
        raise click.ClickException("nothing was entered")
    with archive.unit_of_work(person(archive, name)) as work:
        if dry_run:
            found = service.preview(work, year, days)
        else:
            seen = queries.year_row(work.session, year).revision
            found = service.enter_year(work, year, days, source=source, seen=seen)
    for one in found:
        told = "week" if one.after is None else "work" if one.after.working else "off"
        click.echo(f"{one.day} {told} {one.after.name if one.after else ''}".rstrip())
    click.echo(f"{len(found)} days {'would change' if dry_run else 'changed'}")


commands: Final[list[click.Command]] = [working_days]
