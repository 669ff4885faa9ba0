"""What an engine must answer, found the slow and obvious way: every text is looked at for every question.

Nothing here is shared with the engines but the normal form of texts and the entries themselves;
identifiers are compared by walking over characters.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from search_index import Entry, normalise

LATIN_OR_DIGIT = frozenset(string.digits + string.ascii_lowercase)


@cache
def fields(entry: Entry) -> dict[str, list[str]]:
    """Normalised texts by part; nothing reaches from one of them into another."""
    parts = {
        "title": [normalise(entry.title)],
        "owner": [normalise(entry.owner)],
        "number": [normalise(entry.number)],
        "unit": [normalise(entry.unit)],
        "file": [normalise(entry.file)],
        "pages": [normalise(page) for page in entry.pages],
    }
    return parts | {"all": [text for texts in parts.values() for text in texts]}


def holds_literal(text: str, literal: str) -> bool:
    return _normal(literal) in text


_normal = cache(normalise)


def _is_mark(char: str) -> bool:
    return not char.isalnum() and not char.isspace()


def holds_identifier(text: str, identifier: str, *, open_end: bool = False) -> bool:
    """Letters, digits and Han in order, at most three marks between two.

    Where an end is a digit or a Latin letter, no other adjoins it outside.
    """
    key = [char for char in _normal(identifier) if char.isalnum()]
    return any(_stands_at(text, start, key, open_end=open_end) for start in range(len(text)))


def _stands_at(text: str, start: int, key: list[str], *, open_end: bool) -> bool:
    if start and key[0] in LATIN_OR_DIGIT and text[start - 1] in LATIN_OR_DIGIT:
        return False
    at = start
    for index, char in enumerate(key):
        marks = 0
        while index and at < len(text) and text[at] != char and _is_mark(text[at]) and marks < 3:
            at, marks = at + 1, marks + 1
        if at >= len(text) or text[at] != char:
            return False
        at += 1
    return open_end or at == len(text) or not {key[-1], text[at]} <= LATIN_OR_DIGIT


def visible(
    entries: Iterable[Entry], allowed: frozenset[str], *, old_versions: bool = False
) -> Mapping[int, Entry]:
    return {
        entry.uid: entry for entry in entries if entry.rights in allowed and (entry.current or old_versions)
    }


def in_class(entry: Entry, code: str) -> bool:
    mine, wanted = entry.class_code.lower(), code.lower()
    return mine == wanted or mine.startswith(wanted + ".")


def dated_between(entry: Entry, first: date, last: date) -> bool:
    return entry.date is not None and first <= entry.date <= last


def is_han(char: str) -> bool:
    return unicodedata.name(char, "").startswith("CJK UNIFIED")
