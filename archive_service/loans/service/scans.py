"""What a line at the lending desk means: from a hand scanner, which types and sends, or by hand."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive_service.loans.rules import MOST_COPIES
from archive_service.locations import Code, CodeKind

DONE: Final = "DONE"
"""On the card beside the scanner; an empty line means the same."""

_DONE_TYPED: Final = frozenset({"", DONE, "OK", "完成", "完毕"})
_SLIP: Final = re.compile(r"JY-\d{4}-\d{4,6}", re.ASCII)
_PAGES: Final = re.compile(r"(\d{1,5})(?:\s+(\S.{0,254}))?")
_COPIES: Final = re.compile(r"[xX×*＊]\s*(\d{1,3})")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−ー－"), "-")


class Meaning(StrEnum):
    DONE = "done"
    PERSON = "person"
    SLIP = "slip"
    ITEM = "item"
    PAGES = "pages"  # of what was scanned last, and what differs
    COPIES = "copies"  # of what was scanned last
    BOX = "box"
    PLACE = "place"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True)
class Scan:
    """``text``: number of a slip or an item, remark about pages. ``number``: of a person, pages, copies."""

    meaning: Meaning
    text: str = ""
    number: int = 0

    @classmethod
    def read(cls, line: str) -> "Scan":
        line = line.strip()[:400]
        if line.upper() in _DONE_TYPED:
            return cls(Meaning.DONE)
        slip = line.translate(_DASHES).upper().replace(" ", "")
        if _SLIP.fullmatch(slip):
            return cls(Meaning.SLIP, slip)
        if found := _PAGES.fullmatch(line):
            return cls(Meaning.PAGES, found[2] or "", int(found[1]))
        if found := _COPIES.fullmatch(line):
            copies = int(found[1])
            return cls(Meaning.COPIES if 1 <= copies <= MOST_COPIES else Meaning.STRANGE, number=copies)
        code = Code.parse(line)
        if code is None:
            return cls(Meaning.STRANGE)
        return cls(_OF_CODES[code.kind], code.text, code.number)


_OF_CODES: Final = {
    CodeKind.ARCHIVAL: Meaning.ITEM,
    CodeKind.BOX: Meaning.BOX,
    CodeKind.PLACE: Meaning.PLACE,
    CodeKind.PERSON: Meaning.PERSON,
}
