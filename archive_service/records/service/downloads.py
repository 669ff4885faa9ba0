"""Who took what away: every answer that carries bytes of a file is on record."""

import uuid
from datetime import timedelta
from typing import Final

from archive_service import audit
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.unit_of_work import actor_label

ONE_DOWNLOAD: Final = timedelta(minutes=10)
"""What one person fetches of one version within this time is one download: readers take files in many parts."""


def note_download(archive: Archive, actor: Actor, document_id: uuid.UUID, number: int, action: str) -> None:
    """Write the row before the first byte leaves, unless there is one. On record when this returns."""
    subject, person = f"document:{document_id}", actor_label(actor).partition("/")[0]
    since = archive.clock.now() - ONE_DOWNLOAD
    with archive.reading() as session:
        recent = audit.recent(session, person=person, action=action, subject=subject, since=since)
    if any(row.facts.get("version") == number for row in recent):
        return
    with archive.unit_of_work(actor) as work:
        work.audit(action, subject, version=number)
