"""How dates, sizes and numbers stand on a page: the same in both languages, at the counter's own time."""

from datetime import date, datetime

from flask import Flask

from archive_service.kernel.clock import BUSINESS_ZONE

_STEPS = ("KB", "MB", "GB", "TB")


def day(value: date | datetime | None) -> str:
    """``2026-03-08``, for an instant the day it was at the counter; nothing for None.

    Raises ValueError for a datetime without a zone.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = _here(value).date()
    return value.isoformat()


def instant(value: datetime | None) -> str:
    """``2026-03-08 14:05``, Asia/Shanghai; nothing for None. Raises ValueError as ``day``."""
    return "" if value is None else f"{_here(value):%Y-%m-%d %H:%M}"


def size(count: int | None) -> str:
    """Bytes as people read them: ``812 B``, ``3.4 MB``; 1 KB is 1024 bytes, as file managers count."""
    if count is None:
        return ""
    if count < 1024:
        return f"{count} B"
    amount = float(count)
    for step in _STEPS:
        amount /= 1024
        if amount < 1023.95 or step == _STEPS[-1]:
            return f"{amount:.0f} {step}" if amount >= 100 else f"{amount:.1f} {step}"
    raise AssertionError("unreachable")


def count(value: int) -> str:
    """``12,345``."""
    return f"{value:,}"


def _here(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime: give it a time zone")
    return value.astimezone(BUSINESS_ZONE)


def init_formats(app: Flask) -> None:
    app.jinja_env.filters.update(day=day, instant=instant, size=size, count_of=count)
