"""Long trials of reliability, run by ``make trials``; a short share of each runs in the tests.

``make trials`` runs all of them one after the other, ``make trials ARGS="kills --rounds 50"`` one.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tests.trials import kills, large_uploads, loans, long_documents, office, worker_kills

BY_NAME = frozenset({"office"})
"""Run only when named: they need programs that few machines have."""


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        names = [name for name in main.commands if name not in BY_NAME]
        failed = [name for name in names if not context.invoke(main.commands[name])]
        click.echo(f"failed: {', '.join(failed)}" if failed else "all trials passed")
        sys.exit(1 if failed else 0)


@contextmanager
def data_dir() -> Iterator[Path]:
    """A service's data for the length of a trial."""
    with tempfile.TemporaryDirectory(prefix="archive-trial-") as folder:
        yield Path(folder) / "data"


@main.result_callback()
def _end(passed: bool | None) -> None:
    """Each trial returns whether it passed."""
    sys.exit(0 if passed else 1)


@main.command("kills")
@click.option("--rounds", default=500, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--minutes", default=float("inf"), help="End sooner, with as many as fit.")
def kill_anything(rounds: int, seed: int, minutes: float) -> bool:
    """Kill the service again and again while papers come in; nothing acknowledged may be lost."""
    with data_dir() as data:
        outcome = kills.trial(data, rounds, seed, say=click.echo, minutes=minutes)
    click.echo(outcome)
    return outcome.clean


@main.command("loans")
@click.option("--rounds", default=50, show_default=True)
@click.option("--people", default=200, show_default=True)
@click.option("--postgres/--sqlite", default=False)
def one_paper_for_many(rounds: int, people: int, postgres: bool) -> bool:
    """Many ask for one paper at the same moment; exactly one slip may get it each time."""
    with data_dir() as data:
        outcome = loans.trial(data, rounds, people, postgres=postgres, say=click.echo)
    click.echo(outcome)
    return outcome.clean


@main.command("office")
def through_a_spreadsheet() -> bool:
    """The file plan through LibreOffice, which must be installed, and back: nothing of it may change."""
    with data_dir() as data:
        return office.trial(data, say=click.echo)


@main.command("worker-kills")
@click.option("--times", default=100, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--minutes", default=float("inf"), help="End sooner, with as many as fit.")
def kill_the_worker(times: int, seed: int, minutes: float) -> bool:
    """Kill the worker while it reads; every document is read in the end, and once."""
    with data_dir() as data:
        outcome = worker_kills.trial(data, times, seed, say=click.echo, minutes=minutes)
    click.echo(outcome)
    return outcome.clean


@main.command("long-documents")
@click.option("--pages", default=2000, show_default=True)
@click.option(
    "--kind", "kinds", type=click.Choice([kind.value for kind in long_documents.Kind]), multiple=True
)
def read_long_documents(pages: int, kinds: tuple[str, ...]) -> bool:
    """Read a scan of 2,000 pages, as PDF and as TIFF, with a worker killed half way."""
    passed = True
    for kind in kinds or list(long_documents.Kind):
        with data_dir() as data:
            outcome = long_documents.trial(data, long_documents.Kind(kind), pages, say=click.echo)
        click.echo(outcome)
        passed = passed and outcome.clean
    return passed


@main.command("large-uploads")
@click.option("--mebibytes", default=large_uploads.LARGEST // large_uploads.MIB, show_default=True)
def send_the_largest(mebibytes: int) -> bool:
    """Send the largest file that is taken, in parts and in one call; memory may not grow with it."""
    with data_dir() as data:
        outcome = large_uploads.trial(data, mebibytes * large_uploads.MIB)
    for line in large_uploads.told(outcome):
        click.echo(line)
    return outcome.clean


if __name__ == "__main__":
    main()
