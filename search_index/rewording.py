"""A query in other words: without some of its fields or entrances, and never narrower for that."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from .marks import Needle
from .nodes import And, Node, Not, Or, Query, QueryError, Word, needles
from .query import leaf_of, parse
from .tokens import Prefix, Token, tokens_of, unify, united
from .units import without_entrance, written

_OPERATORS: Final = frozenset({"OR", "AND", "NOT", "或"})

_Rest = str | bool | None
"""What is left of a part: its text, something that is true (or false) of every paper, or nothing at all."""


def widened(
    text: str, *, bare: Collection[Prefix] = (), out: Collection[Prefix] = (), any_entrance: bool = False
) -> str:
    """The query with the words behind the prefixes ``bare`` looked for everywhere, and without what the prefixes
    ``out`` ask for; "" where that is every paper. ``any_entrance``: with flats in their short form without entrance.

    What is cut out takes along the operators and the alternatives that mean nothing without it: of ``year:2019 OR
    year:2018`` nothing is left, and nothing of ``电梯 OR year:2019`` either. An exclusion can only be cut out, for
    looking everywhere would exclude more. Raises :class:`QueryError` for what is no query itself.
    """
    unified = unify(text)
    tokens = united(list(tokens_of(unified)))
    rest = _Widening(text, tokens, bare, out, any_entrance=any_entrance).either(asked_for=True)
    return rest if isinstance(rest, str) else ""


def typed_words(text: str) -> tuple[str, ...]:
    """The words and phrases of a query that a hit may show, as they were typed, each once: with their quotation marks,
    without their fields. Raises :class:`QueryError` for what is no query itself.
    """
    shown = set(needles(parse(text)))
    typed: dict[Needle, str] = {}
    for token in tokens_of(unify(text)):
        if token.kind not in ("text", "phrase"):
            continue
        leaf = leaf_of(token)
        if isinstance(leaf, Word) and leaf.needle in shown:
            whole = text[token.position : token.end]
            # Without its field a word could become an operator.
            value = text[unify(text).index(":", token.position) + 1 : token.end] if token.field else whole
            typed.setdefault(leaf.needle, (_plain(value) or whole) if token.field else whole)
    return tuple(typed.values())


def only_excludes(query: Query) -> bool:
    """Whether papers that hold nothing at all would answer, as they do to ``-电梯``."""
    return not _asks(query.root, asked_for=True)


def _asks(node: Node, *, asked_for: bool) -> bool:
    match node:
        case Not(part):
            return _asks(part, asked_for=not asked_for)
        case And(parts) | Or(parts):
            asking = [_asks(part, asked_for=asked_for) for part in parts]
            return any(asking) if isinstance(node, And) == asked_for else all(asking)
    return asked_for


class _Widening:
    """Walks over the tokens as the parser does, and puts the typed text together again."""

    def __init__(
        self,
        text: str,
        tokens: list[Token],
        bare: Collection[Prefix],
        out: Collection[Prefix],
        *,
        any_entrance: bool,
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._bare = {prefix.begin: prefix for prefix in bare}
        self._out = {prefix.begin for prefix in out}
        self._any_entrance = any_entrance
        self._at = 0

    def _kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def either(self, *, asked_for: bool) -> _Rest:
        parts = [("", self._every(asked_for))]
        while self._kind() == "or":
            position = self._tokens[self._at].position
            word = "或" if self._text[position] == "或" else "OR"
            self._at += 1
            parts.append((word, self._every(asked_for)))
        rests = [rest for _, rest in parts if rest is not None]
        if True in rests:
            return True
        kept = [(word, rest) for word, rest in parts if isinstance(rest, str)]
        if not kept:
            return False if rests else None
        return kept[0][1] + "".join(f" {word or 'OR'} {rest}" for word, rest in kept[1:])

    def _every(self, asked_for: bool) -> _Rest:
        rests: list[str | bool] = []
        while self._kind() not in ("", "or", "close"):
            if self._kind() == "and":
                self._at += 1
            elif (rest := self._one(asked_for)) is not None:
                rests.append(rest)
        if False in rests:
            return False
        kept = [rest for rest in rests if isinstance(rest, str)]
        return " ".join(kept) if kept else True if rests else None

    def _one(self, asked_for: bool) -> _Rest:
        sign, negative = "", False
        while self._kind() in ("minus", "not"):
            sign, negative = "-" if self._kind() == "minus" else "NOT ", not negative
            self._at += 1
        if self._kind() in ("", "or", "and", "close"):
            return None
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "open":
            rest = self.either(asked_for=asked_for != negative)
            self._at += 1
            rest = f"({rest})" if isinstance(rest, str) else rest
        else:
            rest = self._leaf(token, asked_for != negative)
        if not negative or rest is None:
            return rest
        return sign + rest if isinstance(rest, str) else not rest

    def _leaf(self, token: Token, asked_for: bool) -> _Rest:
        if token.position in self._out:
            return asked_for
        if prefix := self._bare.get(token.position):
            value = _plain(self._text[prefix.end : token.end])
            if self._any_entrance and value:
                value = _any_entrance(token) or _any_entrance(Token("text", 0, value)) or value
            return value if asked_for and value else asked_for
        if leaf_of(token) is None:
            return None
        # An exclusion would exclude more without its entrance.
        if self._any_entrance and asked_for and (flat := _any_entrance(token)):
            colon = unify(self._text).index(":", token.position) + 1 if token.field else token.position
            return self._text[token.position : colon] + flat
        if token.kind == "text" and not token.field and token.text in _OPERATORS:
            return f'"{token.text}"'  # somewhere else it could become one
        return self._text[token.position : token.end]


def _any_entrance(token: Token) -> str:
    """The flat that a token asks for by its entrance, as it is written without; "" for everything else."""
    leaf = leaf_of(token)
    name = leaf.needle.unit if isinstance(leaf, Word) else ""
    general = without_entrance(name) if name else ""
    return written(general) if general != name else ""


def _plain(value: str) -> str:
    """A value as one word that means nothing else; "" where there is nothing to look for."""
    try:
        tokens = united(list(tokens_of(unify(value))))
        plain = len(tokens) == 1 and tokens[0].kind in ("text", "phrase") and not tokens[0].field
        plain = plain and tokens[0].text not in _OPERATORS
        word = value if plain or not value else f'"{value}"'
        return word if all(leaf_of(token) for token in tokens_of(unify(word))) else ""
    except QueryError:
        return ""
