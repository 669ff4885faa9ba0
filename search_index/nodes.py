"""What a query means: a tree of immutable nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .marks import Needle
from .normal import normalise

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


Names = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Other names for values: "class" or "level" → a name as ``field_value`` makes it → the values that it stands for."""


def field_value(text: str) -> str:
    """A class, a level or a name of one as they are compared."""
    return normalise(text).replace("·", ".").rstrip(".*")


def resolved(query: Query, names: Names) -> Query:
    """The query with the values in place of their other names."""
    return Query(_resolved(query.root, names)) if names else query


def _resolved(node: Node, names: Names) -> Node:
    match node:
        case And(parts):
            return And(tuple(_resolved(part, names) for part in parts))
        case Or(parts):
            return Or(tuple(_resolved(part, names) for part in parts))
        case Not(part):
            return Not(_resolved(part, names))
        case ClassIs(value):
            meant = names.get("class", {}).get(value, (value,))
            return _any(tuple(ClassIs(code.lower()) for code in meant))
        case LevelIs(value):
            meant = names.get("level", {}).get(value, (value,))
            return _any(tuple(LevelIs(level.lower()) for level in meant))
    return node


def _any(nodes: tuple[Node, ...]) -> Node:
    return nodes[0] if len(nodes) == 1 else Or(nodes)


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
