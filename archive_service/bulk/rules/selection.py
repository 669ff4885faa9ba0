"""Which documents are meant: those ticked, or all that a list or a search shows. Pure."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from archive_service.bulk.rules import NothingChosen
from archive_service.kernel.errors import Invalid
from archive_service.kernel.ids import parse_uuid


class Origin(StrEnum):
    TICKED = "ticked"
    SEARCH = "search"
    CLASS = "class"
    INBOX = "inbox"
    FILE = "file"


MOST_TICKED: Final = 500
ON_A_PAGE: Final = 50
LONGEST_VALUE: Final = 1000
_KEYS: Final[Mapping[Origin, frozenset[str]]] = {
    Origin.TICKED: frozenset(),
    Origin.SEARCH: frozenset({"q", "sort", "old", "class", "year", "building", "state", "level"}),
    Origin.CLASS: frozenset({"code", "class", "state", "sort"}),
    Origin.INBOX: frozenset({"show"}),
    Origin.FILE: frozenset({"case_file"}),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """``asked``: what the list was asked for, by the names of its address; ``ids``: of what was ticked."""

    origin: Origin
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: tuple[uuid.UUID, ...] = ()

    def one(self, name: str) -> str:
        return (self.asked.get(name) or ("",))[0]

    @property
    def fits_a_page(self) -> bool:
        """Whether one page of a list shows all of it, so that nobody takes more along than they have before them."""
        return self.origin is Origin.TICKED and len(self.ids) <= ON_A_PAGE

    def as_json(self) -> dict[str, Any]:
        return {
            "origin": self.origin.value,
            "asked": {name: list(values) for name, values in self.asked.items()},
            "ids": [str(one) for one in self.ids],
        }


def selection_from(kept: Mapping[str, Any]) -> Selection:
    """The reverse of ``as_json``."""
    return Selection(
        Origin(kept["origin"]),
        {name: tuple(values) for name, values in kept["asked"].items()},
        tuple(uuid.UUID(one) for one in kept["ids"]),
    )


def ticked(texts: list[str]) -> Selection:
    """Raises NothingChosen; what is no id is left out."""
    ids = dict.fromkeys(one for text in texts[: MOST_TICKED + 1] if (one := parse_uuid(text)) is not None)
    if not ids:
        raise NothingChosen()
    return Selection(Origin.TICKED, ids=tuple(ids))


def asked_for(origin: str, asked: Mapping[str, list[str]]) -> Selection:
    """All of a list. Names that it doesn't know are left out, such as the page. Raises Invalid."""
    if origin not in set(Origin) or origin == Origin.TICKED:
        raise Invalid(field="origin")
    known = _KEYS[Origin(origin)]
    kept = {
        name: tuple(value[:LONGEST_VALUE] for value in values[:20])
        for name, values in asked.items()
        if name in known and any(values)
    }
    return Selection(Origin(origin), kept)
