"""That somebody owned a unit for a while. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Owned:
    """``names``: all that the owner ever had, in clear, to compare and never to be shown. From a day to a day: the
    first on which it was theirs no longer; None: it still is."""

    names: frozenset[str]
    valid_from: date
    valid_to: date | None = None

    def __repr__(self) -> str:
        return f"Owned({self.valid_from}, {self.valid_to})"  # errors and logs show no names

    def between(self, first: date, last: date) -> bool:
        """On one of these days at least, both included."""
        return self.valid_from <= last and (self.valid_to is None or first < self.valid_to)
