"""The archive as of some days ago: what a centre did in the weeks before the demo began."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from archive_service.bootstrap import Archive


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def days_ago(archive: Archive, days: int, hour: int = 2) -> Archive:
    """``hour``: UTC; two is ten in the morning at the counter."""
    day = archive.clock.now().astimezone(UTC) - timedelta(days=days)
    return replace(archive, clock=Standing(day.replace(hour=hour, minute=12, second=0, microsecond=0)))
