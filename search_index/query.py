"""The query language, engine-neutral: text in, a tree of immutable nodes out.

Words are joined by AND; ``"…"`` is a phrase, ``-`` or ``NOT`` excludes, ``OR`` unites, brackets group.
Fields are ``class: unit: owner: no: year: before: after: level: in:`` or their Chinese names. ``after:`` a
day, month or year begins with it, ``before:`` one ends before it, so that both together lose and double no day.
``*`` at the end leaves an identifier open. Full-width forms mean the same, and so does 或 between two words for
OR. An unknown prefix is plain text.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from .marks import Needle, identifier_key
from .nodes import (
    And,
    ClassIs,
    DateBetween,
    InAnyFile,
    LevelIs,
    Node,
    Not,
    Or,
    Part,
    Query,
    QueryError,
    Word,
    YearBetween,
    field_value,
)
from .normal import ALNUM, HAN, normalise
from .tokens import Token, tokens_of, unify, united
from .units import unit_named

MAX_CHARACTERS: Final = 1_000
MAX_TERMS: Final = 64
MAX_DEPTH: Final = 32

_ANY_FILE: Final = frozenset(("file", "案卷"))
_JOINERS: Final = r"\-\u2010-\u2015\u2212/\\.·〔〕\[\]【】()#_&+~'’"
_JOINED: Final = re.compile(f"[{ALNUM}{HAN}]+(?:[{_JOINERS}]+[{ALNUM}{HAN}]+)+")
_DATE: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?)?[年月]?")
_YEARS: Final = re.compile(r"(\d{4})?(\.\.)?(\d{4})?")


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a query. Raises :class:`QueryError`, always within milliseconds."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(
            "search.too-long", MAX_CHARACTERS, f"A query may have {MAX_CHARACTERS} characters at most."
        )
    tokens = united(list(tokens_of(unify(text))))
    terms = [token for token in tokens if token.kind in ("text", "phrase")]
    if len(terms) > MAX_TERMS:
        raise QueryError(
            "search.too-many-words", terms[MAX_TERMS].position, f"A query may have {MAX_TERMS} words at most."
        )
    root = _Parser(tokens, len(text)).whole()
    if root == And(()) and text.strip():
        # Answering with every document would look as if each of them held what was typed.
        raise QueryError(
            "search.nothing-to-find",
            0,
            "There is nothing to look for: a query needs a word, a number or a field.",
        )
    return Query(root)


class _Parser:
    """Recursive descent; the depth is checked before each step down."""

    def __init__(self, tokens: list[Token], length: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._length = length

    def whole(self) -> Node:
        root = self._either(0)
        if self._at < len(self._tokens):
            raise QueryError(
                "search.brackets", self._tokens[self._at].position, "A bracket is closed that was not opened."
            )
        return root

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self, depth: int) -> Node:
        parts = [self._every(depth)]
        while (token := self._peek()) is not None and token.kind == "or":
            self._at += 1
            parts.append(self._every(depth))
        filled = [part for part in parts if part is not None]
        if len(filled) > 1:
            return Or(tuple(filled))
        return filled[0] if filled else And(())

    def _every(self, depth: int) -> Node | None:
        parts: list[Node] = []
        while (token := self._peek()) is not None and token.kind not in ("or", "close"):
            if token.kind == "and":
                self._at += 1
                continue
            part = self._one(depth)
            if part is not None:
                parts.append(part)
        if len(parts) > 1:
            return And(tuple(parts))
        return parts[0] if parts else None

    def _one(self, depth: int) -> Node | None:
        token = self._peek()
        negative = False
        while token is not None and token.kind in ("minus", "not"):
            negative = not negative
            self._at += 1
            token = self._peek()
        if token is None or token.kind in ("or", "and", "close"):
            return None  # an operator with nothing behind it excludes nothing
        self._at += 1
        if token.kind == "open":
            if depth + 1 > MAX_DEPTH:
                raise QueryError(
                    "search.too-deep", token.position, f"Brackets may be nested {MAX_DEPTH} deep at most."
                )
            part: Node | None = self._either(depth + 1)
            closing = self._peek()
            if closing is None:
                raise QueryError("search.brackets", token.position, "A bracket is not closed.")
            self._at += 1
            if part == And(()):
                part = None
        else:
            part = leaf_of(token)
        if part is None:
            return None
        return Not(part) if negative else part


def leaf_of(token: Token) -> Node | None:
    """What a text or a phrase asks for; None if that is nothing. Raises :class:`QueryError`."""
    if not token.field:
        return _word(token.text, "all", quoted=token.kind == "phrase")
    value = normalise(token.text)
    if not value:
        raise QueryError("search.empty-field", token.position, "A field needs a value behind its colon.")
    quoted = token.kind == "phrase"
    match token.field:
        case "class":
            return ClassIs(field_value(value))
        case "level":
            return LevelIs(field_value(value))
        case "year":
            return _years(value, token)
        case "before":
            return DateBetween(date.min, _earlier(_first_day(value, token)))
        case "after":
            return DateBetween(_first_day(value, token), date.max)
        case "file":
            return InAnyFile() if value in _ANY_FILE else _identifier(value, "file")
        case "unit":
            return _identifier(value, "unit")
        case "number":
            return _identifier(value, "number")
        case _:
            return _word(token.text, "owner", quoted=quoted)


def _word(text: str, part: Part, *, quoted: bool) -> Word | None:
    """A typed word or phrase; None if it holds nothing to look for."""
    normal = normalise(text)
    if quoted:
        return Word(Needle(normal), part) if normal else None
    stem = normal.rstrip("*")
    joined = _JOINED.fullmatch(stem.strip(r"-/\.·:#&+~'’"))
    if any(char.isdigit() for char in stem) or joined:
        return _key(stem, part, closed=stem == normal) if identifier_key(stem) else None
    return Word(Needle(stem), part) if identifier_key(stem) else None


def _identifier(value: str, part: Part) -> Word:
    if not identifier_key(value):
        return Word(Needle(value), part)
    return _key(value.rstrip("*"), part, closed=not value.endswith("*"))


def _key(normal: str, part: Part, *, closed: bool) -> Word:
    """An identifier; one that is left open names no flat, for nobody knows how its number goes on."""
    key = identifier_key(normal)
    if not closed:
        return Word(Needle(key, "prefix"), part)
    return Word(Needle(key, "identifier", unit_named(normal)), part)


def _years(value: str, token: Token) -> YearBetween:
    match = _YEARS.fullmatch(value)
    if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
        raise QueryError("search.bad-year", token.position, "A year looks like 2026 or 2024..2026.")
    if not match[2]:
        return YearBetween(int(match[1]), int(match[1]))
    return YearBetween(int(match[1] or 0), int(match[3] or 9999))


def _first_day(value: str, token: Token) -> date:
    """Of a day, a month or a year."""
    if len(value) == 8 and value.isdigit():
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
    match = _DATE.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError as error:
        raise QueryError(
            "search.bad-date", token.position, "A date looks like 2026, 2026-03 or 2026-03-08."
        ) from error


def _earlier(day: date) -> date:
    return day - timedelta(days=1) if day > date.min else day
