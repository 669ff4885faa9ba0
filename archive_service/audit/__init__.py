"""The audit trail: who did what to which thing and when, each row chained to the one before by its hash.

A row is written in the same transaction as the change it tells of. It holds ids, codes and digests, never a
person's data in clear, so that it can be kept for ever and shown to an auditor.
"""

from archive_service.audit.queries import AuditRow, event_count, recent, trail
from archive_service.audit.rules import GENESIS, Broken, EventFacts, chained_hash
from archive_service.audit.rules.heads import Fault, FaultWords, SignedHead, public_key, public_text, told
from archive_service.audit.service import append, verify
from archive_service.audit.service.heads import examine, sign_head, signing_key

__all__ = [
    "GENESIS",
    "AuditRow",
    "Broken",
    "EventFacts",
    "Fault",
    "FaultWords",
    "SignedHead",
    "append",
    "chained_hash",
    "event_count",
    "examine",
    "public_key",
    "public_text",
    "recent",
    "sign_head",
    "signing_key",
    "told",
    "trail",
    "verify",
]
