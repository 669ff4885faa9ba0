"""Verbs on the calendar. Every change counts the year's revision up and leaves a row for each day."""

from archive_service.working_days.service.changing import change_day, enter_year, preview
from archive_service.working_days.service.loading import load_shipped_years
from archive_service.working_days.service.writing import DayChange

__all__ = ["DayChange", "change_day", "enter_year", "load_shipped_years", "preview"]
