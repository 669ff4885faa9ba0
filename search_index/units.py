"""What people call a flat: ``3-1201``, ``3栋1201室``, ``3号楼1201`` and ``3幢 1201`` are one name, and
``3-1-1201`` is ``3栋1单元1201室``.

Texts and queries are read by the same expression over the normal form, so that both always agree. The name that
stands for all forms is ``3/1201`` or ``3/1/1201``: digits are kept as they are written. A text that names the entrance
speaks of ``3/1201`` as well, so who asks without an entrance finds the flats of all of them; who asks with one finds
only what names that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .normal import ALNUM

_DASH: Final = r"\-\u2010-\u2015\u2212"
_GAP: Final = f"(?: |[{_DASH}])?"
# The left side is looked at after the first character: see marks.identifier_pattern.
_BUILDING: Final = f"(?P<building>[0-9a-z](?<![{ALNUM}].)(?:(?<=[0-9])[0-9]{{0,2}})?)"
_ENTRANCE: Final = f"[0-9]{{1,2}}|(?<![{ALNUM}])[a-z]"
_ROOM: Final = f"[0-9]{{3,4}}[a-z]?(?![{ALNUM}])"
_YEAR: Final = "(?:19|20)[0-9]{2}"

# 3栋2024年, 3栋2024-2025年度, 3栋2024-03-08, 3栋120.5, 3栋120个车位, 3-101号楼 speak of no room.
_NO_ROOM: Final = (
    f"(?!{_YEAR}(?: ?[{_DASH}~/至到] ?[0-9]{{2,4}})? ?年)"
    f"(?!{_YEAR}[{_DASH}/][0-9]{{1,2}}(?![0-9]))"
    r"(?![0-9a-z]+(?:\.[0-9]| ?(?:元|吨|度|米|平方|平米|号楼|个(?!人)|套(?![内房间]))))"
)

# In words; zones of shops are called by letters: A区108号. Without an entrance a dash may stand where the word for it
# would: 3栋1-1201.
_TOWER: Final = "(?: ?(?:栋|棟|幢|座|号楼|#楼?)|(?<=[a-z])区)"
_SPOKEN: Final = f"{_TOWER}{_GAP}(?:(?:(?P<entrance>{_ENTRANCE})(?: ?单元{_GAP}|[{_DASH}])))?"
# In digits: no part of a longer chain such as ZX-2026-12-0045; and D-13-0606 is a number of its own.
_CHAIN: Final = rf"{_DASH}/\\._"
_SHORT: Final = f"[{_DASH}](?:(?<=[0-9].)(?P<short_entrance>[0-9]{{1,2}})[{_DASH}])?"

_UNIT: Final = re.compile(
    f"{_BUILDING}(?:{_SPOKEN}|(?P<short>{_SHORT})){_NO_ROOM}(?P<room>{_ROOM})(?(short)|(?: ?(?:室|房|号))?)"
)
_ROOM_WORDS: Final = ("", "室", "房", "号")
_BEFORE: Final = re.compile(f"[{_CHAIN}]")
_AFTER: Final = re.compile(f"[{_CHAIN}]+[{ALNUM}]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A flat named in a normalised text, at ``begin`` … ``end``."""

    name: str
    begin: int
    end: int

    @property
    def names(self) -> tuple[str, ...]:
        """All that it answers to: its name, and the one without its entrance."""
        return tuple(dict.fromkeys((self.name, without_entrance(self.name))))


def without_entrance(name: str) -> str:
    """The name of the flat as those know it who don't say the entrance."""
    building, *_, room = name.split("/")
    return f"{building}/{room}"


def written(name: str) -> str:
    """The short form of a name, for people: ``3-1201``."""
    return name.replace("/", "-").upper()


def units_in(normal: str) -> Iterator[Unit]:
    """Every flat that a normalised text names, from left to right."""
    for match in _UNIT.finditer(normal):
        if match["short"] and (
            (match.start() and _BEFORE.match(normal, match.start() - 1)) or _AFTER.match(normal, match.end())
        ):
            continue
        entrance = match["entrance"] or match["short_entrance"]
        parts = (match["building"], entrance, match["room"])
        yield Unit("/".join(part for part in parts if part), *match.span())


def units_called(normal: str, name: str) -> Iterator[Unit]:
    """Every place where a normalised text speaks of the flat of this name, in whatever form and, where the name has
    no entrance, behind whichever one.
    """
    return (unit for unit in units_in(normal) if name in unit.names)


def unit_named(normal: str) -> str:
    """The name of the flat that a normalised text is and nothing else, or ""."""
    for unit in units_in(normal):
        if unit.begin == 0 and normal[unit.end :].strip() in _ROOM_WORDS:
            return unit.name
        break
    return ""
