"""``archive places …``: the tree of places, boxes, moves, labels, for whoever has the machine."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click
import yaml

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, NotFound
from archive_service.locations.queries import lying as lying_queries
from archive_service.locations.queries import places as queries
from archive_service.locations.queries.holdings import Holdings
from archive_service.locations.rules.codes import Code, CodeKind
from archive_service.locations.rules.items import ItemRef
from archive_service.locations.rules.places import Air, Climate, PlaceFacts, PlaceKind, path_of
from archive_service.locations.rules.sheets import SHEETS, sheet_called
from archive_service.locations.service import places, placing
from archive_service.locations.service.drawing import labels_pdf
from archive_service.locations.service.labels import labels_for
from archive_service.people.cli.asking import person, with_archive
from archive_service.unit_of_work import UnitOfWork
from archive_service.web.assets import asset_path

COLUMNS: Final = ("in", "kind", "code", "name", "capacity_mm", "climate", "sensor_id", "note")
"""Of a table of places: ``in`` is the full code of the place that it stands in, "" for a room."""
MOST_BYTES: Final = 4 * 1024 * 1024

as_whom = click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who does it.")
as_json = click.option("--json", "as_json", is_flag=True)
codes_of = click.argument("codes", nargs=-1, required=True)


class BadTable(click.ClickException):
    pass


class Undone(Exception):
    pass


def rows_of(path: Path) -> list[Mapping[str, str]]:
    """The rows of a CSV or YAML table. Raises BadTable."""
    if path.stat().st_size > MOST_BYTES:
        raise BadTable("The table is too large.")
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix.lower() in (".yaml", ".yml"):
            found = yaml.safe_load(text)
        else:
            found = list(csv.DictReader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError) as error:
        raise BadTable(f"The table can't be read: {error}") from error
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise BadTable("The table is a list of places, each with: " + ", ".join(COLUMNS))
    rows: list[Mapping[str, str]] = [
        {str(k): "" if v is None else str(v) for k, v in row.items()} for row in found
    ]
    for row in rows:
        if unknown := set(row) - set(COLUMNS):
            raise BadTable(f"Not known here: {', '.join(sorted(unknown))}. Columns are: {', '.join(COLUMNS)}")
    return rows


def _facts(row: Mapping[str, str]) -> PlaceFacts:
    capacity = row.get("capacity_mm", "").strip()
    return PlaceFacts(
        PlaceKind(row.get("kind", "").strip()),
        row.get("code", ""),
        row.get("name", ""),
        int(capacity) if capacity else None,
        Air(Climate(row.get("climate", "").strip() or "none")),
        row.get("sensor_id", ""),
        row.get("note", ""),
    )


def _add_row(work: UnitOfWork, row: Mapping[str, str]) -> str:
    """The full code of the place that was added; "" where it is there already."""
    above = row.get("in", "").strip()
    parent = queries.location_called(work.session, above) if above else None
    if above and parent is None:
        raise NotFound()
    facts = _facts(row)
    full = path_of(f"{parent.path}-{facts.code}" if parent else facts.code)
    if queries.location_called(work.session, full) is not None:
        return ""
    return places.add_location(work, parent.id if parent else None, facts).path


@click.group("places", help="Rooms, cabinets and shelves; what lies where; labels.")
def group() -> None: ...


@group.command("list", help="The tree of places, or what stands in the one called PLACE.")
@click.argument("place", required=False)
@as_json
@with_archive
def show(archive: Archive, place: str | None, as_json: bool) -> None:
    with archive.reading() as session:
        top = queries.location_called(session, place) if place else None
        if place and top is None:
            raise NotFound()
        rows, fills = queries.tree(session, top), queries.fills(session, top)
    told = [
        {
            "path": row.path,
            "label": row.label,
            "kind": row.facts.kind.value,
            "name": row.facts.name,
            "capacity_mm": row.facts.capacity_mm,
            "used_mm": fills[row.id].used_mm,
            "things": fills[row.id].items,
        }
        for row in rows
    ]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        fill = fills[row.id]
        full = "" if fill.percent is None else f"  {fill.percent} %"
        click.echo(f"{'  ' * row.depth}{row.path}  {row.label}  {row.facts.name}{full}".rstrip())


@group.command(help="Add the places of a TABLE (CSV or YAML); those that are there are left as they are.")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be added, and add nothing.")
@as_whom
@with_archive
def add(archive: Archive, table: Path, dry_run: bool, name: str) -> None:
    rows, added, wrong = rows_of(table), [], []
    try:
        with archive.unit_of_work(person(archive, name)) as work:
            work.actor.must(Permission.MANAGE_PLACES)
            for number, row in enumerate(rows, 1):
                try:
                    added.append(_add_row(work, row))
                except (ArchiveError, ValueError) as error:
                    wrong.append(f"row {number}: {error}")
            if wrong or dry_run:
                raise Undone()
    except Undone:
        pass
    for path in filter(None, added):
        click.echo(f"{'would add' if dry_run or wrong else 'added'} {path}")
    if wrong:
        raise click.ClickException("Nothing was added.\n" + "\n".join(wrong))


def commands_with(holdings: Holdings) -> list[click.Command]:
    """``holdings``: who answers what is asked of papers."""

    @group.command(help="Where the things with these CODES lie.")
    @codes_of
    @as_json
    @as_whom
    @with_archive
    def where(archive: Archive, codes: Sequence[str], as_json: bool, name: str) -> None:
        actor = person(archive, name)
        actor.must(Permission.SEE_PLACES)
        with archive.reading() as session:
            parsed = {code: Code.parse(code) for code in codes}
            numbers = [c.text for c in parsed.values() if c is not None and c.kind is CodeKind.ARCHIVAL]
            called = holdings.called(session, actor, numbers)
            items: dict[str, ItemRef] = {}
            for code, meant in parsed.items():
                box = queries.box_called(session, code)
                if box is not None:
                    items[code] = ItemRef(box_id=box.id)
                elif meant is not None and meant.text in called:
                    items[code] = called[meant.text]
            found = lying_queries.where(session, list(items.values()))
        told = []
        for code in codes:
            lies = found.get(items[code]) if code in items else None
            told.append(
                {
                    "code": code,
                    "known": code in items,
                    "place": lies.path if lies else "",
                    "box": lies.box_no if lies else "",
                    "out": bool(lies and lies.out),
                }
            )
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return
        for one in told:
            at = " · ".join(str(part) for part in (one["place"], one["box"]) if part)
            state = "not known" if not one["known"] else at or "no place yet"
            click.echo(f"{one['code']}  {state}{'  (out)' if one['out'] else ''}")

    @group.command(help="Put the things with these CODES at a place or into a box; all of them, or none.")
    @codes_of
    @click.option("--to", "target", required=True, metavar="PLACE")
    @click.option("--reason", required=True)
    @click.option("--dry-run", is_flag=True, help="Say what would be moved, and move nothing.")
    @as_whom
    @with_archive
    def move(  # noqa: PLR0917  (options of one command)
        archive: Archive, codes: Sequence[str], target: str, reason: str, dry_run: bool, name: str
    ) -> None:
        actor = person(archive, name)
        with archive.reading() as session:
            to = queries.spot_called(session, target)
            if to is None:
                raise NotFound()
            asked = placing.split_codes("\n".join(codes))
            plan = placing.preview(session, holdings, actor, asked, to)
        for line in plan.lines:
            at = line.now_at.short if line.now_at else ""
            click.echo(f"{line.number or line.code}  {line.standing.value}  {at}".rstrip())
        if dry_run:
            return
        with archive.unit_of_work(actor) as work:
            moved = placing.move(work, holdings, asked, to, reason=reason, seen=plan.seen)
        click.echo(f"moved: {moved}")

    @group.command(help="Labels of these CODES as a PDF file.")
    @codes_of
    @click.option(
        "--out", "path", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path)
    )
    @click.option("--sheet", default="3x8", type=click.Choice(sorted(SHEETS)), show_default=True)
    @click.option("--start", default=1, show_default=True, help="The first label to print on.")
    @as_whom
    @with_archive
    def label(  # noqa: PLR0917  (options of one command)
        archive: Archive, codes: Sequence[str], path: Path, sheet: str, start: int, name: str
    ) -> None:
        with archive.reading() as session:
            made = labels_for(session, holdings, person(archive, name), codes)
        path.write_bytes(labels_pdf(made, sheet_called(sheet), start=start, font=asset_path("marks.ttf")))
        click.echo(f"{len(made)} labels: {path}")

    return [group]
