"""Separator sheets (分隔页): what stands in their code, and how a scan that holds some falls into parts."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from archive_service.scans.rules.plans import Leaf, Part

_BEGINNING: Final = "WYFG1:"
_TOKEN: Final = re.compile(r"WYFG1:([2-7A-Z]{16})")
TOKEN_BYTES: Final = 10  # 80 bits: nobody guesses the token of a sheet that this archive has


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a separator sheet says of the papers behind it; all "" of a plain one, that only separates.

    ``token`` is random and known to this archive alone: a code from anywhere else names no sheet.
    """

    token: str
    class_code: str = ""
    file_no: str = ""


def payload(token: str) -> str:
    """What the code holds: characters of the smallest QR alphabet, and nothing about anybody."""
    return _BEGINNING + token


def token_in(text: str) -> str | None:
    """The token of a code's text, whatever stands in other people's codes."""
    found = _TOKEN.fullmatch(text) if len(text) <= 40 else None
    return found[1] if found else None


def proposed_parts(total: int, sheets: Mapping[int, Sheet], blank: Collection[int]) -> tuple[Part, ...]:
    """The papers between the sheets, by page; without the sheets and the blank backs of them.

    Pages before the first sheet are a paper of their own. Blank pages within a paper stay: they may be backs.
    """
    parts: list[Part] = []
    leaves: list[Leaf] = []
    said: Sheet | None = None

    def close() -> None:
        # A blank end comes from a sheet's or the last page's back.
        while leaves and leaves[-1].page in blank:
            leaves.pop()
        if leaves:
            parts.append(
                Part(tuple(leaves), "", said.class_code if said else "", said.file_no if said else "")
            )
        leaves.clear()

    for number in range(1, total + 1):
        if number in sheets:
            close()
            said = sheets[number]
        elif leaves or number not in blank or said is None:
            leaves.append(Leaf(0, number))
    close()
    return tuple(parts)
