"""Time comes in from outside: a use case sees one ``now``, a test moves it."""

from datetime import UTC, date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

BUSINESS_ZONE: Final = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def business_day(instant: datetime) -> date:
    """The calendar day at the counter (Asia/Shanghai) on which ``instant`` falls."""
    return instant.astimezone(BUSINESS_ZONE).date()
