"""The file plan (分类方案): the tree of classes under which documents are filed, in versions.

The first version ships with the service; later ones are made here, each with who, when and why. Only selectable
classes that are not closed take documents, and each carries its own level of confidentiality and retention.
"""

from archive_service.classification.models import LEVELS
from archive_service.classification.queries import (
    ClassRow,
    RuleRow,
    class_row,
    class_rows,
    is_loaded,
    plan_in_force,
    rules_by_id,
    rules_in_force,
)
from archive_service.classification.service import UnknownClass, load_shipped_plan, selectable_class

__all__ = [
    "LEVELS",
    "ClassRow",
    "RuleRow",
    "UnknownClass",
    "class_row",
    "class_rows",
    "is_loaded",
    "load_shipped_plan",
    "plan_in_force",
    "rules_by_id",
    "rules_in_force",
    "selectable_class",
]
