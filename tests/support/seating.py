"""People who are simply there: whoever approves roles has said yes to theirs."""

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.ids import UserId


def seat(archive: Archive, user_id: UserId) -> None:
    """Have what waits for ``user_id`` approved by somebody who may, or by the service where nobody may."""
    now = archive.clock.now()
    with archive.reading() as session:
        waiting = [one for one in people.proposals(session, now) if one.user_id == user_id]
        if not waiting:
            return
        at_work = people.everybody_at_work(session, now)
    for one in waiting:
        able = (who for who in at_work if who.may(Permission.APPROVE_ROLES))
        second = next((who for who in able if who.user_id not in (user_id, one.proposer)), None)
        with archive.unit_of_work(second or service_actor("cli")) as work:
            people.approve_role(work, one.id)
