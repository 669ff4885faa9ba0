"""``archive import DIR``: a folder of files goes in, each in its own transaction, as often as one likes."""

import hashlib
import json
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

import click

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.intake.rules import EmptyFile, Purpose
from archive_service.intake.service.accepting import OutcomeKind, accept
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError, StorageBroken, StorageFull, TooLarge
from archive_service.kernel.levels import Level
from archive_service.kernel.storing import storage_errors
from archive_service.people.cli.asking import person
from archive_service.web.formats import size
from storage import Blob, Digest

READ_BYTES: Final = 1024 * 1024
_STOPS: Final = (StorageFull, StorageBroken)


@dataclass(frozen=True, slots=True)
class Imported:
    """``state``: received, here_already, would_go_in, failed or left_out (not an ordinary file)."""

    path: str
    state: str
    document: str | None = None
    reason: str | None = None


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--class", "class_code", default="", metavar="CODE", help="Class of all files, by its code.")
@click.option("--level", type=click.Choice([level.value for level in Level]), help="Level of all files.")
@click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who brings them in.")
@click.option("--recursive/--no-recursive", default=True, show_default=True, help="Folders in it as well.")
@click.option("--dry-run", is_flag=True, help="Only tell what would go in.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
@click.pass_obj
def import_folder(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    folder: Path,
    class_code: str,
    level: str | None,
    name: str,
    recursive: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the files of DIR in.

    Files that are here already are told and left alone, so it can be run again after it was stopped. Hidden
    files are skipped, links are not followed. Exit code 0 only when every file is in.
    """
    actor = person(archive, name)
    purpose = records.Description(class_code=class_code, level=Level(level) if level else None)
    tally: Counter[str] = Counter()
    for path in _files(folder, recursive):
        result = _bring_in(archive, actor, path, purpose, dry_run=dry_run)
        tally[result.state] += 1
        _tell(result, tally, as_json=as_json)
    if not as_json:
        if sys.stderr.isatty():
            click.echo(err=True)
        click.echo(
            " · ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(tally.items()))
            or "no files"
        )
    if tally["failed"] or tally["left_out"]:
        raise SystemExit(1)


commands: Final[list[click.Command]] = [import_folder]


def _files(folder: Path, recursive: bool) -> Iterator[Path]:
    """In order of their names, folder by folder, without hidden ones."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
        elif recursive:
            yield from _files(Path(entry.path), recursive)


def _bring_in(archive: Archive, actor: Actor, path: Path, purpose: Purpose, *, dry_run: bool) -> Imported:
    shown = os.fsencode(path).decode("utf-8", "replace")
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        linked = path.is_symlink()
        reason = "a link" if linked else (error.strerror or type(error).__name__)
        return Imported(shown, "left_out" if linked else "failed", reason=reason)
    with os.fdopen(fd, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            return Imported(shown, "left_out", reason="not an ordinary file")
        try:
            if facts.st_size == 0:
                raise EmptyFile()
            if facts.st_size > archive.settings.max_upload_bytes:
                raise TooLarge(limit=size(archive.settings.max_upload_bytes))
            return (
                _try(archive, actor, file, shown, purpose)
                if dry_run
                else _keep(archive, actor, file, shown, purpose)
            )
        except _STOPS as error:
            raise click.ClickException(f"{shown}: {error}") from error
        except ArchiveError as error:
            return Imported(shown, "failed", reason=str(error))
        except OSError as error:
            return Imported(shown, "failed", reason=error.strerror or type(error).__name__)


def _keep(archive: Archive, actor: Actor, file: BufferedReader, shown: str, purpose: Purpose) -> Imported:
    with storage_errors():
        blob = archive.blobs.put(iter(lambda: file.read(READ_BYTES), b""))
    with archive.unit_of_work(actor) as work:
        existing = records.same_bytes(work.session, work.actor, blob.digest, limit=1)
        if existing:
            return Imported(shown, "here_already", str(existing[0].document.id))
        outcome = accept(work, blob, Path(shown).name, purpose, keep_both=True)
    assert outcome.kind is OutcomeKind.RECEIVED
    return Imported(shown, "received", str(outcome.document_id))


class _OnlyTried(Exception):
    """Takes back what a dry run did."""


def _try(archive: Archive, actor: Actor, file: BufferedReader, shown: str, purpose: Purpose) -> Imported:
    """Everything but the bytes and the commit."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    blob = Blob(Digest(digest), os.fstat(file.fileno()).st_size)
    try:
        with archive.unit_of_work(actor) as work:
            existing = records.same_bytes(work.session, work.actor, digest, limit=1)
            if existing:
                return Imported(shown, "here_already", str(existing[0].document.id))
            accept(work, blob, Path(shown).name, purpose, keep_both=True)
            raise _OnlyTried
    except _OnlyTried:
        return Imported(shown, "would_go_in")


def _tell(result: Imported, tally: Counter[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({k: v for k, v in asdict(result).items() if v is not None}, ensure_ascii=False))
    elif result.state in ("failed", "left_out"):
        click.echo(f"{result.path}: {result.reason}", err=True)
    elif sys.stderr.isatty():
        click.echo(f"\r\x1b[K{tally.total()} · {result.path[-60:]}", err=True, nl=False)
