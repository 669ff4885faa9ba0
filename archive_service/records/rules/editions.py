"""Which edition of a drawing is the newest. Pure. Source: metadata.md §5."""

import re
import unicodedata
from typing import Final

_ORDINAL: Final = re.compile(r"(?:第|V|VER|REV|R)?\.?\s*(\d{1,3})(?:\.(\d{1,3}))?\s*(?:版|次)?", re.ASCII)
_CHINESE: Final = re.compile(r"第?([一二三四五六七八九十]{1,3})版?")
_LETTERS: Final = re.compile(r"([A-Z]{1,2})\s*版?(\d{0,2})", re.ASCII)
_DIGITS: Final = "一二三四五六七八九"


def edition_rank(edition: str) -> tuple[int, int] | None:
    """A, B … or 第1版, 第2版 … as numbers that rise; None for what is no such thing."""
    text = unicodedata.normalize("NFKC", edition).strip().upper()
    if found := _ORDINAL.fullmatch(text):
        return int(found[1]), int(found[2] or 0)
    if found := _CHINESE.fullmatch(text):
        return _number(found[1]), 0
    if found := _LETTERS.fullmatch(text):
        rank = 0
        for letter in found[1]:
            rank = rank * 26 + ord(letter) - ord("A") + 1
        return rank, int(found[2] or 0)
    return None


def _number(text: str) -> int:
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS.find(text[0]) + 1
    return (_DIGITS.find(tens) + 1 if tens else 1) * 10 + (_DIGITS.find(ones) + 1 if ones else 0)


def newness(edition: str, issue_date: str, filed_at: str) -> tuple[tuple[int, int], str, str]:
    """What editions of one drawing are ordered by: the edition itself, then its day, then when it was filed."""
    return edition_rank(edition) or (0, 0), issue_date, filed_at
