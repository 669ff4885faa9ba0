"""What happened to a thing, in words: the audit trail of a document, case file, unit, owner or account, for those who
may see the thing itself. Rows hold no personal data, and words name only what the row says of this one thing.
"""

from archive_service.history.queries import PAGE_SIZE, Event, Kind, events_of

__all__ = ["PAGE_SIZE", "Event", "Kind", "events_of"]
