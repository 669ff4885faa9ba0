"""The working calendar: the week, the public holidays and the weekends that are worked instead (调休), as data that
people keep. A year that nobody entered has its weekends only, and the service says so.
"""

from archive_service.working_days.queries import (
    ChangeRow,
    YearRow,
    add_working_days,
    are_loaded,
    calendar,
    change_count,
    changes_of,
    is_working_day,
    known_years,
    missing_years,
    next_working_day,
    year_row,
)
from archive_service.working_days.rules import NamedDay, WorkingCalendar
from archive_service.working_days.service import (
    DayChange,
    change_day,
    enter_year,
    load_shipped_years,
    preview,
)

__all__ = [
    "ChangeRow",
    "DayChange",
    "NamedDay",
    "WorkingCalendar",
    "YearRow",
    "add_working_days",
    "are_loaded",
    "calendar",
    "change_count",
    "change_day",
    "changes_of",
    "enter_year",
    "is_working_day",
    "known_years",
    "load_shipped_years",
    "missing_years",
    "next_working_day",
    "preview",
    "year_row",
]
