"""The file plan as values, as YAML, and what may become of it. Pure."""

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
from archive_service.classification.rules.plan import FilePlan, PlannedClass, RetentionRule, Term
from archive_service.classification.rules.written import BadPlan, parse_plan, write_plan

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
    "next_number",
    "parse_plan",
    "shipped_plan",
    "write_plan",
]


def shipped_plan() -> FilePlan:
    """The plan that comes with the service."""
    data = resources.files("archive_service.classification").joinpath("data/file_plan.yaml").read_bytes()
    return parse_plan(data)
