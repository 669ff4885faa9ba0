"""The tables of documents, case files and what becomes of them."""

from archive_service.records.models.case_files import CaseFile, CaseFileChange, NumberCounter
from archive_service.records.models.checks import PropertyCheck, PropertyCheckLine
from archive_service.records.models.documents import UNFILED, Correction, Document, Page, Rendition, Version
from archive_service.records.models.filing import Drawing, Filing, PreparedFacts
from archive_service.records.models.reviewing import OPEN_REVIEW, AccessReason, EditLock, LockBreak, Review
from archive_service.records.models.standing import (
    LIVE_RELATION,
    EmptyNumber,
    LevelRequest,
    Relation,
    RetentionTerm,
    RuleApproval,
)

__all__ = [
    "LIVE_RELATION",
    "OPEN_REVIEW",
    "UNFILED",
    "AccessReason",
    "CaseFile",
    "CaseFileChange",
    "Correction",
    "Document",
    "Drawing",
    "EditLock",
    "EmptyNumber",
    "Filing",
    "LevelRequest",
    "LockBreak",
    "NumberCounter",
    "Page",
    "PreparedFacts",
    "PropertyCheck",
    "PropertyCheckLine",
    "Relation",
    "Rendition",
    "RetentionTerm",
    "Review",
    "RuleApproval",
    "Version",
]
