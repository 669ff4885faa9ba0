"""``archive file-plan …``: the plan on the command line, for whoever has the machine."""

import json
import sys
from pathlib import Path
from typing import BinaryIO, Final

import click

from archive_service.bootstrap import Archive
from archive_service.classification import queries, service
from archive_service.classification.queries import ClassRow
from archive_service.classification.rules import Change, changes, read_plan, write_plan, write_sheets
from archive_service.classification.rules.written import MOST_BYTES
from archive_service.kernel.errors import NotFound
from archive_service.people.cli.asking import person, with_archive

FORMATS: Final = ("yaml", "xlsx")


@click.group("file-plan", help="The file plan: its classes, as a file, changed from a file.")
def file_plan() -> None: ...


@file_plan.command(help="The classes of the plan in force, or one of them by its CODE.")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True)
@with_archive
def show(archive: Archive, code: str | None, as_json: bool) -> None:
    with archive.reading() as session:
        rows = queries.class_rows(session)
        version = queries.scheme_versions(session, limit=1)[0]
        if code:
            rows = [row for row in rows if row.code == code]
    if not rows:
        raise NotFound()
    if as_json:
        told = {"scheme": version.scheme, "version": version.number, "classes": [_facts(row) for row in rows]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo(f"{version.scheme} {version.number}")
    for row in rows:
        depth = "" if code else "  " * row.code.count(".")
        held = f"{row.level}  {row.retention_zh}" if row.selectable else ""
        click.echo(
            f"{depth}{row.code} {row.name_zh}  {held}".rstrip() + ("  (closed)" if row.is_closed else "")
        )


def _facts(row: ClassRow) -> dict[str, object]:
    return {
        "code": row.code,
        "parent": row.parent,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "selectable": row.selectable,
        "closed": row.is_closed,
        "level": row.level.value,
        "retention_zh": row.retention_zh,
        "disposition": row.disposition and row.disposition.value,
        "on_exit": row.on_exit.value,
        "source_status": row.source_status.value,
        "sources": list(row.sources),
        "doc_types": list(row.doc_types),
        "note": row.note,
    }


@file_plan.command(help="The versions that the plan has had, newest first, each with why and what changed.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@with_archive
def versions(archive: Archive, limit: int, as_json: bool) -> None:
    with archive.reading() as session:
        rows = queries.scheme_versions(session, limit=limit)
    if as_json:
        told = [
            {
                "version": row.number,
                "made_at": row.loaded_at.isoformat(),
                "reason": row.reason,
                "changes": list(row.changes),
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        codes = ", ".join(str(change["code"]) for change in row.changes)
        click.echo(f"{row.number}\t{row.loaded_at:%Y-%m-%d}\t{row.reason}\t{codes}".rstrip())


@file_plan.command(
    help="Write the plan to FILE, or to standard output for “-”. The end of its name tells the format."
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "kind", type=click.Choice(FORMATS), help="If the name does not tell.")
@click.option("--version", "number", metavar="N", help="This version instead of the one in force.")
@with_archive
def export(archive: Archive, file: Path, kind: str | None, number: str | None) -> None:
    kind = kind or _kind_of(file)
    with archive.reading() as session:
        wanted = number or queries.scheme_versions(session, limit=1)[0].number
        plan = queries.plan_of_version(session, wanted)
    content = write_sheets(plan) if kind == "xlsx" else write_plan(plan).encode()
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    click.echo(f"{plan.scheme} {plan.number} is in {file}", err=True)


def _kind_of(file: Path) -> str:
    kind = {".xlsx": "xlsx", ".yaml": "yaml", ".yml": "yaml"}.get(file.suffix.lower())
    if kind is None and str(file) != "-":
        raise click.ClickException(
            "The name of the file does not tell its format; say --format yaml or xlsx."
        )
    return kind or "yaml"


@file_plan.command("import", help="Bring the plan in FILE (YAML or .xlsx) into force as a new version.")
@click.argument("file", type=click.File("rb"))
@click.option("--reason", default="", help="Why the plan changes.")
@click.option("--seen", metavar="N", help="Number of the version that FILE was made from; told by --dry-run.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who changes it.")
@click.option("--json", "as_json", is_flag=True)
@with_archive
def bring_in(  # noqa: PLR0917  (the command line names them all)
    archive: Archive, file: BinaryIO, reason: str, seen: str | None, dry_run: bool, name: str, as_json: bool
) -> None:
    """Exit code 0 only when the new version is in force, or would be."""
    if not dry_run and (not reason or not seen):
        raise click.ClickException(
            "Say --reason and --seen. Look first: archive file-plan import --dry-run FILE"
        )
    wanted = read_plan(file.read(MOST_BYTES + 1))
    with archive.unit_of_work(person(archive, name)) as work:
        before = queries.plan_in_force(work.session)
        assert before is not None, "every start loads the shipped plan if there is none"
        if dry_run:
            found, number = service.preview(work, wanted), before.number
        else:
            numbered = service.change_plan(work, wanted, reason=reason, seen=seen or "")
            found, number = changes(before, numbered), numbered.number
    _tell(found, number, dry_run=dry_run, as_json=as_json)


def _tell(found: list[Change], number: str, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        told = [{"kind": c.kind.value, "code": c.code, "fields": list(c.fields)} for c in found]
        click.echo(
            json.dumps({"version": number, "dry_run": dry_run, "changes": told}, ensure_ascii=False, indent=2)
        )
        return
    for change in found:
        fields = f"  {', '.join(change.fields)}" if change.fields else ""
        click.echo(f"{change.kind.value:<9} {change.code} {change.new.name_zh}{fields}")
    if not found:
        click.echo("Only the names of the plan, its events or its sources differ.")
    click.echo(
        f"Nothing was changed. The plan is at version {number}: bring this in with --seen {number}"
        if dry_run
        else f"The plan is now at version {number}.",
        err=True,
    )


commands: Final[list[click.Command]] = [file_plan]
