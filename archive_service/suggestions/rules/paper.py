"""A paper's text as rules read it: one plain line of characters, each of which knows where it stood.

Scans break numbers and names at the end of a line, text layers put blanks between Chinese characters, and people
write in full width. All of that is evened out here once, so that every rule is a plain expression.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from archive_service.suggestions.rules import Span

MOST_CHARACTERS: Final = 6_000  # of a long document its beginning and its end tell what it is
LAST_CHARACTERS: Final = 1_500
_SAME: Final = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")
    | {"﹝": "〔", "［": "[", "】": "]", "【": "[", "：": ":", "∶": ":", "﹕": ":"}
)
_END: Final = "\f"
_DIGITS: Final = re.compile(
    r"(?<![A-Za-z])(?:[0-9OolIZ]{2,4}(?=[年月日号栋幢楼元室房])|(?<=[0-9OlIZ][-./年月])[0-9OolIZ]{1,4}(?![A-Za-z])"
    r"|[0-9OolIZ]{2,4}(?=[-./]\d)|(?<=[〔(\[])[0-9OolIZ]{4}(?=[〕)\]]))"
)
_READ_AS: Final = str.maketrans("OolIZ", "00112")
_NAMELESS: Final = re.compile(
    r"(?:IMG|DSC|DSCN|PXL|VID|MVIMG|SCAN|SKM|DOC|WX|WECHAT|mmexport|微信图片|微信截图|扫描全能王|扫描件?|新建|图片|文档|CamScanner)?"
    r"[-_ ]*[0-9A-Fa-f]{0,32}[-_ .0-9()]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paper:
    """``flat``: the pages' texts evened out; ``places``: (page, offset) of each of its characters.

    ``heading``: how many characters of ``flat`` belong to the first lines. ``name``: the title or file name it came
    with, evened out too, "" where a machine gave it. ``lines``: where in ``flat`` a line of the paper begins, also one
    that goes on what was broken above it.
    """

    flat: str
    places: tuple[tuple[int, int], ...]
    name: str
    heading: int
    lines: tuple[int, ...]

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Where the characters ``start`` … ``end`` of ``flat`` stood: one span for each line and page they touch."""
        found: list[Span] = []
        for page, at in self.places[start:end]:
            if page == 0:
                continue
            last = found[-1] if found else None
            if last is not None and last.page == page and 0 <= at - last.end <= 2:
                found[-1] = Span(page, last.start, at + 1)
            else:
                found.append(Span(page, at, at + 1))
        return tuple(found)


def plain_character(char: str) -> str:
    """Its half-width twin where that is one character, else itself; digits in circles stay what they are."""
    twin = unicodedata.normalize("NFKC", char)
    # ③8栋 is the third item of a list and no building 38, and m² no 2.
    alone = len(twin) == 1 and unicodedata.category(char) != "No"
    return (twin if alone else char).translate(_SAME)


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def read(pages: tuple[str, ...], title: str = "", file_name: str = "") -> Paper:
    flat: list[str] = []
    places: list[tuple[int, int]] = []
    begins: list[int] = []
    heading = 0
    for number, text in _parts(pages):
        lines = text.split("\n")
        longest = max(map(len, lines), default=0)
        at = 0
        for index, line in enumerate(lines):
            begins.append(len(flat))
            for offset, char in enumerate(line, at):
                plain = plain_character(char)
                if plain.isspace():
                    following = line[offset - at + 1 : offset - at + 2]
                    if not (
                        flat and _is_word(flat[-1]) and following and _is_word(plain_character(following))
                    ):
                        continue
                    plain = " "
                flat.append(plain)
                places.append((number, offset))
            at += len(line) + 1
            # A line as long as the longest was broken for want of room: what goes on below it is the same word.
            broken = longest >= 12 and len(line) >= 0.85 * longest and index + 1 < len(lines)
            if not broken and flat and flat[-1] not in ("\n", _END):
                flat.append("\n")
                places.append((0, 0))
                if not heading and len(flat) >= 4:
                    heading = len(flat)
        flat.append(_END)
        places.append((0, 0))
    text = _with_digits("".join(flat))
    return Paper(text, tuple(places), _name(title, file_name), min(heading or len(text), 60), tuple(begins))


def _with_digits(text: str) -> str:
    """Letters that a scan made of digits are digits again: 2O19年, l4栋, 2024-l2-05."""
    return _DIGITS.sub(lambda run: run[0].translate(_READ_AS) if _is_number(run[0]) else run[0], text)


def _is_number(run: str) -> bool:
    return not run.isdigit() and 2 * sum(map(str.isdigit, run)) >= len(run)


def _parts(pages: tuple[str, ...]) -> list[tuple[int, str]]:
    """(page, text) of what is looked at; a page that is cut keeps its beginning."""
    parts: list[tuple[int, str]] = []
    left = MOST_CHARACTERS
    for number, text in enumerate(pages, 1):
        if left <= 0:
            break
        parts.append((number, text[:left]))
        left -= len(text)
    if left <= 0 and len(pages) > parts[-1][0]:
        parts.append((len(pages), pages[-1][:LAST_CHARACTERS]))
    return parts


def _name(title: str, file_name: str) -> str:
    for text in (title, file_name):
        stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", text).strip()
        plain = "".join(map(plain_character, stem))
        plain = re.sub(r"(?<![A-Za-z0-9])[A-Z]?\d{1,4}[_ ](?=[\u4e00-\u9fff])", "", plain)
        if plain and not _NAMELESS.fullmatch(plain):
            return plain.replace("_", " ")
    return ""
