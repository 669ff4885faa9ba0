"""``make bench``: our figures in one table, beside what they should be and a named rival's. Seeded, on loopback only."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from bench import bulk, lists, reading, searching, starting, suggesting, uploading
from bench.figures import Figure, table

PARTS: Final[dict[str, Callable[[Path], Iterator[Figure]]]] = {
    "start": starting.figures,
    "upload": uploading.figures,
    "read": reading.figures,
    "search": searching.figures,
    "suggest": suggesting.figures,
    "lists": lists.figures,
    "bulk": bulk.figures,
}


@click.command(help=__doc__)
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--out", type=click.Path(path_type=Path), help="Write the table to this file as well.")
def main(parts: tuple[str, ...], out: Path | None) -> None:
    figures: list[Figure] = []
    for name in parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="archive-bench-") as folder:
            for figure in PARTS[name](Path(folder)):
                click.echo(f"{figure.what}: {figure.ours}", err=True)
                figures.append(figure)
    text = table(figures)
    click.echo(text)
    if out is not None:
        out.write_text(text + "\n", "utf-8")
    sys.exit(0 if all(figure.met is not False for figure in figures) else 1)


if __name__ == "__main__":
    main()
