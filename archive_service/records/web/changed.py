"""What others changed of a document after somebody had begun to write."""

from sqlalchemy.orm import Session

from archive_service.records.queries import documents as queries
from archive_service.records.web.documents import changes_of
from archive_service.records.web.furnishing import Seen
from archive_service.web.meanwhile import Line


def changed_since(session: Session, seen: Seen, revision: int) -> dict[str, str]:
    """What stood in the fields that were changed after ``revision``, as the person saw it then."""
    before: dict[str, str] = {}
    for correction in queries.corrections(session, seen.row.id):  # newest first: the oldest stays
        if correction.revision > revision:
            before |= {name: seen.shown(str(value)) for name, value in correction.before.items()}
    if "level" in before and not seen.row.level_chosen:
        before["level"] = ""
    return before


def changed_lines(session: Session, seen: Seen, revision: int) -> list[Line]:
    """Every change after ``revision`` in words, the oldest first."""
    later = [c for c in queries.corrections(session, seen.row.id) if c.revision > revision]
    return [
        Line(change.field, seen.shown(change.before), seen.shown(change.after))
        for correction in reversed(later)
        for change in changes_of(correction)
    ]
