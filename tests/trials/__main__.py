import sys
import tempfile
from pathlib import Path

import click

from tests.trials import kills


@click.command(
    help="Kill the service again and again while papers come in; nothing acknowledged may be lost."
)
@click.option("--rounds", default=500, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(rounds: int, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="archive-trial-") as folder:
        outcome = kills.trial(Path(folder) / "data", rounds, seed, say=click.echo)
    click.echo(outcome)
    sys.exit(0 if outcome.clean else 1)


if __name__ == "__main__":
    main()
