"""The periodic jobs by name; ``workers.schedule`` says when each runs and what it calls."""

from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class JobName(StrEnum):
    INDEX_CONSISTENCY = "index_consistency"
    INDEX_TIDY = "index_tidy"
    BLOB_SWEEP = "blob_sweep"
    UPLOAD_EXPIRY = "upload_expiry"
    AUDIT_VERIFY = "audit_verify"
    HOUSEKEEPING = "housekeeping"


TITLES: Final = {
    JobName.INDEX_CONSISTENCY: N_("Compare the search index with the database and mend it"),
    JobName.INDEX_TIDY: N_("Tidy the search index"),
    JobName.BLOB_SWEEP: N_("Remove bytes that belong to nothing"),
    JobName.UPLOAD_EXPIRY: N_("Finish or clear away uploads that were left"),
    JobName.AUDIT_VERIFY: N_("Check the audit trail's chain"),
    JobName.HOUSEKEEPING: N_("Clear away sessions, links and messages that are over"),
}
