"""Questions to the index on behalf of a person, answered with rows that were checked against the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from archive_service import classification, people, records
from archive_service.bootstrap import Archive
from archive_service.classification import ClassRow
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.levels import Level, Sight
from archive_service.kernel.masking import mask
from archive_service.records import DocumentRow, VersionRow
from archive_service.search.rules import building_of, state_of
from search_index import IndexDamaged, Needle, Pieces, Request, find_marks, needles, parse
from search_index.contract import FACETS, Sort
from search_index.query import (
    And,
    ClassIs,
    DateBetween,
    InAnyFile,
    LevelIs,
    Node,
    Not,
    Or,
    Part,
    Word,
    YearBetween,
)

MOST_CANDIDATES: Final = 300
"""How many documents the database's own search looks through when the index can't be asked."""


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
class Found:
    """``from_index`` False: the index could not be asked, so only descriptions were searched, and the newest
    ``MOST_CANDIDATES`` of them at most.
    """

    total: int
    hits: tuple[FoundDocument, ...]
    facets: tuple[Facet, ...]
    terms: tuple[Needle, ...]
    classes: Mapping[str, ClassRow]
    from_index: bool = True


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """``healthy`` False: the index must be built anew, and ``entries`` is 0."""

    healthy: bool
    entries: int


def allowed_tokens(
    session: Session, actor: Actor, classes: Sequence[ClassRow] | None = None
) -> frozenset[str]:
    """The rights tokens under which the actor sees what pages say, masked at least. Two statements, or one with
    ``classes``.

    What somebody sees only the facts of stays out: an entry holds the pages as well, so finding it by any word
    would tell what they say.
    """
    known = classification.class_rows(session) if classes is None else classes
    tokens = {
        records.rights_token(level, row.code, None)
        for row in known
        for level in Level
        if actor.sight(level, row.code) >= Sight.MASKED
    }
    # Without a class a paper is also seen by the person who brought it in, whatever its level.
    creators: list[int | None] = [None, *people.display_names(session)]
    for level in Level:
        if actor.sight(level, None) >= Sight.MASKED:
            tokens.update(records.rights_token(level, "", creator) for creator in creators)
        elif actor.user_id is not None:
            tokens.add(records.rights_token(level, "", actor.user_id))
    return frozenset(tokens)


def find(archive: Archive, actor: Actor, request: SearchRequest) -> Found:
    """The documents that answer, of those the actor may see; always the same number of statements.

    Raises QueryError for a query that can't be understood, Forbidden.
    """
    actor.must(Permission.SEARCH)
    parse(request.query)  # a wrong query is told as such even while the index is away
    with archive.reading() as session:
        rows = classification.class_rows(session)
        classes = {row.code: row for row in rows}
        asked = Request(
            query=request.query,
            allowed=allowed_tokens(session, actor, rows),
            filters=dict(request.filters),
            old_versions=request.old_versions,
            sort=request.sort,
            offset=request.offset,
            limit=request.limit,
            facets=request.facets,
        )
        try:
            answer = archive.index.search(asked)
            lost = not answer.total and archive.index.count() == 0 and _something_to_find(session)
        except IndexDamaged:
            lost = True
        if lost:
            return _find_by_description(session, actor, request, classes)
        hit_ids = [hit.uid for hit in answer.hits]
        found = records.documents_by_version(session, actor, hit_ids, at_least=Sight.MASKED)
        pages = {(hit.uid, hit.page or 1) for hit in answer.hits}
        pictured = records.pictured_pages(session, actor, pages)
    hits = tuple(
        FoundDocument(*found[hit.uid], hit.page, hit.title, hit.snippet, (hit.uid, hit.page or 1) in pictured)
        for hit in answer.hits
        if hit.uid in found
    )
    facets = tuple(_facet(name, answer.facets.get(name, ()), request) for name in FACETS)
    return Found(answer.total, hits, facets, answer.terms, classes)


def _facet(name: str, counted: Sequence[tuple[str, int]], request: SearchRequest) -> Facet:
    chosen = request.filters.get(name, ())
    values = [FacetValue(value, count, value in chosen) for value, count in counted if value]
    # What was chosen stays to be seen and taken back, even where nothing is left of it.
    shown = {value.value for value in values}
    lost = [
        FacetValue(value, _below(value, counted) if name == "class" else 0, chosen=True)
        for value in chosen
        if value not in shown
    ]
    return Facet(name, (*lost, *values))


def _below(class_code: str, counted: Sequence[tuple[str, int]]) -> int:
    """Documents under a main class, which holds none itself."""
    return sum(count for code, count in counted if code.startswith(f"{class_code}."))


def _something_to_find(session: Session) -> bool:
    return bool(records.indexable_version_ids(session, 0, 1))


def _find_by_description(
    session: Session, actor: Actor, request: SearchRequest, classes: Mapping[str, ClassRow]
) -> Found:
    """Titles, numbers and units as the database holds them: what is left while the index is being rebuilt."""
    query = parse(request.query)
    terms = needles(query)
    candidates = records.described_with(
        session, actor, [_loose(needle) for needle in _needed(query.root)], limit=MOST_CANDIDATES
    )
    rows = [row for row in candidates if _answers(row, query.root) and _chosen(row, request)]
    if request.sort == "oldest":
        rows.reverse()
    window = rows[request.offset : request.offset + request.limit]
    versions = records.documents_by_version(session, actor, [row.version_id for row in window])
    hits = tuple(
        FoundDocument(
            row, versions[row.version_id][1], None, _marked(mask(row.title), terms), (), row.has_thumbnail
        )
        for row in window
        if row.version_id in versions
    )
    return Found(len(rows), hits, (), terms, classes, from_index=False)


def _loose(needle: Needle) -> str:
    """What the database looks for: its characters in order. The exact comparison comes after it."""
    if needle.unit:
        return "%".join(needle.unit.split("/"))  # what every form of a flat's name holds
    return "%".join(needle.text) if needle.kind != "literal" else needle.text


def _needed(node: Node) -> Iterator[Needle]:
    """What every answer must hold."""
    if isinstance(node, Word):
        yield node.needle
    elif isinstance(node, And):
        for part in node.parts:
            yield from _needed(part)


def _answers(row: DocumentRow, node: Node) -> bool:
    """Compared with the masked texts only, as the index would: hidden numbers can't be found by trying."""
    match node:
        case And(parts):
            return all(_answers(row, part) for part in parts)
        case Or(parts):
            return any(_answers(row, part) for part in parts)
        case Not(part):
            return not _answers(row, part)
        case Word(needle, part_name):
            return bool(find_marks(mask("\n".join(_texts(row, part_name))), [needle]))
        case ClassIs(code):
            return f"{row.class_code.lower()}.".startswith(f"{code}.")
        case LevelIs(level):
            return row.level.value.lower() == level
        case InAnyFile():
            return bool(row.file_no)
        case YearBetween(first, last):
            return bool(row.doc_date) and first <= int(row.doc_date[:4]) <= last
        case DateBetween(first_day, last_day):
            day = records.first_day(row.doc_date)
            return day is not None and first_day <= day <= last_day


def _texts(row: DocumentRow, part: Part) -> tuple[str, ...]:
    match part:
        case "owner":
            return (row.owner,)
        case "number":
            return (row.doc_number,)
        case "unit":
            return (row.unit,)
        case "file":
            return (row.file_no,)
        case "all":
            return row.title, row.doc_number, row.file_no, row.unit, row.owner


def _chosen(row: DocumentRow, request: SearchRequest) -> bool:
    facts = {
        "class": row.class_code,
        "year": row.doc_date[:4],
        "building": building_of(row.unit),
        "state": state_of(row.class_code),
        "level": row.level.value,
    }
    return all(facts[name] in values for name, values in request.filters.items() if values)


def _marked(text: str, terms: Sequence[Needle]) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in find_marks(text, terms):
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:], False))
    return tuple((piece, marked) for piece, marked in pieces if piece)


def suggest(archive: Archive, actor: Actor, prefix: str, limit: int = 8) -> tuple[str, ...]:
    """Words of titles and identifiers that begin with ``prefix``, of documents the actor may see."""
    actor.must(Permission.SEARCH)
    if not prefix.strip():
        return ()
    with archive.reading() as session:
        allowed = allowed_tokens(session, actor)
    try:
        return archive.index.suggest(prefix[:40], allowed, limit)
    except IndexDamaged:
        return ()


def expected_entries(archive: Archive) -> int:
    """How many versions the database has for the index."""
    with archive.reading() as session:
        return records.indexable_version_count(session)


def index_status(archive: Archive) -> IndexStatus:
    try:
        archive.index.healthy()
        return IndexStatus(healthy=True, entries=archive.index.count())
    except IndexDamaged:
        return IndexStatus(healthy=False, entries=0)
