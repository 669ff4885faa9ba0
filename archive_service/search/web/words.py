"""What a search has to say besides what it found: message ids."""

from archive_service.kernel.errors import N_
from archive_service.records import STUCK, UNREAD, VersionRow
from archive_service.records.web.words import STATES, trouble

NOT_READ_YET = N_("Its pages have not been read yet, so only what is known of the paper is searched.")


def reading_note(version: VersionRow) -> tuple[str, str] | None:
    """What state a version is in, and why no word of its pages is found; None once it has been read."""
    label = STATES[version.state].label
    if version.state in UNREAD:
        return label, NOT_READ_YET
    return (label, trouble(version.trouble).what) if version.state in STUCK else None
