"""What the commands about papers have in common: their options, which paper is meant."""

import uuid
from typing import Final

import click

from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.records.rules.filing import FACT_NAMES

MOST: Final = 1000
AS: Final = click.option(
    "--as", "name", default="", help="Sign-in name of who does it; by default the service."
)
JSON: Final = click.option("--json", "as_json", is_flag=True)


def document_called(text: str) -> uuid.UUID:
    document_id = parse_uuid(text)
    if document_id is None:
        raise NotFound()
    return document_id


def facts_typed(typed: tuple[str, ...]) -> dict[str, str]:
    """Of NAME=VALUE each. Raises UsageError for a name that no fact has."""
    told = dict(fact.partition("=")[::2] for fact in typed)
    if unknown := sorted(set(told) - set(FACT_NAMES)):
        raise click.UsageError(f"no fact is called {', '.join(unknown)}")
    return told
