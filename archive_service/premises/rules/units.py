"""What a unit is, how people name it, and the order in which units stand. Source: domain/metadata.md §4."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, NewType, TypeVar

from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.masking import STAR, mask

ProjectId = NewType("ProjectId", int)
BuildingId = NewType("BuildingId", int)
UnitId = NewType("UnitId", int)
T = TypeVar("T")


class UnitKind(StrEnum):
    FLAT = "flat"
    SHOP = "shop"
    OFFICE = "office"
    PARKING = "parking"
    STORAGE = "storage"


KIND_NAMES: Final = {
    UnitKind.FLAT: N_("Flat"),
    UnitKind.SHOP: N_("Shop"),
    UnitKind.OFFICE: N_("Office"),
    UnitKind.PARKING: N_("Parking space"),
    UnitKind.STORAGE: N_("Storage room"),
}
KINDS_ZH: Final = {
    "住宅": UnitKind.FLAT,
    "商铺": UnitKind.SHOP,
    "办公": UnitKind.OFFICE,
    "车位": UnitKind.PARKING,
    "仓储": UnitKind.STORAGE,
}


class UseState(StrEnum):
    UNSOLD = "unsold"
    VACANT = "vacant"
    OWNER_LIVES = "owner_lives"
    LET = "let"
    TRADING = "trading"
    RENOVATING = "renovating"


USE_NAMES: Final = {
    UseState.UNSOLD: N_("Not sold yet"),
    UseState.VACANT: N_("Empty"),
    UseState.OWNER_LIVES: N_("Lived in by its owner"),
    UseState.LET: N_("Let"),
    UseState.TRADING: N_("In business"),
    UseState.RENOVATING: N_("Being fitted out"),
}
USES_ZH: Final = {
    "未售": UseState.UNSOLD,
    "空置": UseState.VACANT,
    "自住": UseState.OWNER_LIVES,
    "出租": UseState.LET,
    "经营": UseState.TRADING,
    "装修中": UseState.RENOVATING,
}


class Meter(StrEnum):
    WATER = "water"
    ELECTRICITY = "electricity"
    GAS = "gas"


METER_NAMES: Final = {
    Meter.WATER: N_("Water meter"),
    Meter.ELECTRICITY: N_("Electricity meter"),
    Meter.GAS: N_("Gas meter"),
}

FONDS_NUMBER: Final = re.compile(r"[A-Z0-9]{4,5}")
LENGTHS: Final = {
    "number": 5,
    "name_zh": 80,
    "name_en": 120,
    "phase": 40,
    "building": 40,
    "entrance": 10,
    "floor": 10,
    "room": 20,
    "note": 255,
    "meter_no": 40,
    "reading": 20,
    "reason": 255,
}
MOST_AREA: Final = 100_000_000  # dm²: a million square metres

_ENTRANCE: Final = re.compile(r"[0-9]{1,2}|[A-Za-z]")
_FLOOR: Final = re.compile(r"(?:-|B)?[0-9]{1,3}[A-Za-z]?|[GMgm]")
_ROOM: Final = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
_BUILDING: Final = re.compile(r"[0-9A-Za-z\u3007\u3400-\u9fff][0-9A-Za-z\u3007\u3400-\u9fff #&()·-]*")
_CODE: Final = re.compile(r"[0-9]{1,3}(?![0-9])|[A-Za-z][0-9]{0,3}(?![A-Za-z0-9])")
_RUN: Final = re.compile(r"[0-9]+|[^0-9]+")
_AREA: Final = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2})0*)?")
_READING: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?")


class BadUnitField(Invalid):
    """``field``: its name; the message tells what it should look like."""

    code = "premises.bad-field"


class NoFondsNumber(BadUnitField):
    code = "premises.bad-fonds-number"
    message = N_("A fonds number has four or five capital letters and digits, such as WY01.")


class NeedsText(BadUnitField):
    code = "premises.needs-text"
    message = N_("Please fill this in.")


class TooLongText(BadUnitField):
    code = "premises.too-long"
    message = N_("At most %(most)s characters fit here.")


class BadBuilding(BadUnitField):
    code = "premises.bad-building"
    message = N_("A building is called by letters, digits and Chinese characters, such as 3栋 or A区.")


class BadEntrance(BadUnitField):
    code = "premises.bad-entrance"
    message = N_("An entrance (单元) is a number of one or two digits, or one letter.")


class BadFloor(BadUnitField):
    code = "premises.bad-floor"
    message = N_("A floor is a number such as 12, -1 or B2.")


class BadRoom(BadUnitField):
    code = "premises.bad-room"
    message = N_("A room number has letters, digits and dashes only, such as 1201, 0402 or B2-118.")


class BadArea(BadUnitField):
    code = "premises.bad-area"
    message = N_("An area is a number of square metres with at most two decimals, such as 89.50.")


class InnerAreaTooLarge(BadUnitField):
    code = "premises.inner-area-too-large"
    message = N_("The inner area can't be larger than the built area.")


class BadReading(BadUnitField):
    code = "premises.bad-reading"
    message = N_("A meter reading is a number, such as 1520.3.")


class BadDay(BadUnitField):
    code = "premises.bad-day"
    message = N_("A day is written like 2026-03-08 or 2026年3月8日.")


class BadKind(BadUnitField):
    code = "premises.bad-kind"
    message = N_("The kind of a unit is one of 住宅, 商铺, 办公, 车位, 仓储.")


class BadUse(BadUnitField):
    code = "premises.bad-use"
    message = N_("The use of a unit is one of 未售, 空置, 自住, 出租, 经营, 装修中.")


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """``base``: the reading at handover, as it stood there."""

    number: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a person tells of a unit, cleaned. Areas in dm² (1/100 m²)."""

    room: str
    kind: UnitKind = UnitKind.FLAT
    entrance: str = ""
    floor: str = ""
    build_area: int | None = None
    inner_area: int | None = None
    use_state: UseState = UseState.UNSOLD
    handover_on: date | None = None
    meters: Mapping[Meter, MeterFacts] = field(default_factory=dict)
    note: str = ""


def plain(text: str) -> str:
    """Half-width, without white space at the ends or double inside."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def clean_text(name: str, text: str, *, needed: bool = False) -> str:
    """Raises NeedsText, TooLongText."""
    text = " ".join(
        "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs") or c.isspace()).split()
    )
    if needed and not text:
        raise NeedsText(field=name)
    if len(text) > LENGTHS.get(name, 255):
        raise TooLongText(field=name, most=LENGTHS.get(name, 255))
    return text


class CoveredNote(Invalid):
    code = "premises.covered-number"
    message = N_("There are stars in place of digits. Please write the number in full.")


def kept_note(sent: str, stored: str) -> str:
    """``sent``, or ``stored`` where it came back as it was shown, its numbers masked. Raises CoveredNote."""
    shown = mask(stored)
    if sent == shown:
        return stored
    if shown != stored and STAR in sent:
        raise CoveredNote(field="note")
    return sent


def fonds_number(text: str) -> str:
    """Raises NoFondsNumber."""
    number = plain(text).upper()
    if not FONDS_NUMBER.fullmatch(number):
        raise NoFondsNumber(field="number")
    return number


def building_name(text: str) -> str:
    """The name as people say it; a bare number or letter gets the word that belongs to it. Raises BadBuilding."""
    name = plain(text)
    if not name or len(name) > LENGTHS["building"] or not _BUILDING.fullmatch(name):
        raise BadBuilding(field="building")
    if re.fullmatch(r"[0-9]{1,3}(?:#楼?|号楼|幢|座)?", name):
        return re.sub(r"[^0-9]", "", name) + "栋"
    if re.fullmatch(r"[A-Za-z]", name):
        return name.upper() + "区"
    return name


def building_code(name: str) -> str:
    """What stands for the building in the short name of its units: 3 of 3栋, a of A区; else the name itself."""
    found = _CODE.match(name)
    return (found.group() if found else name).lower().replace(" ", "")


def entrance(text: str) -> str:
    """Raises BadEntrance."""
    text = plain(text).removesuffix("单元").strip()
    if text and not _ENTRANCE.fullmatch(text):
        raise BadEntrance(field="entrance")
    return text.upper()


def floor(text: str) -> str:
    """Raises BadFloor."""
    text = plain(text).removesuffix("层").removesuffix("楼").strip()
    if text and not _FLOOR.fullmatch(text):
        raise BadFloor(field="floor")
    return text.upper()


def room(text: str) -> str:
    """Leading zeros are part of the number. Raises BadRoom."""
    text = plain(text)
    for word in ("号车位", "室", "房", "号"):
        text = text.removesuffix(word)
    text = text.strip()
    if not text or len(text) > LENGTHS["room"] or not _ROOM.fullmatch(text):
        raise BadRoom(field="room")
    return text.upper()


def area(name: str, text: str) -> int | None:
    """In dm² (1/100 m²). Raises BadArea."""
    text = plain(text).replace(",", "")
    for word in ("平方米", "平米", "㎡", "m2", "m²"):
        text = text.removesuffix(word)
    if not text.strip():
        return None
    found = _AREA.fullmatch(text.strip())
    if not found:
        raise BadArea(field=name)
    value = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if not 0 < value <= MOST_AREA:
        raise BadArea(field=name)
    return value


def area_text(value: int | None) -> str:
    """``89.50``; nothing for None."""
    return "" if value is None else f"{value // 100}.{value % 100:02}"


def reading(name: str, text: str) -> str:
    """Raises BadReading."""
    text = plain(text)
    if text and not _READING.fullmatch(text):
        raise BadReading(field=name)
    return text


def day(name: str, text: str) -> date | None:
    """``2026-03-08``, ``2026.3.8``, ``2026/3/8``, ``20260308``, ``2026年3月8日``. Raises BadDay."""
    text = plain(text)
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?", text) or re.fullmatch(
        r"([0-9]{4})([0-9]{2})([0-9]{2})", text
    )
    if found is None:
        raise BadDay(field=name)
    try:
        return _possible(date(int(found[1]), int(found[2]), int(found[3])), name)
    except ValueError as error:
        raise BadDay(field=name) from error


def _possible(value: date, name: str) -> date:
    if not 1900 <= value.year <= 2200:
        raise BadDay(field=name)
    return value


def kind(text: str) -> UnitKind:
    """By its code or its Chinese word. Raises BadKind."""
    text = plain(text)
    if text in KINDS_ZH:
        return KINDS_ZH[text]
    if text in set(UnitKind):
        return UnitKind(text)
    raise BadKind(field="kind")


def use_state(text: str) -> UseState:
    """By its code or its Chinese word; nothing said is not sold yet. Raises BadUse."""
    text = plain(text)
    if not text:
        return UseState.UNSOLD
    if text in USES_ZH:
        return USES_ZH[text]
    if text in set(UseState):
        return UseState(text)
    raise BadUse(field="use_state")


FIELDS: Final = (
    "entrance", "floor", "room", "kind", "build_area", "inner_area", "use_state", "handover_on",
    *(f"{meter}_{part}" for meter in Meter for part in ("no", "base")), "note",
)  # fmt: skip


def read_facts(told: Mapping[str, str]) -> tuple[UnitFacts | None, list[Invalid]]:
    """What somebody typed, field by field, and everything that is wrong with it; the facts only if nothing is."""
    problems: list[Invalid] = []

    def taken(read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Invalid as error:
            problems.append(error)
            return otherwise

    def text(name: str) -> str:
        return told.get(name, "")

    meters: dict[Meter, MeterFacts] = {}
    for meter in Meter:
        number_name, base_name = f"{meter}_no", f"{meter}_base"
        number = taken(lambda: _meter_number(number_name, text(number_name)), "")  # noqa: B023  called at once
        base = taken(lambda: reading(base_name, text(base_name)), "")  # noqa: B023
        if number or base:
            meters[meter] = MeterFacts(number, base)
    facts = UnitFacts(
        room=taken(lambda: room(text("room")), ""),
        kind=taken(lambda: kind(text("kind")), UnitKind.FLAT),
        entrance=taken(lambda: entrance(text("entrance")), ""),
        floor=taken(lambda: floor(text("floor")), ""),
        build_area=taken(lambda: area("build_area", text("build_area")), None),
        inner_area=taken(lambda: area("inner_area", text("inner_area")), None),
        use_state=taken(lambda: use_state(text("use_state")), UseState.UNSOLD),
        handover_on=taken(lambda: day("handover_on", text("handover_on")), None),
        meters=meters,
        note=taken(lambda: clean_text("note", text("note")), ""),
    )
    if not problems:
        taken(lambda: check(facts), facts)
    return (None if problems else facts), problems


def _meter_number(name: str, text: str) -> str:
    text = plain(text)
    if len(text) > LENGTHS["meter_no"]:
        raise TooLongText(field=name, most=LENGTHS["meter_no"])
    return clean_text(name, text)


def told(facts: UnitFacts) -> dict[str, str]:
    """The facts as texts, as ``read_facts`` takes them."""
    texts = {
        "entrance": facts.entrance,
        "floor": facts.floor,
        "room": facts.room,
        "kind": facts.kind.value,
        "build_area": area_text(facts.build_area),
        "inner_area": area_text(facts.inner_area),
        "use_state": facts.use_state.value,
        "handover_on": facts.handover_on.isoformat() if facts.handover_on else "",
        "note": facts.note,
    }
    for meter in Meter:
        known = facts.meters.get(meter, MeterFacts())
        texts |= {f"{meter}_no": known.number, f"{meter}_base": known.base}
    return texts


def check(facts: UnitFacts) -> UnitFacts:
    """What no field tells by itself. Raises InnerAreaTooLarge."""
    if facts.build_area is not None and facts.inner_area is not None and facts.inner_area > facts.build_area:
        raise InnerAreaTooLarge(field="inner_area")
    return facts


def display(building: str, kind: UnitKind, entrance_no: str, room_no: str) -> str:
    """As people say it: 3栋2单元1201, 3栋1201, A区108号, B2-118."""
    if entrance_no:
        return f"{building}{entrance_no}单元{room_no}"
    if building[-1:].isascii():
        return f"{building}-{room_no}"
    if kind in (UnitKind.SHOP, UnitKind.PARKING, UnitKind.STORAGE) and not building.endswith(
        ("栋", "幢", "座")
    ):
        return f"{building}{room_no}号"
    return f"{building}{room_no}"


def spelled(code: str, entrance_no: str, room_no: str) -> str:
    """The one name of all spellings, as search_index.units makes it: ``3/2/1201``, ``a/108``."""
    return "/".join(part for part in (code, entrance_no, room_no) if part).lower()


def squeezed(text: str) -> str:
    """Letters and digits alone, lower-case: for what is typed without its punctuation."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def natural_key(text: str) -> str:
    """A text whose plain order is the order people expect: 2栋 before 10栋, 0402 before 402.

    Each run of digits becomes its length without zeros, itself, and how many zeros stood before it.
    """
    parts: list[str] = []
    for run in _RUN.findall(text.lower()):
        if run[0].isdigit():
            digits = run.lstrip("0")
            parts.append(f"{len(digits):02}{digits}{9 - min(9, len(run) - len(digits))}")
        else:
            parts.append(run)
    return "~".join(parts)


def unit_key(code: str, entrance_no: str, room_no: str) -> str:
    """Orders units by building, entrance, room."""
    return "!".join(natural_key(part) for part in (code, entrance_no, room_no))
