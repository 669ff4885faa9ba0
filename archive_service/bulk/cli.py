"""``archive bulk …``: folders and zips with their tables, for whoever has the machine."""

import json
import sys
from pathlib import Path
from typing import Final

import click

from archive_service.bootstrap import Archive
from archive_service.bulk.queries import exports as export_queries
from archive_service.bulk.queries import imports as queries
from archive_service.bulk.queries.imports import ImportView, RowView
from archive_service.bulk.rules import ImportId, ImportState, RowState
from archive_service.bulk.rules.manifest import template
from archive_service.bulk.service import importing
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import ArchiveError, TooLarge
from archive_service.kernel.storing import storage_errors
from archive_service.people.cli.asking import person
from archive_service.premises.rules.tables import MOST_BYTES
from archive_service.web.formats import size
from storage import Blob

BLOCK: Final = 1024 * 1024
TOLD: Final = (RowState.BAD, RowState.UNLISTED, RowState.FAILED)


@click.group(help="Many papers at once.")
def bulk() -> None: ...


@bulk.command("template", help="Write the table to fill in to FILE.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def write_template(file: Path) -> None:
    file.write_bytes(template())


@bulk.command("import")
@click.argument("source", metavar="DIR|ZIP", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The table (.csv, .xlsx); by default 目录.xlsx or manifest.csv among the files.",
)
@click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who brings them in.")
@click.option("--dry-run", is_flag=True, help="Only tell what it would do.")
@click.option("--skip-bad", is_flag=True, help="Leave out what can't be taken and import the rest.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def bring_in(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    source: Path,
    manifest: Path | None,
    name: str,
    dry_run: bool,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Bring in the files of a folder or a zip, as a table tells what they are.

    Stopped in the middle, the same command goes on where it was, and each file comes in once. Exit code 0 only when
    everything is in, or, of a dry run, could come in.
    """
    actor = person(archive, name)
    import_id: ImportId | None = None
    try:
        import_id = _opened(archive, actor, source.resolve(), manifest, dry_run=dry_run)
        view = importing.check(archive, import_id)
        if view.state is ImportState.CHECKED and not dry_run:
            with archive.unit_of_work(actor) as work:
                importing.start(work, import_id, skip=skip_bad)
            _carry_out(archive, import_id)
        elif view.state is ImportState.IMPORTING:
            _carry_out(archive, import_id)
        elif view.state is ImportState.CHECKED:
            with archive.unit_of_work(actor) as work:
                importing.cancel(work, import_id)
    except ArchiveError as error:
        if import_id is not None:
            _tell(archive, import_id, as_json=as_json)
        raise click.ClickException(str(error)) from error
    ended = _tell(archive, import_id, as_json=as_json)
    whole = not ended.left_out and not ended.count(RowState.FAILED) and not ended.trouble
    raise SystemExit(0 if whole else 1)


def _opened(
    archive: Archive, actor: Actor, source: Path, manifest: Path | None, *, dry_run: bool
) -> ImportId:
    table = None
    if manifest is not None:
        if manifest.stat().st_size > MOST_BYTES:
            raise TooLarge(limit=size(MOST_BYTES))
        table = manifest.name, _stored(archive, manifest)
    if source.is_dir():
        if not dry_run:
            with archive.reading() as session:
                begun = queries.begun_before(session, str(source), table[1].digest if table else None)
            if begun is not None:
                return begun
        with archive.unit_of_work(actor) as work:
            return importing.open_folder(work, source, table)
    if source.stat().st_size > archive.settings.max_upload_bytes:
        raise TooLarge(limit=size(archive.settings.max_upload_bytes))
    blob = _stored(archive, source)
    with archive.reading() as session:
        begun = None if dry_run else queries.begun_with(session, blob.digest)
    if begun is not None:
        return begun
    with archive.unit_of_work(actor) as work:
        return importing.open_zip(work, blob, source.name, table, announce=False)


def _stored(archive: Archive, path: Path) -> Blob:
    with path.open("rb") as file, storage_errors():
        return archive.blobs.put(iter(lambda: file.read(BLOCK), b""))


def _carry_out(archive: Archive, import_id: ImportId) -> None:
    def looked() -> bool:
        if sys.stderr.isatty():
            with archive.reading() as session:
                view = queries.import_view(session, service_actor(), import_id)
            click.echo(f"\r\x1b[K{view.handled} / {view.to_handle}", err=True, nl=False)
        return False

    importing.run(archive, import_id, looked)
    if sys.stderr.isatty():
        click.echo(err=True)


def _tell(archive: Archive, import_id: ImportId, *, as_json: bool) -> ImportView:
    with archive.reading() as session:
        view = queries.import_view(session, service_actor(), import_id)
        rows = list(queries.all_import_rows(session, import_id, TOLD))
    if as_json:
        click.echo(json.dumps(report(view, rows), ensure_ascii=False, indent=2))
        return view
    for row in rows:
        for problem in row.problems:
            where = f"row {row.number}, {problem.column}: " if row.number else ""
            click.echo(f"{where}{row.path}: {problem.code}", err=True)
    counts = ", ".join(f"{count} {state.value.replace('_', ' ')}" for state, count in view.counts.items())
    trouble = f" ({view.trouble})" if view.trouble else ""
    click.echo(f"import {view.id}: {view.state.value}{trouble}; {counts or 'no rows'}")
    return view


def report(view: ImportView, rows: list[RowView]) -> dict[str, object]:
    return {
        "id": view.id,
        "state": view.state.value,
        "trouble": view.trouble or None,
        "counts": {state.value: view.count(state) for state in RowState},
        "unread_columns": list(view.unread),
        "problems": [
            {"row": row.number, "path": row.path, "column": p.column, "code": p.code}
            for row in rows
            for p in row.problems
        ],
    }


@bulk.command("list", help="The latest imports, and the exports that wait for a decision or to be fetched.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def listing(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        imports = queries.imports(session, service_actor("cli"), limit=20)
        exports = export_queries.exports(session, service_actor("job"), limit=20)
    if as_json:
        told = {
            "imports": [report(view, []) for view in imports],
            "exports": [{"id": e.id, "state": e.state.value, "documents": e.documents} for e in exports],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for view in imports:
        click.echo(f"import {view.id:<6} {view.state.value:<10} {view.handled}/{view.to_handle}")
    for one in exports:
        click.echo(f"export {one.id:<6} {one.state.value:<10} {one.documents}")


commands: Final[tuple[click.Command, ...]] = (bulk,)
