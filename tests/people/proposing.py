"""What stories about proposed roles have in common."""

from archive_service import audit
from archive_service.bootstrap import Archive
from archive_service.kernel.ids import UserId
from archive_service.people import service
from archive_service.people.queries import grants_of
from archive_service.people.rules.proposals import GrantState
from archive_service.people.rules.roles import Role
from tests.people.visitor import actor


def roles(archive: Archive, user_id: UserId) -> tuple[str, ...]:
    return actor(archive, user_id).roles


def propose(archive: Archive, who: UserId, whom: UserId, role: Role, **terms: object) -> int:
    with archive.unit_of_work(actor(archive, who)) as work:
        proposed = service.propose_role(work, whom, role, **terms)  # type: ignore[arg-type]  # dates and classes
    assert proposed.waits
    return proposed.grant_id


def approve(archive: Archive, who: UserId, grant_id: int) -> None:
    with archive.unit_of_work(actor(archive, who)) as work:
        service.approve_role(work, grant_id)


def actions(archive: Archive, user_id: UserId) -> list[str]:
    """What the trail tells of the person's roles, the latest first."""
    with archive.reading() as session:
        trail = audit.trail(session, subject=f"user:{user_id}")
    return [one.action for one in trail if one.action.startswith("role.")]


def state(archive: Archive, user_id: UserId, grant_id: int) -> GrantState:
    with archive.reading() as session:
        return next(g.state for g in grants_of(session, archive.clock.now(), user_id) if g.id == grant_id)
