"""What a scan says: the codes on labels, boxes, places and people's cards, all in ASCII. Pure.

Places and people have short codes with two check digits, which find every single wrong digit and every swap of two
neighbours; papers and boxes carry their number in ASCII (metadata.md §6).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SHORT: Final = re.compile(r"([PU])(\d{5,9})(\d\d)", re.ASCII)
_FONDS: Final = "[A-Z0-9]{4,5}"
_BOX: Final = re.compile(
    rf"({_FONDS})-H-([A-Z]{{2}}(?:\.\d{{2}}(?:\.[A-Z]{{1,2}})?)?)-((?:19|2[01])\d\d)-(\d{{3,6}})", re.ASCII
)
_ARCHIVAL: Final = re.compile(rf"{_FONDS}-[A-Z]{{2}}\.\d{{2}}[A-Z0-9.-]{{3,48}}", re.ASCII)
_DOTS: Final = dict.fromkeys(map(ord, "·•・。‧∙⋅●"), ".")
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−ー"), "-")
LONGEST: Final = 64


class CodeKind(StrEnum):
    ARCHIVAL = "archival"  # of a paper or a case file
    BOX = "box"
    PLACE = "place"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Code:
    """``text``: as it is stored: archival numbers with ``·``, everything else as printed. ``number``: of a person,
    their id; of a place, the number of its label."""

    kind: CodeKind
    text: str
    number: int = 0

    @classmethod
    def parse(cls, scanned: str) -> "Code | None":
        """What a scan or a typed line means, in any spelling; None for what is no code of the archive's.

        Says nothing of whether there is such a thing.
        """
        text = normalised(scanned)
        if found := _SHORT.fullmatch(text):
            if check_digits(found[1] + found[2]) != found[3]:
                return None
            kind = CodeKind.PLACE if found[1] == "P" else CodeKind.PERSON
            return cls(kind, text, int(found[2]))
        if _BOX.fullmatch(text):
            return cls(CodeKind.BOX, text)
        if _ARCHIVAL.fullmatch(text):
            return cls(CodeKind.ARCHIVAL, text.replace(".", "·"))
        return None


def normalised(scanned: str) -> str:
    """As printed: a scanner in an office types with whatever keyboard language is on, people write what they like."""
    text = unicodedata.normalize("NFKC", scanned[:400]).translate(_DOTS).translate(_DASHES)
    return "".join(text.split()).upper()[:LONGEST]


def check_digits(body: str) -> str:
    """Source: ISO/IEC 7064, MOD 97,10, letters counted from 10 as in ISO 13616."""
    number = int("".join(str(int(character, 36)) for character in body) + "00")
    return f"{98 - number % 97:02}"


def _short(letter: str, number: int) -> str:
    body = f"{letter}{number:05}"
    return body + check_digits(body)


def place_label(number: int) -> str:
    """``P00042`` and its check digits."""
    return _short("P", number)


def person_code(user_id: int) -> str:
    """What stands on a person's card."""
    return _short("U", user_id)


def box_number(fonds: str, class_code: str, year: int, number: int) -> str:
    """``WY01-H-ZX.01-2026-003``"""
    return f"{box_series(fonds, class_code, year)}-{number:03}"


def box_series(fonds: str, class_code: str, year: int) -> str:
    return f"{fonds}-H-{class_code}-{year}"
