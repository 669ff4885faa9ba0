"""The file plan (分类方案): the tree of classes under which documents are filed, read-only here.

It is loaded from the plan that ships with the service when the database is migrated; only selectable classes
take documents, and each carries its own level of confidentiality and retention.
"""

from archive_service.classification.models import LEVELS
from archive_service.classification.queries import ClassRow, class_row, class_rows, plan_is_loaded
from archive_service.classification.service import UnknownClass, load_file_plan, selectable_class

__all__ = [
    "LEVELS",
    "ClassRow",
    "UnknownClass",
    "class_row",
    "class_rows",
    "load_file_plan",
    "plan_is_loaded",
    "selectable_class",
]
