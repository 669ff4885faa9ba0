"""Imports every table once: migrations and tests need the whole, and nobody else does."""

from archive_service.api import models as _api
from archive_service.approvals import models as _approvals
from archive_service.audit import models as _audit
from archive_service.bulk import models as _bulk
from archive_service.checklists import models as _checklists
from archive_service.classification import models as _classification
from archive_service.holds import models as _holds
from archive_service.intake import models as _intake
from archive_service.jobs import models as _jobs
from archive_service.kernel.db import Base
from archive_service.loans import models as _loans
from archive_service.locations import models as _locations
from archive_service.outbox import models as _outbox
from archive_service.people import models as _people
from archive_service.premises import models as _premises
from archive_service.records import models as _records
from archive_service.reminders import models as _reminders
from archive_service.scans import models as _scans
from archive_service.suggestions import models as _suggestions
from archive_service.working_days import models as _working_days

__all__ = ["metadata"]

_TABLES = (
    _api,
    _approvals,
    _audit,
    _checklists,
    _bulk,
    _classification,
    _holds,
    _intake,
    _jobs,
    _loans,
    _locations,
    _outbox,
    _people,
    _premises,
    _records,
    _reminders,
    _scans,
    _suggestions,
    _working_days,
)
metadata = Base.metadata
