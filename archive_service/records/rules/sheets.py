"""How big the paper of a page is, and what such a sheet is called. Pure. Source: metadata.md §5 (GB/T 14689)."""

from dataclasses import dataclass
from typing import Final

MM_PER_INCH: Final = 25.4
TOLERANCE: Final = 0.03

SHEETS: Final[tuple[tuple[str, float, float], ...]] = (
    ("A0", 841, 1189),
    ("A1", 594, 841),
    ("A2", 420, 594),
    ("A3", 297, 420),
    ("A4", 210, 297),
    ("A5", 148, 210),
    ("B5", 176, 250),
    ("B5 (JIS)", 182, 257),
    ("16K", 184, 260),
    ("16K", 195, 270),
)
"""(name, short side, long side) in millimetres. Those whose sizes overlap stand in the order in which they are met."""

SLIPS: Final[tuple[tuple[str, float, float], ...]] = (
    ("241×140 mm", 140, 241),
    ("ID card", 54, 85.6),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's paper. ``long_mm``: 0 where the file doesn't say; pixels are those of the page in full size.

    ``scanned``: its pixels are those of a scan; else it was drawn and has no resolution of its own.
    """

    long_mm: float
    width: int
    height: int
    scanned: bool = True

    @property
    def short_mm(self) -> float:
        long, short = max(self.width, self.height), min(self.width, self.height)
        return self.long_mm * short / long if long else 0.0

    @property
    def dpi(self) -> int:
        """0 where nobody knows."""
        if not self.scanned or self.long_mm <= 0:
            return 0
        return round(max(self.width, self.height) / (self.long_mm / MM_PER_INCH))


def sheet_named(sheet: Sheet) -> str:
    """The sheet's name within three per cent on both sides; "" for one that has none or wasn't measured."""
    if sheet.long_mm <= 0:
        return ""
    short, long = sheet.short_mm, sheet.long_mm
    fitting = [
        (abs(short / s - 1) + abs(long / g - 1), name)
        for name, s, g in (*SHEETS, *SLIPS)
        if abs(short / s - 1) <= TOLERANCE and abs(long / g - 1) <= TOLERANCE
    ]
    return min(fitting)[1] if fitting else ""
