"""What a person asks, and what they are answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from archive_service.classification import ClassRow
from archive_service.kernel.errors import N_, Invalid
from archive_service.records import DocumentRow, VersionRow
from search_index import Needle, Pieces
from search_index.contract import FACETS, Sort


class UnknownChoice(Invalid):
    code = "search.unknown-choice"
    message = N_("“%(value)s” can't be chosen for “%(field)s”.")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a person asks. ``filters``: facet name (class, year, building, state, level) → chosen values.

    Raises UnknownChoice for a facet that doesn't exist.
    """

    query: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    old_versions: bool = False
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 20
    facets: bool = True

    def __post_init__(self) -> None:
        for name in self.filters:
            if name not in FACETS:
                raise UnknownChoice(field=name[:20], value="")


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A version that holds what was searched, and its document. ``title`` and ``snippet`` are masked."""

    document: DocumentRow
    version: VersionRow
    page: int | None
    title: Pieces
    snippet: Pieces
    pictured: bool  # whether there is a small picture of the page to show: of ``page``, or of the first


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """Why a search finds less than its author has in mind; ``web.words`` says it in words.

    ``values``: facts for the words; ``choices``: codes of classes or levels to choose from instead; ``query``: a
    search that finds more, or None.
    """

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """``from_index`` False: the index could not be asked, so only descriptions were searched, and the newest
    ``described.MOST_CANDIDATES`` of them at most.
    """

    total: int
    hits: tuple[FoundDocument, ...]
    facets: tuple[Facet, ...]
    terms: tuple[Needle, ...]
    classes: Mapping[str, ClassRow]
    hints: tuple[Hint, ...]
    from_index: bool = True


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """``healthy`` False: the index must be built anew, and ``entries`` is 0."""

    healthy: bool
    entries: int
