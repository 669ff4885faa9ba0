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


TOWERS = ("栋", "棟", "幢", "座", "号楼", "#楼", "#")
DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
DIGITS = frozenset(string.digits)
NO_ROOM = ("元", "吨", "度", "米", "平方", "平米", "号楼")


def holds_unit(text: str, name: str) -> bool:
    """A flat asked for without its entrance is behind any of them."""
    return any(name in (unit, f"{unit.split('/')[0]}/{unit.split('/')[-1]}") for _, _, unit in units(text))


def unit_named(text: str) -> list[str]:
    """The name of the flat that a text is, with or without a word for "room" behind it."""
    endings = ("", "室", "房", "号", " 室", " 房", " 号")
    return [name for begin, end, name in units(text) if begin == 0 and text[end:] in endings]


@cache
def units(text: str) -> tuple[tuple[int, int, str], ...]:
    """The flats that a normalised text names, as (begin, end, name), found by walking over its characters."""
    found = []
    at = 0
    while at < len(text):
        read = _unit_at(text, at)
        if read is None:
            at += 1
            continue
        end, name = read
        if name:
            found.append((at, end, name))
        at = end
    return tuple(found)


def _unit_at(text: str, at: int) -> tuple[int, str] | None:
    """End and name of a flat that begins here; the name is "" for what only looks like one."""
    if at and text[at - 1] in LATIN_OR_DIGIT:
        return None
    building = _digits(text, at, 3) or _letter(text, at)
    if not building:
        return None
    after = at + len(building)
    if building.isalpha() and text.startswith("区", after):
        return _behind_tower(text, after + 1, building)
    for tower in TOWERS:
        for spaced in (" " + tower, tower):
            if text.startswith(spaced, after):
                return _behind_tower(text, after + len(spaced), building)
    if text[after : after + 1] not in DASHES or after >= len(text):
        return None
    entrance = _digits(text, after + 1, 2) if building[0] in DIGITS else ""
    behind = after + 1 + len(entrance)
    room = None
    if entrance and text[behind : behind + 1] in DASHES and behind < len(text):
        room = _room(text, behind + 1)
    if room is None:
        entrance, room = "", _room(text, after + 1)
    if room is None:
        return None
    end, number = room
    end = (
        after + text[after:end].index(number) + len(number)
    )  # in digits the word for a room is not part of it
    if (at and _chains(text[at - 1])) or _goes_on(text, end):
        return end, ""
    return end, "/".join(part for part in (building, entrance, number) if part)


def _behind_tower(text: str, at: int, building: str) -> tuple[int, str] | None:
    gap = 1 if text[at : at + 1] == " " or (text[at : at + 1] in DASHES and at < len(text)) else 0
    for start in dict.fromkeys((at + gap, at)):
        entrance = _digits(text, start, 2) or _letter(text, start)
        if entrance:
            behind = start + len(entrance)
            for word in (" 单元", "单元"):
                if text.startswith(word, behind):
                    then = behind + len(word)
                    then += text[then : then + 1] == " " or (then < len(text) and text[then] in DASHES)
                    if room := _room(text, then):
                        return room[0], f"{building}/{entrance}/{room[1]}"
            if behind < len(text) and text[behind] in DASHES and (room := _room(text, behind + 1)):
                return room[0], f"{building}/{entrance}/{room[1]}"
        if room := _room(text, start):
            return room[0], f"{building}/{room[1]}"
    return None


def _digits(text: str, at: int, most: int) -> str:
    end = at
    while end < len(text) and text[end] in DIGITS:
        end += 1
    return text[at:end] if end - at <= most else ""


def _letter(text: str, at: int) -> str:
    here, before, after = text[at : at + 1], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    alone = before not in LATIN_OR_DIGIT and after not in LATIN_OR_DIGIT
    return here if alone and here in LATIN_OR_DIGIT and here not in DIGITS else ""


def _room(text: str, at: int) -> tuple[int, str] | None:
    digits = _digits(text, at, 4)
    end = at + len(digits)
    if len(digits) < 3:
        return None
    if text[end : end + 1] in LATIN_OR_DIGIT and end < len(text):
        end += 1
    if end < len(text) and text[end] in LATIN_OR_DIGIT:
        return None
    rest = text[end:]
    if rest.startswith(".") and rest[1:2] in DIGITS and len(rest) > 1:
        return None
    word = rest.removeprefix(" ")
    if word.startswith(NO_ROOM) or (word.startswith("个") and not word.startswith("个人")):
        return None
    if word.startswith("套") and word[1:2] not in ("内", "房", "间"):
        return None
    if digits[:2] in ("19", "20") and len(digits) == 4 and end == at + 4 and _is_time(rest):
        return None
    for suffix in (" 室", " 房", " 号", "室", "房", "号"):
        if rest.startswith(suffix):
            return end + len(suffix), text[at:end]
    return end, text[at:end]


def _is_time(rest: str) -> bool:
    """Whether what follows four digits makes them a year."""
    if rest.removeprefix(" ").startswith("年"):
        return True
    if rest[:1] and (rest[0] in DASHES or rest[0] == "/") and len(_digits(rest, 1, 2)) in (1, 2):
        return True
    second = rest.removeprefix(" ")
    if second[:1] and (second[0] in DASHES or second[0] in "~/至到"):
        second = second[1:].removeprefix(" ")
        digits = _digits(second, 0, 4)
        return len(digits) >= 2 and second[len(digits) :].removeprefix(" ").startswith("年")
    return False


def _chains(char: str) -> bool:
    return char in DASHES or char in "/\\._"


def _goes_on(text: str, end: int) -> bool:
    at = end
    while at < len(text) and _chains(text[at]):
        at += 1
    return at > end and at < len(text) and text[at] in LATIN_OR_DIGIT


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
