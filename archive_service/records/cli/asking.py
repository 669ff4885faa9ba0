"""What the commands have in common: the archive at hand, who does it, which paper is meant."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

import click

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import ArchiveError, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.people.queries import sign_in_record

P = ParamSpec("P")
R = TypeVar("R")
MOST: Final = 1000
AS: Final = click.option(
    "--as", "name", default="", help="Sign-in name of who does it; by default the service."
)
JSON: Final = click.option("--json", "as_json", is_flag=True)


def with_archive(command: Callable[Concatenate[Archive, P], R]) -> Callable[P, R]:
    """Hand the command its Archive; what the service refuses ends it with code 1 and a sentence."""

    @wraps(command)
    @click.pass_obj
    def run(archive: Archive, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(archive, *args, **kwargs)
        except ArchiveError as error:
            missing = error.facts.get("fields")
            raise click.ClickException(f"{error} ({missing})" if missing else str(error)) from error

    return run


def person(archive: Archive, name: str) -> Actor:
    if not name:
        return service_actor("cli")
    now = archive.clock.now()
    with archive.reading() as session:
        record = sign_in_record(session, now, name=name)
        actor = people.actor_of(session, record.user_id, now, via="cli") if record else None
    if actor is None:
        raise click.ClickException(f"nobody active is called {name}")
    return actor


def document_called(text: str) -> uuid.UUID:
    document_id = parse_uuid(text)
    if document_id is None:
        raise NotFound()
    return document_id
