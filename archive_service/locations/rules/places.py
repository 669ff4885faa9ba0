"""Places: the tree of rooms and what stands in them, its codes, what fits. Pure. Source: metadata.md §6."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Invalid

PAPER_MM: Final = 1
"""What a loose paper is taken to need on a shelf; nobody measures each of them."""
CASE_FILE_MM: Final = 20
USUAL_BOX_MM: Final = 40
BOX_WIDTHS_MM: Final = (20, 30, 40, 50, 60, 80)
MOST_MM: Final = 100_000
LONGEST_PATH: Final = 120
DEEPEST: Final = 8


class PlaceKind(StrEnum):
    ROOM = "room"
    CABINET = "cabinet"
    RACK = "rack"
    SAFE = "safe"
    CHEST = "chest"
    OFFSITE = "offsite"
    SIDE = "side"
    SECTION = "section"
    SHELF = "shelf"
    DRAWER = "drawer"


KIND_NAMES: Final = {
    PlaceKind.ROOM: N_("Room"),
    PlaceKind.CABINET: N_("Cabinet"),
    PlaceKind.RACK: N_("Mobile rack"),
    PlaceKind.SAFE: N_("Safe"),
    PlaceKind.CHEST: N_("Drawing chest"),
    PlaceKind.OFFSITE: N_("Off-site store"),
    PlaceKind.SIDE: N_("Side"),
    PlaceKind.SECTION: N_("Section"),
    PlaceKind.SHELF: N_("Shelf"),
    PlaceKind.DRAWER: N_("Drawer"),
}
_FURNITURE: Final = (PlaceKind.CABINET, PlaceKind.RACK, PlaceKind.SAFE, PlaceKind.CHEST)
BELOW: Final[Mapping[PlaceKind | None, tuple[PlaceKind, ...]]] = {
    None: (PlaceKind.ROOM, PlaceKind.OFFSITE),
    PlaceKind.ROOM: _FURNITURE,
    PlaceKind.OFFSITE: (*_FURNITURE, PlaceKind.SHELF),
    PlaceKind.CABINET: (PlaceKind.SIDE, PlaceKind.SECTION, PlaceKind.SHELF, PlaceKind.DRAWER),
    PlaceKind.RACK: (PlaceKind.SIDE, PlaceKind.SECTION),
    PlaceKind.SAFE: (PlaceKind.SHELF, PlaceKind.DRAWER),
    PlaceKind.CHEST: (PlaceKind.DRAWER,),
    PlaceKind.SIDE: (PlaceKind.SECTION, PlaceKind.SHELF),
    PlaceKind.SECTION: (PlaceKind.SHELF,),
    PlaceKind.SHELF: (),
    PlaceKind.DRAWER: (),
}
"""What may stand in what: None is the top."""


class Climate(StrEnum):
    """How binding the limits of a place's air are. Source: workflows.md §11."""

    NONE = "none"
    TARGET = "target"
    REQUIRED = "required"


CLIMATE_NAMES: Final = {
    Climate.NONE: N_("no limits"),
    Climate.TARGET: N_("target"),
    Climate.REQUIRED: N_("required"),
}
PAPER_AIR: Final = (14, 24, 45, 60)
"""°C from and to, % relative humidity from and to, of a store for paper. Source: JGJ 25-2010."""


@dataclass(frozen=True, slots=True)
class Air:
    """Limits of a place: °C and % relative humidity; all None where there are none."""

    climate: Climate = Climate.NONE
    temperature_from: int | None = None
    temperature_to: int | None = None
    humidity_from: int | None = None
    humidity_to: int | None = None


class BadCode(Invalid):
    code = "places.bad-code"
    message = N_("A place's code has one to eight letters, digits or Chinese characters, such as D3 or 库1.")


class BadKind(Invalid):
    code = "places.bad-kind"
    message = N_("This can't stand there: a shelf stands in a cabinet, a cabinet in a room.")


class TooDeep(Invalid):
    code = "places.too-deep"
    message = N_("A place may have at most %(most)s levels above and with it.")


class PlaceThere(Conflict):
    code = "places.there-already"
    message = N_("There is a place with this code already. Choose another code.")


class NeedsWords(Invalid):
    code = "places.needs-words"
    message = N_("Please fill this in.")


class NeedsReason(Invalid):
    code = "places.needs-reason"
    message = N_("Please write the reason: it stays with the change.")


class TooLong(Invalid):
    code = "places.too-long"
    message = N_("Please write at most %(limit)s characters here.")


class BadCapacity(Invalid):
    code = "places.bad-capacity"
    message = N_("The length of a shelf is a whole number of millimetres, from 1 to %(most)s.")


class BadAir(Invalid):
    code = "places.bad-air"
    message = N_(
        "Limits of the air: temperature from −20 to 60 °C, humidity from 0 to 100 %, the lower one first."
    )


class BadWidth(Invalid):
    code = "places.bad-width"
    message = N_("A box's spine is 10 to 200 mm wide.")


class BadYear(Invalid):
    code = "places.bad-year"
    message = N_("Please write the year with four digits.")


class BadPeriod(Invalid):
    code = "places.bad-period"
    message = N_("The retention period of a box is Y, D10, D30 or another number of years; or empty.")


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What is told of a place. ``capacity_mm``: of shelf length, for boxes' spines beside each other; None where
    nothing stands directly."""

    kind: PlaceKind
    code: str
    name: str = ""
    capacity_mm: int | None = None
    air: Air = Air()
    sensor_id: str = ""
    note: str = ""


LENGTHS: Final = {"name": 80, "sensor_id": 64, "note": 255, "reason": 255}
_CODE: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff]{1,8}")
_PERIOD: Final = re.compile(r"(?:Y|D[1-9]\d?)?")


def clean_text(field: str, typed: str) -> str:
    """Raises TooLong."""
    text = " ".join(typed.replace("\0", "").split())
    if len(text) > LENGTHS[field]:
        raise TooLong(field=field, limit=LENGTHS[field])
    return text


def reason_of(typed: str, *, needed: bool = True) -> str:
    """Raises NeedsReason, TooLong."""
    text = clean_text("reason", typed)
    if needed and not text:
        raise NeedsReason(field="reason")
    return text


def place_code(typed: str) -> str:
    """``d3`` is D3. Raises BadCode."""
    text = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    if _CODE.fullmatch(text) is None:
        raise BadCode(field="code", value=typed[:20])
    return text


def clean(facts: PlaceFacts) -> PlaceFacts:
    """Raises BadCode, TooLong, BadCapacity, BadAir."""
    if facts.capacity_mm is not None and not 1 <= facts.capacity_mm <= MOST_MM:
        raise BadCapacity(field="capacity_mm", most=MOST_MM)
    return PlaceFacts(
        facts.kind,
        place_code(facts.code),
        clean_text("name", facts.name),
        facts.capacity_mm,
        clean_air(facts.air),
        clean_text("sensor_id", facts.sensor_id),
        clean_text("note", facts.note),
    )


def clean_air(air: Air) -> Air:
    """Raises BadAir. Limits that nobody told are those of a paper store; without a climate there are none."""
    if air.climate is Climate.NONE:
        return Air()
    told = (air.temperature_from, air.temperature_to, air.humidity_from, air.humidity_to)
    t0, t1, h0, h1 = (usual if one is None else one for one, usual in zip(told, PAPER_AIR, strict=True))
    if not (-20 <= t0 <= t1 <= 60 and 0 <= h0 <= h1 <= 100):
        raise BadAir(field="temperature_from")
    return Air(air.climate, t0, t1, h0, h1)


def path_under(above: str, code: str) -> str:
    """``库1-D3`` and ``A`` is ``库1-D3-A``. Raises TooDeep."""
    path = f"{above}-{code}" if above else code
    if path.count("-") >= DEEPEST or len(path) > LONGEST_PATH:
        raise TooDeep(field="parent", most=DEEPEST)
    return path


def may_stand_in(kind: PlaceKind, above: PlaceKind | None) -> bool:
    return kind in BELOW[above]


def sort_key(path: str) -> str:
    """Texts that stand in the order in which people count: shelf 2 before shelf 10."""
    return "!".join(re.sub(r"\d+", lambda n: n[0].lstrip("0").zfill(6), part) for part in path.split("-"))


def path_of(typed: str) -> str:
    """A place's full code as people type it."""
    text = unicodedata.normalize("NFKC", typed).translate(dict.fromkeys(map(ord, "‐‑‒–—―−ー"), "-"))
    return "".join(text.split()).upper()[:LONGEST_PATH]


def box_width(value: int) -> int:
    """Raises BadWidth."""
    if not 10 <= value <= 200:
        raise BadWidth(field="width_mm")
    return value


def box_year(value: int) -> int:
    """Raises BadYear."""
    if not 1900 <= value <= 2199:
        raise BadYear(field="year")
    return value


def box_period(typed: str) -> str:
    """Raises BadPeriod."""
    text = typed.strip().upper()
    if _PERIOD.fullmatch(text) is None:
        raise BadPeriod(field="retention")
    return text


@dataclass(frozen=True, slots=True)
class Fill:
    """How full a place or a box is. ``capacity_mm``: None where nobody told it."""

    used_mm: int
    capacity_mm: int | None
    items: int = 0

    @property
    def percent(self) -> int | None:
        return None if self.capacity_mm is None else 100 * self.used_mm // self.capacity_mm

    @property
    def over(self) -> bool:
        return self.capacity_mm is not None and self.used_mm > self.capacity_mm
