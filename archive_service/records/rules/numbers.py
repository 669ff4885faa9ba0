"""Archival numbers (档号): three patterns, built and read back. Pure. Source: metadata.md §6, DA/T 13, DA/T 22.

Levels are joined by ``-``, codes of one level by ``·`` (U+00B7). For bar codes and names of files a twin in ASCII
has ``.`` instead. A number is never changed: what may change, such as an event's period, is no part of it.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Invalid


class Pattern(StrEnum):
    """How the papers of a class are numbered."""

    ITEM = "item"  # each paper by itself
    FILE = "file"  # in a case file of a year
    DRAWING = "drawing"  # in a case file of a building and discipline


class Dept(StrEnum):
    """Who made the paper, as by-item numbers carry it."""

    KF = "KF"
    GC = "GC"
    ZX = "ZX"
    CW = "CW"
    BG = "BG"


DEPT_NAMES: Final = {
    Dept.KF: N_("Customer service"),
    Dept.GC: N_("Engineering department"),
    Dept.ZX: N_("Order and security"),
    Dept.CW: N_("Finance department"),
    Dept.BG: N_("Office"),
}
DRAWINGS: Final = "KJ.02"
EVENT: Final = "event"
_FONDS: Final = "[A-Z0-9]{4,5}"
_CLASS: Final = r"[A-Z]{2}·\d{2}(?:·[A-Z]{1,2})?"
_YEAR: Final = r"(?:19|2[01])\d{2}"
_ITEM: Final = re.compile(
    rf"(?P<fonds>{_FONDS})-(?P<code>{_CLASS})·(?P<year>{_YEAR})-(?P<period>Y|D[1-9]\d?)"
    rf"-(?P<dept>{'|'.join(Dept)})-(?P<item>\d{{4,6}})",
    re.ASCII,
)
_YEAR_FILE: Final = re.compile(
    rf"(?P<fonds>{_FONDS})-(?P<code>{_CLASS})·(?P<year>{_YEAR})-(?P<file>\d{{4,6}})(?:-(?P<item>\d{{3,6}}))?",
    re.ASCII,
)
_DRAWING: Final = re.compile(
    rf"(?P<fonds>{_FONDS})-(?P<code>KJ·02·[A-Z]{{1,2}})-(?P<building>[A-Z0-9]{{1,4}})"
    r"-(?P<file>\d{3,6})(?:-(?P<item>\d{3,6}))?",
    re.ASCII,
)
_DOTS: Final = dict.fromkeys(map(ord, "•・.。‧∙⋅●"), "·")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−ー"), "-")
_BUILDING: Final = re.compile("[A-Z0-9]{1,4}", re.ASCII)


class BadBuilding(Invalid):
    code = "number.bad-building"
    message = N_(
        "“%(value)s” can't stand in a number: write the building in at most four letters and digits, such as 03, A, B2."
    )


@dataclass(frozen=True, slots=True)
class ItemNumber:
    """``WY01-WS·02·2026-D10-KF-0018``"""

    fonds: str
    class_code: str
    year: int
    period: str  # Y, D10, D30
    dept: Dept
    item: int

    @property
    def series(self) -> str:
        return f"{self.fonds}-{dotted(self.class_code)}·{self.year}-{self.period}-{self.dept}"

    def __str__(self) -> str:
        return f"{self.series}-{self.item:04}"


@dataclass(frozen=True, slots=True)
class YearFile:
    """The number of a case file: ``WY01-ZX·01·2026-0045``"""

    fonds: str
    class_code: str
    year: int
    number: int

    @property
    def series(self) -> str:
        return f"{self.fonds}-{dotted(self.class_code)}·{self.year}"

    def __str__(self) -> str:
        return f"{self.series}-{self.number:04}"


@dataclass(frozen=True, slots=True)
class DrawingFile:
    """The number of a case file of drawings: ``WY01-KJ·02·DQ-03-002``"""

    fonds: str
    class_code: str
    building: str
    number: int

    @property
    def series(self) -> str:
        return f"{self.fonds}-{dotted(self.class_code)}-{self.building}"

    def __str__(self) -> str:
        return f"{self.series}-{self.number:03}"


@dataclass(frozen=True, slots=True)
class InFile:
    """A paper in a case file: ``WY01-ZX·01·2026-0045-003``, ``WY01-KJ·02·DQ-03-002-012``"""

    file: YearFile | DrawingFile
    item: int

    @property
    def series(self) -> str:
        return str(self.file)

    def __str__(self) -> str:
        return f"{self.file}-{self.item:03}"


Number = ItemNumber | InFile | YearFile | DrawingFile


def pattern_of(class_code: str, retention_kind: str) -> Pattern:
    """Papers whose period runs from an event stand in files, since nobody knows the period when they are numbered."""
    if class_code == DRAWINGS or class_code.startswith(DRAWINGS + "."):
        return Pattern.DRAWING
    return Pattern.FILE if retention_kind == EVENT else Pattern.ITEM


def dotted(class_code: str) -> str:
    """The class as it stands in a number: ``KJ.02.DQ`` is ``KJ·02·DQ``."""
    return class_code.replace(".", "·")


def ascii_twin(number: str) -> str:
    """For bar codes and names of files: ``WY01-WS.02.2026-D10-KF-0018``."""
    return number.replace("·", ".")


def normalised(typed: str) -> str:
    """A number as people write it, with the dots and dashes that it is stored with; without NUL, which no database of
    ours takes."""
    text = unicodedata.normalize("NFKC", typed).translate(_DOTS).translate(_DASHES)
    return "".join(text.replace("\0", "").split()).upper()


def parse(typed: str) -> Number | None:
    """What a number says, in any spelling; None for what is none."""
    text = normalised(typed)
    number: Number
    if found := _ITEM.fullmatch(text):
        number = ItemNumber(
            found["fonds"],
            _code(found),
            int(found["year"]),
            found["period"],
            Dept(found["dept"]),
            int(found["item"]),
        )
    elif found := _YEAR_FILE.fullmatch(text):
        number = _in_file(
            YearFile(found["fonds"], _code(found), int(found["year"]), int(found["file"])), found
        )
    elif found := _DRAWING.fullmatch(text):
        file = DrawingFile(found["fonds"], _code(found), found["building"], int(found["file"]))
        number = _in_file(file, found)
    else:
        return None
    # Anything else, such as more zeros, would be a second spelling of one number; and counting begins with 1.
    return number if str(number) == text and all(_counts(number)) else None


def _counts(number: Number) -> tuple[int, ...]:
    if isinstance(number, InFile):
        return number.file.number, number.item
    return (number.item if isinstance(number, ItemNumber) else number.number,)


def _code(found: re.Match[str]) -> str:
    return found["code"].replace("·", ".")


def _in_file(file: YearFile | DrawingFile, found: re.Match[str]) -> YearFile | DrawingFile | InFile:
    return file if found["item"] is None else InFile(file, int(found["item"]))


def building_code(typed: str) -> str:
    """A building as numbers carry it: 3栋 is 03, A座 is A, and 00 the whole compound. Raises BadBuilding."""
    text = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    for end in ("号楼", "栋", "幢", "座", "区", "#"):
        text = text.removesuffix(end)
    if _BUILDING.fullmatch(text) is None:
        raise BadBuilding(field="building", value=typed[:20])
    return text.zfill(2) if text.isdigit() else text
