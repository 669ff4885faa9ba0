"""What an index entry holds besides the texts. Pure."""

import re
import unicodedata
from typing import Final

from archive_service.kernel.levels import Level
from archive_service.kernel.masking import spans

FILED: Final = "filed"
UNFILED: Final = "unfiled"
"""What the ``state`` facet tells apart: documents that have their archival number, and those that wait for it."""

CHINESE_LEVELS: Final = {
    "公开": Level.PUBLIC,
    "内部": Level.INTERNAL,
    "个人信息": Level.PERSONAL,
    "保密": Level.CONFIDENTIAL,
    "敏感个人信息": Level.SENSITIVE,
}
"""What pages call them in Chinese. Queries are read without knowing the language of who asks."""

_TOWER: Final = re.compile(r"(?<![0-9A-Za-z])(\d{1,3})\s*(?:栋|幢|号楼|#)")
_LETTERED: Final = re.compile(r"(?<![0-9A-Za-z])([A-Z])\s*([区座栋幢])")
_SHORT_TOWER: Final = re.compile(r"(\d{1,3})\s*[-/]\s*\d")
_SHORT_ZONE: Final = re.compile(r"([A-Z])\s*-?\s*\d")
_BASEMENT: Final = re.compile(r"(B\d)\s*-\s*\d")
_TAIL: Final = re.compile(r"\W{0,3}([0-9A-Za-z]{2,4})(?![0-9A-Za-z])")


def building_of(unit: str) -> str:
    """The building that a unit stands in, as people say it, or "" if the unit doesn't tell.

    ``3-1201``, ``3栋2单元1201``, ``云栖花园3号楼1201`` are in ``3栋``; ``A-108`` and ``A区108号`` in ``A区``;
    the parking space ``B2-066`` in ``B2``.
    """
    text = unicodedata.normalize("NFKC", unit).upper().strip()
    if found := _TOWER.search(text):
        return f"{int(found[1])}栋"
    if found := _LETTERED.search(text):
        return found[1] + found[2]
    if found := _BASEMENT.match(text):
        return found[1]
    if found := _SHORT_TOWER.match(text):
        return f"{int(found[1])}栋"
    if found := _SHORT_ZONE.match(text):
        return f"{found[1]}区"
    return ""


def covered_number(query: str) -> str | None:
    """The digits of a personal number in a query that the index holds, its last ones; None without such a number.

    "" where nothing of it can be found. Source of what is covered: ``kernel.masking``.
    """
    plain = unicodedata.normalize("NFKC", query)
    found = spans(plain)
    if not found:
        return None
    tail = _TAIL.match(plain, found[0][1])
    return tail[1] if tail else ""


def state_of(archival_no: str) -> str:
    return FILED if archival_no else UNFILED
