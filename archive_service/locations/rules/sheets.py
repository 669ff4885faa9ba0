"""Sheets of labels as they are sold, and what stands on a label. Pure. Lengths in millimetres."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from archive_service.kernel.errors import N_, Invalid

MOST_LABELS: Final = 500


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with ``columns`` × ``rows`` labels; from the page's edge to the first one, and between two."""

    name: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    between_columns: float = 0
    between_rows: float = 0
    page: tuple[float, float] = (210, 297)

    @property
    def count(self) -> int:
        return self.columns * self.rows


SHEETS: Final[Mapping[str, Sheet]] = {
    "3x8": Sheet(N_("A4, 3 × 8 labels of 70 × 36 mm"), 3, 8, 70, 36, 0, 4.5),
    "3x7": Sheet(N_("A4, 3 × 7 labels of 63.5 × 38.1 mm"), 3, 7, 63.5, 38.1, 7.2, 15.1, 2.5),
    "2x7": Sheet(N_("A4, 2 × 7 labels of 99.1 × 38.1 mm"), 2, 7, 99.1, 38.1, 4.65, 15.15, 2.5),
    "4x10": Sheet(N_("A4, 4 × 10 labels of 48.5 × 25.4 mm"), 4, 10, 48.5, 25.4, 8, 21.5),
    "2x5": Sheet(N_("A4, 2 × 5 cards of 85 × 54 mm"), 2, 5, 85, 54, 15, 13.5, 10),
    "single": Sheet(N_("One label of 70 × 40 mm a page"), 1, 1, 70, 40, 0, 0, page=(70, 40)),
}


@dataclass(frozen=True, slots=True)
class Label:
    """``code``: in ASCII, drawn as QR code and bars and written below. ``heading``: large, ``lines`` under it."""

    code: str
    heading: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spine:
    """The back of a box (盒脊). Rows of (what, text), from the top; ``code``: the number of the box."""

    code: str
    width_mm: int
    rows: tuple[tuple[str, str], ...]


class UnknownSheet(Invalid):
    code = "labels.unknown-sheet"
    message = N_("Choose one of the sheets.")


class BadStart(Invalid):
    code = "labels.bad-start"
    message = N_("The first label to print on is a number from 1 to %(most)s on this sheet.")


class NoLabels(Invalid):
    code = "labels.none"
    message = N_("Choose what labels are for: scan or type at least one code.")


class TooManyLabels(Invalid):
    code = "labels.too-many"
    message = N_("At most %(most)s labels at once. Please print them in parts.")


class NotKnownHere(Invalid):
    code = "labels.not-known"
    message = N_("Not known here: %(codes)s")


def sheet_called(name: str) -> Sheet:
    """Raises UnknownSheet."""
    if name not in SHEETS:
        raise UnknownSheet(field="sheet")
    return SHEETS[name]


def must_fit(sheet: Sheet, start: int, count: int) -> None:
    """``start``: the first label to print on, from 1. Raises BadStart, NoLabels, TooManyLabels."""
    if not 1 <= start <= sheet.count:
        raise BadStart(field="start", most=sheet.count)
    if not count:
        raise NoLabels(field="codes")
    if count > MOST_LABELS:
        raise TooManyLabels(field="codes", most=MOST_LABELS)
