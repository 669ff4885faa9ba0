"""Holds (冻结): papers that a lawsuit, an audit or a complaint keeps as they are. Placed with a reason, looked at again
on a day, released by somebody else than who placed them. Whatever is filed later into the scope of a standing hold
falls under it.
"""

from archive_service.holds.queries import HoldRow, against, hold, hold_count, holds
from archive_service.holds.rules import Cause, HoldId, HoldKind, Scope, ScopeKind, keeps_from_lending
from archive_service.holds.service import place, release, review

__all__ = [
    "Cause",
    "HoldId",
    "HoldKind",
    "HoldRow",
    "Scope",
    "ScopeKind",
    "against",
    "hold",
    "hold_count",
    "holds",
    "keeps_from_lending",
    "place",
    "release",
    "review",
]
