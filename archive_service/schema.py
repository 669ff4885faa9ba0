"""Imports every table once: migrations and tests need the whole, and nobody else does."""

from archive_service.api import models as _api
from archive_service.audit import models as _audit
from archive_service.classification import models as _classification
from archive_service.intake import models as _intake
from archive_service.jobs import models as _jobs
from archive_service.kernel.db import Base
from archive_service.outbox import models as _outbox
from archive_service.people import models as _people
from archive_service.premises import models as _premises
from archive_service.records import models as _records

__all__ = ["metadata"]

_TABLES = (_api, _audit, _classification, _intake, _jobs, _outbox, _people, _premises, _records)
metadata = Base.metadata
