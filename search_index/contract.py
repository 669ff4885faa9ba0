"""What every search engine takes, gives and promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from .marks import Needle
from .nodes import Names

Sort = Literal["relevance", "newest", "oldest"]
FACETS = ("class", "year", "building", "state", "level")
MAX_LIMIT = 100


class SearchIndexError(Exception):
    """Something about the index itself went wrong; ``code`` is stable."""

    code = "search.index"


class IndexDamaged(SearchIndexError):
    """Files of the index are missing, corrupt or not ours. The index is disposable: rebuild it."""

    code = "search.index-damaged"


class IndexBusy(SearchIndexError):
    """Another process holds the writer's lock longer than we wait."""

    code = "search.index-busy"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a document. Every text here is already masked by the caller."""

    uid: int  # 0 … 2**63 - 1; putting the same uid again replaces the entry
    title: str
    pages: tuple[str, ...]
    owner: str
    unit: str
    number: str  # document and archival numbers, separated by spaces
    class_code: str
    year: int | None
    building: str
    state: str
    level: str
    rights: str  # opaque token, compared for equality only
    date: date | None
    file: str  # number of the file (案卷) that holds the document, or ""
    current: bool
    stamp: int = 0  # opaque, told again by ``stamps``: as what the caller knew the entry


def token_of(uid: int) -> str:
    """The token that opens one entry alone, whatever its ``rights`` are."""
    return f"{_ALONE}{uid}"


def uids_in(tokens: frozenset[str]) -> list[int]:
    """The entries that tokens open one by one."""
    return [int(token[len(_ALONE) :]) for token in tokens if token.startswith(_ALONE)]


_ALONE = "\x1fuid:"  # no token of a caller's own begins so


@dataclass(frozen=True, slots=True)
class Request:
    """One question. ``filters`` maps facet names to chosen values: OR within a name, AND between names.

    An empty query means everything that rights and filters leave. ``limit`` is cut to 100. ``names``: what classes
    and levels are called besides their codes. ``hidden``: entries that nothing opens, as if they weren't there.
    """

    query: str
    allowed: frozenset[str]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    old_versions: bool = False
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 20
    facets: bool = True
    names: Names = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


Pieces = tuple[tuple[str, bool], ...]  # (text, marked) one after the other, un-normalised text


@dataclass(frozen=True, slots=True)
class Hit:
    """One document of an answer; ``page`` is 1-based, None when no page holds any of the words."""

    uid: int
    page: int | None
    snippet: Pieces
    title: Pieces
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """``total`` and ``facets`` count the exact set; ``hits`` are the asked-for window of it."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    terms: tuple[Needle, ...]  # what was looked for, for framing words on pictures of pages


class SearchEngine(Protocol):
    """The one door to the index. Any number of threads and processes may search; one process writes."""

    def put(self, entries: Iterable[Entry]) -> int:
        """Adds or replaces by uid in one commit and returns how many entries were taken.

        More than about three million characters are split into several commits, each complete in itself. Of pages
        with absurdly many different characters the first ones are taken, see ``diversity.MOST_TERMS``.
        """

    def remove(self, uids: Iterable[int]) -> int:
        """Removes in one commit and returns how many were there."""

    def search(self, request: Request) -> Answer:
        """Raises QueryError for a query that can't be understood, IndexDamaged for an index that can't be
        read.
        """

    def suggest(
        self, prefix: str, allowed: frozenset[str], limit: int = 10, hidden: frozenset[int] = frozenset()
    ) -> tuple[str, ...]:
        """Words of titles and identifiers that begin with ``prefix``, the most frequent first; none of those of the
        ``hidden`` entries.
        """

    def uids(self, after: int = -1) -> Iterator[int]:
        """Every uid greater than ``after``, ascending, old versions included."""

    def stamps(self, after: int = -1) -> Iterator[tuple[int, int]]:
        """As ``uids``, each with the stamp that its entry was put with."""

    def count(self) -> int:
        """Number of entries, old versions included."""

    def rebuild(
        self,
        entries: Iterator[Entry],
        progress: Callable[[int], None] | None = None,
        refused: Callable[[int, Exception], None] | None = None,
    ) -> int:
        """Builds a fresh index beside the old one, which goes on answering, and swaps them in one step.

        What is put or removed while the rebuild runs wins over what ``entries`` says. ``refused`` is told of an
        entry that can't be added, and the others are; without it the error is raised. Returns the number of entries.
        """

    def tidy(self) -> None:
        """Merges small parts; for idle moments."""

    def healthy(self) -> None:
        """Returns if the index can be read, else raises IndexDamaged."""
