"""Questions to the index on behalf of a person, answered with rows that were checked against the database."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from archive_service import classification, people, records
from archive_service.bootstrap import Archive
from archive_service.classification import ClassRow
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.levels import OPEN_TO_BRINGER, Level, Sight
from archive_service.search.queries.asking import (
    Facet,
    FacetValue,
    Found,
    FoundDocument,
    IndexStatus,
    SearchRequest,
)
from archive_service.search.queries.described import found_by_description
from archive_service.search.queries.hints import hints, names_of
from search_index import IndexDamaged, QueryError, Request, needles, parse, token_of
from search_index.contract import FACETS


def allowed_tokens(
    session: Session, actor: Actor, classes: Sequence[ClassRow] | None = None
) -> frozenset[str]:
    """The rights tokens under which the actor sees what pages say, masked at least. Two statements, or one with
    ``classes``; one more where sight of single papers was granted to them: those open one by one.

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
    # Without a class a paper is also seen by the person who brought it in, up to a level.
    creators: list[int | None] = [None, *people.display_names(session)]
    for level in Level:
        if actor.sight(level, None) >= Sight.MASKED:
            tokens.update(records.rights_token(level, "", creator) for creator in creators)
        elif actor.user_id is not None and level in OPEN_TO_BRINGER:
            tokens.add(records.rights_token(level, "", actor.user_id))
    if actor.papers:
        tokens.update(token_of(version) for version in records.versions_granted(session, actor))
    return frozenset(tokens)


def _closed_meanwhile(session: Session, actor: Actor) -> frozenset[int]:
    """Versions whose entries may still carry rights that their documents no longer have: left out of whatever is
    counted and suggested, however long the index takes to hear of it. One statement.
    """
    return frozenset(records.versions_closed_unindexed(session, actor))


def find(archive: Archive, actor: Actor, request: SearchRequest) -> Found:
    """The documents that answer, of those the actor may see; always the same number of statements.

    Raises QueryError for a query that can't be understood, Forbidden.
    """
    actor.must(Permission.SEARCH)
    parse(request.query)  # a wrong query is told as such even while the index is away
    with archive.reading() as session:
        rows = classification.class_rows(session)
        classes = {row.code: row for row in rows}
        names = names_of(rows)
        asked = Request(
            query=request.query,
            allowed=allowed_tokens(session, actor, rows),
            filters=dict(request.filters),
            old_versions=request.old_versions,
            sort=request.sort,
            offset=request.offset,
            limit=request.limit,
            facets=request.facets,
            names=names,
            hidden=_closed_meanwhile(session, actor),
        )
        try:
            answer = archive.index.search(asked)
            lost = not answer.total and archive.index.count() == 0 and _something_to_find(session)
        except IndexDamaged:
            lost = True
        if lost:
            total, by_description = found_by_description(session, actor, request, names)
            told = hints(
                actor, request.query, classes=classes, names=names, total=total, dated=lambda _rest: None
            )
            terms = needles(parse(request.query))
            return Found(total, by_description, (), terms, classes, told, from_index=False)
        hit_ids = [hit.uid for hit in answer.hits]
        found = records.documents_by_version(session, actor, hit_ids, at_least=Sight.MASKED)
        pages = {(hit.uid, hit.page or 1) for hit in answer.hits}
        pictured = records.pictured_pages(session, actor, pages)
    hits = tuple(
        FoundDocument(
            *found[hit.uid],
            hit.page,
            hit.title,
            # What opens only after saying why is found, and shows nothing of its pages before.
            hit.snippet if records.freely_seen(actor, found[hit.uid][0]) >= Sight.MASKED else (),
            (hit.uid, hit.page or 1) in pictured,
        )
        for hit in answer.hits
        if hit.uid in found
    )
    facets = tuple(_facet(name, answer.facets.get(name, ()), request) for name in FACETS)
    told = hints(
        actor,
        request.query,
        classes=classes,
        names=names,
        total=answer.total,
        dated=lambda rest: _dated(archive, asked, rest),
    )
    return Found(answer.total, hits, facets, answer.terms, classes, told)


def _dated(archive: Archive, asked: Request, rest: str) -> tuple[int, int] | None:
    """How many papers answer the rest of a query, and how many of them have a date; None if nobody can tell."""
    try:
        answer = archive.index.search(replace(asked, query=rest, offset=0, limit=0, facets=True))
    except (IndexDamaged, QueryError):
        return None
    return answer.total, sum(count for _, count in answer.facets["year"])


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


def suggest(archive: Archive, actor: Actor, prefix: str, limit: int = 8) -> tuple[str, ...]:
    """Words of titles and identifiers that begin with ``prefix``, of documents the actor may see."""
    actor.must(Permission.SEARCH)
    if not prefix.strip():
        return ()
    with archive.reading() as session:
        allowed, hidden = allowed_tokens(session, actor), _closed_meanwhile(session, actor)
    try:
        return archive.index.suggest(prefix[:40], allowed, limit, hidden)
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
