"""Whether it is somebody's turn on a request, and under whose hat."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from archive_service import people
from archive_service.approvals.queries.hats import at_work, hats_of
from archive_service.approvals.queries.requests import RequestRow
from archive_service.approvals.rules import hat_for
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class Turn:
    """``refused``: why they can't give the next word, None if they can. ``on_behalf_of``: name of who delegated."""

    refused: ArchiveError | None
    on_behalf_of: str | None = None

    @property
    def is_yours(self) -> bool:
        return self.refused is None


def turn_of(session: Session, actor: Actor, now: datetime, row: RequestRow) -> Turn | None:
    """None for who decides nothing, and on requests that have ended."""
    me = actor.user_id
    if row.role is None or me is None or not actor.may(Permission.DECIDE_APPROVALS):
        return None
    try:
        hat = hat_for(hats_of(at_work(session, now), me), row.role, me, row.requester_id, row.decided)
    except ArchiveError as error:
        return Turn(error)
    if hat.delegation is None:
        return Turn(None)
    return Turn(None, people.display_names(session, [hat.owner])[hat.owner])
