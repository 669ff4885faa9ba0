from typing import Final

from archive_service import outbox, records
from archive_service.jobs import JobName
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import MessageId
from archive_service.unit_of_work import UnitOfWork

READING: Final = "version.received"


def run_job_now(work: UnitOfWork, name: str) -> None:
    """Ask the background for a periodic job out of its turn. Raises Forbidden, NotFound."""
    work.actor.must(Permission.RUN_JOBS)
    if name not in tuple(JobName):
        raise NotFound()
    work.publish("job.wanted", name=name)
    work.audit("job.wanted", f"job:{name}")


def send_again(work: UnitOfWork, message_id: int | None) -> int:
    """Hand a message that was given up (None: all of them) to the background again; how many there were.

    Raises Forbidden, and NotFound if the one message isn't given up (any more).
    """
    work.actor.must(Permission.RUN_JOBS)
    one = None if message_id is None else MessageId(message_id)
    payloads = outbox.dead_payloads(work.session, READING, one)
    records.read_again(work, [int(payload["version_id"]) for payload in payloads])
    count = outbox.retry_dead(work.session, work.now, one)
    if message_id is not None and not count:
        raise NotFound()
    work.audit("message.sent-again", "outbox", count=count)
    return count
