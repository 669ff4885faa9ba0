"""The years that come with the service, beside those that are there already."""

from archive_service.unit_of_work import UnitOfWork
from archive_service.working_days.queries import lacking_years
from archive_service.working_days.rules.shipped import shipped_years
from archive_service.working_days.service.writing import count_up, differences, write


def load_shipped_years(work: UnitOfWork) -> int:
    """Enter the years that the archive has no days of; how many came. What people entered is left alone."""
    lacking = lacking_years(work.session, [one.year for one in shipped_years()])
    for told in shipped_years():
        if told.year in lacking:
            revision = count_up(work, told.year, 0, source=told.source, complete=True)
            found = differences({}, {one.day: one for one in told.days})
            write(work, told.year, revision, found, source=told.source, reason="")
    if lacking:
        work.audit("working-days.loaded", "working-days", years=sorted(lacking))
    return len(lacking)
