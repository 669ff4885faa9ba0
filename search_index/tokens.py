"""The words, operators and fields of a typed query."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from .nodes import QueryError
from .normal import normalise

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
    "密级": "level",
    "in": "file",
    "案卷": "file",
}
_STRANGE: Final = re.compile(r"([^\W\d_]{1,20}):(?!//)")
_QUOTES: Final = dict.fromkeys(map(ord, "“”„‟「」『』〝〞"), '"')
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))|(?P<text>[^\s()]+)"
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: Literal["open", "close", "minus", "or", "and", "not", "text", "phrase"]
    position: int
    text: str = ""
    field: str = ""
    end: int = 0  # behind its last character; of texts and phrases


@dataclass(frozen=True, slots=True)
class Prefix:
    """A name with a colon before a word. ``field`` is "" where there is no such field; the name and its colon
    are ``text[begin:end]`` of the typed text, and with the ``value`` they reach to ``stop``.
    """

    name: str
    field: str
    begin: int
    end: int
    value: str = ""
    stop: int = 0


def prefixes(text: str) -> tuple[Prefix, ...]:
    """The fields that a query asks for, and what only looks like one. Raises :class:`QueryError`."""
    found = []
    unified = unify(text)
    for token in tokens_of(unified):
        strange = token.kind == "text" and not token.field and _STRANGE.match(token.text)
        if token.field or strange:
            end = unified.index(":", token.position)
            value = token.text if token.field else ""
            begin = token.position
            found.append(Prefix(text[begin:end], token.field, begin, end + 1, value, token.end))
    return tuple(found)


def united(tokens: list[Token]) -> list[Token]:
    """With every 或 that stands between two things to look for as the operator that it means."""
    for at in range(1, len(tokens) - 1):
        token, before, behind = tokens[at], tokens[at - 1].kind, tokens[at + 1].kind
        if (
            (token.kind, token.text, token.field) == ("text", "或", "")
            and before in ("text", "phrase", "close")
            and behind in ("text", "phrase", "open", "minus", "not")
        ):
            tokens[at] = Token("or", token.position)
    return tokens


def unify(text: str) -> str:
    """Full-width syntax as ASCII, one character for one, so that positions stay those of the typed text."""

    def narrow(char: str) -> str:
        folded = unicodedata.normalize("NFKC", char)
        return folded if len(folded) == 1 else char

    return "".join(map(narrow, text)).translate(_QUOTES)


def tokens_of(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if text[at] == '"':
            phrase, end = _phrase(text, at)
            yield Token("phrase", at, phrase, "", end)
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
            yield Token("open" if kind == "open" else "close" if kind == "close" else "minus", at)
        at = match.end()


def _phrase(text: str, at: int) -> tuple[str, int]:
    end = text.find('"', at + 1)
    if end < 0:
        raise QueryError("search.open-quote", at, "A quotation mark is not closed.")
    return text[at + 1 : end], end + 1


def _text_token(text: str, at: int, found: str) -> tuple[Token, int]:
    """One word, perhaps behind a field prefix, perhaps with its value in quotes; and where to go on."""
    if found in ("OR", "AND", "NOT"):
        return Token("or" if found == "OR" else "and" if found == "AND" else "not", at), at + len(found)
    quote = found.find('"')
    name, colon, value = found.partition(":")
    field = _FIELDS.get(normalise(name)) if colon and (quote < 0 or quote > len(name)) else None
    if field is None:
        word = found if quote < 0 else found[:quote]
        end = at + len(word)
        return Token("text", at, word, "", end), end
    start = at + len(name) + 1
    if value.startswith('"'):
        phrase, end = _phrase(text, start)
        return Token("phrase", at, phrase, field, end), end
    value = value.partition('"')[0]
    end = start + len(value)
    return Token("text", at, value, field, end), end
