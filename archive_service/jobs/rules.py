"""The periodic jobs by name (``workers.schedule`` says when each runs and what it calls), and when a worker is alive."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class JobName(StrEnum):
    INDEX_CONSISTENCY = "index_consistency"
    INDEX_TIDY = "index_tidy"
    BLOB_SWEEP = "blob_sweep"
    UPLOAD_EXPIRY = "upload_expiry"
    AUDIT_VERIFY = "audit_verify"
    BULK_EXPIRY = "bulk_expiry"
    CHECKLIST_GAPS = "checklist_gaps"
    LOAN_REMINDERS = "loan_reminders"
    APPROVALS_LAPSE = "approvals_lapse"
    AUDIT_SIGN = "audit_sign"
    HOUSEKEEPING = "housekeeping"
    SUGGESTIONS_TRAIN = "suggestions_train"
    UNIT_LINKS = "unit_links"
    LOOK_ALIKES = "look_alikes"


TITLES: Final = {
    JobName.INDEX_CONSISTENCY: N_("Compare the search index with the database and mend it"),
    JobName.INDEX_TIDY: N_("Tidy the search index"),
    JobName.BLOB_SWEEP: N_("Remove bytes that belong to nothing"),
    JobName.UPLOAD_EXPIRY: N_("Finish or clear away uploads that were left"),
    JobName.BULK_EXPIRY: N_("End imports nobody decided and exports whose time is over"),
    JobName.AUDIT_VERIFY: N_("Check the audit trail's chain"),
    JobName.CHECKLIST_GAPS: N_("Open and escalate tasks for papers that stay away"),
    JobName.APPROVALS_LAPSE: N_("Let requests lapse that nobody decided in time"),
    JobName.LOAN_REMINDERS: N_("Remind of loans, end what was not fetched in time"),
    JobName.AUDIT_SIGN: N_("Sign the last row of the audit trail of the day"),
    JobName.HOUSEKEEPING: N_("Clear away sessions, links and messages that are over"),
    JobName.SUGGESTIONS_TRAIN: N_("Learn from filed papers what new ones are"),
    JobName.LOOK_ALIKES: N_("Look at papers for separator sheets and likenesses that were read before"),
    JobName.UNIT_LINKS: N_("Find the units that papers and case files speak of"),
}

QUEUES: Final = ("read", "index", "jobs")

SIGN_EVERY: Final = timedelta(seconds=15)
"""One small row is written so often; on an idle SQLite that is the only write there is, some 30 MB a day."""

SILENT_AFTER: Final = timedelta(seconds=45)


def is_alive(seen_at: datetime, now: datetime) -> bool:
    """Also no further in the future: a clock that was set back must not keep a dead worker alive for a year."""
    return abs(now - seen_at) < SILENT_AFTER
