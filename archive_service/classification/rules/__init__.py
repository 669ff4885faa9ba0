"""The file plan as values, as YAML or a workbook, and what may become of it. Pure."""

from importlib import resources

from archive_service.classification.rules.changes import (
    CHANGE_NAMES,
    Change,
    ChangeKind,
    ClassMissing,
    ClassMoved,
    Contradiction,
    changes,
    check,
    next_number,
)
from archive_service.classification.rules.editing import closed, inserted, reopened, replaced, retention_of
from archive_service.classification.rules.plan import FilePlan, PlannedClass, RetentionRule, Term
from archive_service.classification.rules.sheets import parse_sheets, write_sheets
from archive_service.classification.rules.workbook import BEGINNINGS, OLD_BEGINNING
from archive_service.classification.rules.written import BadPlan, parse_plan, verify, write_plan

__all__ = [
    "CHANGE_NAMES",
    "BadPlan",
    "Change",
    "ChangeKind",
    "ClassMissing",
    "ClassMoved",
    "Contradiction",
    "FilePlan",
    "PlannedClass",
    "RetentionRule",
    "Term",
    "changes",
    "check",
    "closed",
    "inserted",
    "next_number",
    "parse_plan",
    "parse_sheets",
    "read_plan",
    "reopened",
    "replaced",
    "retention_of",
    "shipped_plan",
    "verify",
    "write_plan",
    "write_sheets",
]


def read_plan(data: bytes) -> FilePlan:
    """The plan in a file, told by its first bytes: a workbook, or else YAML. Raises BadPlan."""
    return parse_sheets(data) if data.startswith((*BEGINNINGS, OLD_BEGINNING)) else parse_plan(data)


def shipped_plan() -> FilePlan:
    """The plan that comes with the service."""
    data = resources.files("archive_service.classification").joinpath("data/file_plan.yaml").read_bytes()
    return parse_plan(data)
