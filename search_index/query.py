"""The query language, engine-neutral: text in, a tree of immutable nodes out.

Words are joined by AND; ``"…"`` is a phrase, ``-`` or ``NOT`` excludes, ``OR`` unites, brackets group.
Fields are ``class: unit: owner: no: year: before: after: level: in:`` or their Chinese names. ``after:`` a
day, month or year begins with it, ``before:`` one ends before it, so that both together lose and double no day.
``*`` at the end leaves an identifier open. Full-width forms mean the same, and so does 或 between two words for
OR. An unknown prefix is plain text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from .marks import Needle, identifier_key
from .normal import ALNUM, HAN, normalise
from .units import unit_named

MAX_CHARACTERS: Final = 1_000
MAX_TERMS: Final = 64
MAX_DEPTH: Final = 32

Part = Literal["all", "owner", "number", "unit", "file"]


class QueryError(ValueError):
    """A query that can't be understood. ``code`` is stable, ``position`` counts characters from 0."""

    def __init__(self, code: str, position: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.position = position
        self.message = message


@dataclass(frozen=True, slots=True)
class Word:
    """A needle that must stand in a part of the document; "all" is title, owner, numbers and pages alike."""

    needle: Needle
    part: Part = "all"


@dataclass(frozen=True, slots=True)
class ClassIs:
    """Class ``code`` (lower case) or any class below it."""

    code: str


@dataclass(frozen=True, slots=True)
class LevelIs:
    level: str  # lower case


@dataclass(frozen=True, slots=True)
class InAnyFile:
    """Documents that have a place in a file (案卷)."""


@dataclass(frozen=True, slots=True)
class YearBetween:
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class DateBetween:
    """Dated from ``first`` to ``last``, both included; undated documents never match."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]  # empty: everything


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Leaf = Word | ClassIs | LevelIs | InAnyFile | YearBetween | DateBetween
Node = Leaf | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    root: Node


_FIELDS: Final = {
    "class": "class",
    "类别": "class",
    "unit": "unit",
    "房号": "unit",
    "owner": "owner",
    "业主": "owner",
    "no": "number",
    "编号": "number",
    "year": "year",
    "年度": "year",
    "before": "before",
    "之前": "before",
    "after": "after",
    "之后": "after",
    "level": "level",
    "级别": "level",
    "in": "file",
    "案卷": "file",
}
_STRANGE: Final = re.compile(r"([^\W\d_]{1,20}):(?!//)")
_ANY_FILE: Final = frozenset(("file", "案卷"))
_QUOTES: Final = dict.fromkeys(map(ord, "“”„‟「」『』〝〞"), '"')
_JOINERS: Final = r"\-\u2010-\u2015\u2212/\\.·〔〕\[\]【】()#_&+~'’"
_JOINED: Final = re.compile(f"[{ALNUM}{HAN}]+(?:[{_JOINERS}]+[{ALNUM}{HAN}]+)+")
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))|(?P<text>[^\s()]+)"
)
_DATE: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?)?[年月]?")
_YEARS: Final = re.compile(r"(\d{4})?(\.\.)?(\d{4})?")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["open", "close", "minus", "or", "and", "not", "text", "phrase"]
    position: int
    text: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A name with a colon before a word. ``field`` is "" where there is no such field; the name and its colon
    are ``text[begin:end]`` of the typed text.
    """

    name: str
    field: str
    begin: int
    end: int


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a query. Raises :class:`QueryError`, always within milliseconds."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(
            "search.too-long", MAX_CHARACTERS, f"A query may have {MAX_CHARACTERS} characters at most."
        )
    tokens = _united(list(_tokens(_unify(text))))
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


def needles(query: Query) -> tuple[Needle, ...]:
    """What a hit may show: the needles outside NOT, in order, each once."""
    return tuple(dict.fromkeys(word.needle for word in words(query.root)))


def words(node: Node) -> Iterator[Word]:
    """The words of a tree that are not under NOT."""
    if isinstance(node, Word):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from words(part)


def prefixes(text: str) -> tuple[Prefix, ...]:
    """The fields that a query asks for, and what only looks like one. Raises :class:`QueryError`."""
    found = []
    unified = _unify(text)
    for token in _tokens(unified):
        strange = token.kind == "text" and not token.field and _STRANGE.match(token.text)
        if token.field or strange:
            end = unified.index(":", token.position)
            found.append(Prefix(text[token.position : end], token.field, token.position, end + 1))
    return tuple(found)


def without(text: str, dropped: Collection[Prefix]) -> str:
    """The query without these prefixes, the words behind them kept."""
    for prefix in sorted(dropped, key=lambda p: p.begin, reverse=True):
        text = text[: prefix.begin] + text[prefix.end :]
    return text


def _united(tokens: list[_Token]) -> list[_Token]:
    """With every 或 that stands between two things to look for as the operator that it means."""
    for at in range(1, len(tokens) - 1):
        token, before, behind = tokens[at], tokens[at - 1].kind, tokens[at + 1].kind
        if (
            (token.kind, token.text, token.field) == ("text", "或", "")
            and before in ("text", "phrase", "close")
            and behind in ("text", "phrase", "open", "minus", "not")
        ):
            tokens[at] = _Token("or", token.position)
    return tokens


def _unify(text: str) -> str:
    """Full-width syntax as ASCII, one character for one, so that positions stay those of the typed text."""

    def narrow(char: str) -> str:
        folded = unicodedata.normalize("NFKC", char)
        return folded if len(folded) == 1 else char

    return "".join(map(narrow, text)).translate(_QUOTES)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at] == '"':
            phrase, end = _phrase(text, at)
            yield _Token("phrase", at, phrase)
            at = end
            continue
        match = _TOKEN.match(text, at)
        assert match is not None  # every character belongs to one of the alternatives
        kind, found = match.lastgroup, match.group()
        if kind == "text":
            token, at = _text_token(text, at, found)
            yield token
            continue
        if kind in ("open", "close", "minus"):
            yield _Token("open" if kind == "open" else "close" if kind == "close" else "minus", at)
        at = match.end()


def _phrase(text: str, at: int) -> tuple[str, int]:
    end = text.find('"', at + 1)
    if end < 0:
        raise QueryError("search.open-quote", at, "A quotation mark is not closed.")
    return text[at + 1 : end], end + 1


def _text_token(text: str, at: int, found: str) -> tuple[_Token, int]:
    """One word, perhaps behind a field prefix, perhaps with its value in quotes; and where to go on."""
    if found in ("OR", "AND", "NOT"):
        return _Token("or" if found == "OR" else "and" if found == "AND" else "not", at), at + len(found)
    quote = found.find('"')
    name, colon, value = found.partition(":")
    field = _FIELDS.get(normalise(name)) if colon and (quote < 0 or quote > len(name)) else None
    if field is None:
        word = found if quote < 0 else found[:quote]
        return _Token("text", at, word), at + len(word)
    start = at + len(name) + 1
    if value.startswith('"'):
        phrase, end = _phrase(text, start)
        return _Token("phrase", at, phrase, field), end
    value = value.partition('"')[0]
    return _Token("text", at, value, field), start + len(value)


class _Parser:
    """Recursive descent; the depth is checked before each step down."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
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

    def _peek(self) -> _Token | None:
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
            part = _leaf(token)
        if part is None:
            return None
        return Not(part) if negative else part


def _leaf(token: _Token) -> Node | None:
    if not token.field:
        return _word(token.text, "all", quoted=token.kind == "phrase")
    value = normalise(token.text)
    if not value:
        raise QueryError("search.empty-field", token.position, "A field needs a value behind its colon.")
    quoted = token.kind == "phrase"
    match token.field:
        case "class":
            return ClassIs(value.replace("·", ".").rstrip(".*"))
        case "level":
            return LevelIs(value)
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


def _years(value: str, token: _Token) -> YearBetween:
    match = _YEARS.fullmatch(value)
    if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
        raise QueryError("search.bad-year", token.position, "A year looks like 2026 or 2024..2026.")
    if not match[2]:
        return YearBetween(int(match[1]), int(match[1]))
    return YearBetween(int(match[1] or 0), int(match[3] or 9999))


def _first_day(value: str, token: _Token) -> date:
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
