"""What the commands of all capabilities have in common: the archive at hand, and who does it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import ArchiveError, NotFound
from archive_service.kernel.ids import UserId
from archive_service.people.queries import actor_of, sign_in_record
from archive_service.unit_of_work import UnitOfWork

P = ParamSpec("P")
R = TypeVar("R")


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
    """The service itself, or who has this sign-in name, with their own rights."""
    return person_called(archive, name) if name else service_actor("cli")


def person_called(archive: Archive, name: str) -> Actor:
    """Ends the command where nobody active has this sign-in name."""
    now = archive.clock.now()
    with archive.reading() as session:
        record = sign_in_record(session, now, name=name)
        actor = actor_of(session, record.user_id, now, via="cli") if record else None
    if actor is None:
        raise click.ClickException(f"There is nobody with the sign-in name “{name}”.")
    return actor


def user_called(work: UnitOfWork, name: str) -> UserId:
    """Whose account has this sign-in name, open or closed. Raises NotFound."""
    found = sign_in_record(work.session, work.now, name=name)
    if found is None:
        raise NotFound()
    return found.user_id
