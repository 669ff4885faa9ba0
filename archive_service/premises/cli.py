"""``archive premises …``: for whoever has the machine."""

import click


@click.group(help="Projects, buildings and units.")
def premises() -> None: ...


commands: tuple[click.Command, ...] = (premises,)
