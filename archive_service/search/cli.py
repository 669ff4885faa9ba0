"""``archive search`` and ``archive index``: for the machine's own administrator, who sees everything."""

import json

import click

from archive_service import records, search
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import VersionId
from search_index import IndexBusy, Pieces, QueryError


def _marked(pieces: Pieces) -> str:
    return "".join(f"[{text}]" if marked else text for text, marked in pieces)


@click.command("search", help="Find documents by their words; the same language as on the page.")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--old", is_flag=True, help="Also old versions.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def find(archive: Archive, words: tuple[str, ...], limit: int, old: bool, as_json: bool) -> None:
    from archive_service.search.web.words import (  # loads Flask, which other commands do without
        hint_text,
        reading_note,
    )

    asked = search.SearchRequest(" ".join(words), old_versions=old, limit=limit, facets=False)
    try:
        found = search.find(archive, service_actor("cli"), asked)
    except QueryError as error:
        raise click.ClickException(f"{error.message} (at character {error.position + 1})") from error
    hints = [(hint, hint_text(hint, found.classes, "en", str)) for hint in found.hints]
    if as_json:
        hits = [
            {
                "id": str(hit.document.id),
                "version": hit.version.number,
                "is_current": hit.version.is_current,
                "title": "".join(text for text, _ in hit.title),
                "page": hit.page,
                "snippet": "".join(text for text, _ in hit.snippet),
                "class": hit.document.class_code,
                "unit": hit.document.unit,
                "date": hit.document.doc_date,
                "reading_state": hit.version.state.value,
                "reason": hit.version.trouble or None,
            }
            for hit in found.hits
        ]
        told = [{"code": f"search.{hint.code}", "text": text, "query": hint.query} for hint, text in hints]
        answer = {"total": found.total, "from_index": found.from_index, "hits": hits, "hints": told}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    if not found.from_index:
        click.echo(
            "The index can't be asked: only descriptions were searched. Try: archive index rebuild", err=True
        )
    for hit in found.hits:
        old_version = "" if hit.version.is_current else f"  (old version {hit.version.number})"
        page = f"  p. {hit.page}" if hit.page else ""
        click.echo(f"{hit.document.id}  {_marked(hit.title)}{old_version}{page}")
        if note := reading_note(hit.version):
            click.echo(f"    ({': '.join(note)})")
        elif hit.snippet:
            click.echo(f"    {_marked(hit.snippet)}")
    click.echo(f"{found.total} found", err=True)
    for hint, text in hints:
        click.echo(f"{text} Try: {hint.query}" if hint.query else text, err=True)


@click.group("index", help="The search index: a cache that can be built anew at any time.")
def index() -> None: ...


@index.command(help="Build it anew from the database, while the old one goes on answering.")
@click.pass_obj
def rebuild(archive: Archive) -> None:
    def tell(done: int) -> None:
        click.echo(f"\r{done} versions", nl=False, err=True)

    refused: dict[int, str] = {}
    try:
        count = search.rebuild(
            archive, tell, lambda version_id, reason: refused.update({version_id: type(reason).__name__})
        )
    except IndexBusy as error:
        raise click.ClickException(
            "another process is writing to the index; please try again later"
        ) from error
    click.echo("", err=True)
    click.echo(f"{count} versions are in the index")
    with archive.reading() as session:
        for version_id, reason in refused.items():
            version = records.version_by_id(session, VersionId(version_id))
            name = f"version {version.number} of document {version.document_id}"
            click.echo(f"{name} could not be put into it ({reason})", err=True)
    if refused:
        raise SystemExit(1)


@index.command(help="Whether it can be read, and whether it holds what the database says.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def status(archive: Archive, as_json: bool) -> None:
    state = search.index_status(archive)
    expected = search.expected_entries(archive)
    well = state.healthy and state.entries == expected
    if as_json:
        facts = {"healthy": state.healthy, "entries": state.entries, "expected": expected}
        click.echo(json.dumps(facts, indent=2))
    elif not state.healthy:
        click.echo("The index can't be read. Try: archive index rebuild")
    else:
        click.echo(f"{state.entries} versions in the index, {expected} for it in the database")
    raise SystemExit(0 if well else 1)


commands = [find, index]
