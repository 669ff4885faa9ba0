"""What lies somewhere and where it can lie. Pure."""

import uuid
from dataclasses import dataclass, field
from typing import NewType

LocationId = NewType("LocationId", int)
BoxId = NewType("BoxId", int)
StockTakeId = NewType("StockTakeId", int)


@dataclass(frozen=True, slots=True)
class ItemRef:
    """A paper, a case file or a box: exactly one of the three ids.

    ``in_file``: of a paper, the case file it stands in (``DocumentRow.case_file_id``); it lies where that file lies
    unless it has a place of its own. Two refs of one paper are equal whether or not it is given.
    """

    document_id: uuid.UUID | None = None
    case_file_id: int | None = None
    box_id: int | None = None
    in_file: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        ids = (self.document_id, self.case_file_id, self.box_id)
        if sum(one is not None for one in ids) != 1:
            raise ValueError("an item is a paper, a case file or a box")

    @property
    def subject(self) -> str:
        """As the audit trail names it."""
        if self.document_id is not None:
            return f"document:{self.document_id}"
        if self.case_file_id is not None:
            return f"case-file:{self.case_file_id}"
        return f"box:{self.box_id}"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something can lie: at a place, or in a box. Exactly one of the two."""

    location_id: LocationId | None = None
    box_id: BoxId | None = None

    def __post_init__(self) -> None:
        if (self.location_id is None) == (self.box_id is None):
            raise ValueError("a spot is a place or a box")

    @property
    def subject(self) -> str:
        return f"place:{self.location_id}" if self.location_id is not None else f"box:{self.box_id}"
