"""From what a person meant by "these" to the documents themselves, as far as they see them."""

import re
import uuid
from collections.abc import Iterator
from typing import Final, cast, get_args

from archive_service import classification, records, search
from archive_service.bootstrap import Archive
from archive_service.bulk.rules import NothingChosen, TooManyChosen
from archive_service.bulk.rules.selection import Origin, Selection
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.records import DocumentFilter, InboxPart
from archive_service.search import SearchRequest
from search_index.contract import FACETS, Sort

AT_ONCE: Final = 500
_A_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_IN_A_SEARCH: Final = 100  # as many as the index gives at once
_STATES: Final = {
    "reading": records.UNREAD,
    "read": (records.VersionState.READABLE, records.VersionState.SEARCHABLE),
    "stuck": records.STUCK,
}


def chosen_ids(archive: Archive, actor: Actor, selection: Selection, most: int) -> list[uuid.UUID]:
    """Every document that is meant and that the actor sees, each once, in the order of the list.

    Raises NothingChosen, TooManyChosen, NotFound, Forbidden, QueryError.
    """
    found: dict[uuid.UUID, None] = {}
    for some in _walk(archive, actor, selection):
        found.update(dict.fromkeys(some))
        if len(found) > most:
            raise TooManyChosen(count=f"> {most}", most=most)
    if not found:
        raise NothingChosen()
    return list(found)


def _walk(archive: Archive, actor: Actor, selection: Selection) -> Iterator[list[uuid.UUID]]:
    match selection.origin:
        case Origin.TICKED:
            yield from _ticked(archive, actor, selection)
        case Origin.SEARCH:
            yield from _searched(archive, actor, selection)
        case Origin.FILE:
            yield from _in_file(archive, actor, selection)
        case Origin.CLASS:
            yield from _listed(archive, actor, selection)
        case Origin.INBOX:
            yield from _in_inbox(archive, actor, selection)


def _ticked(archive: Archive, actor: Actor, selection: Selection) -> Iterator[list[uuid.UUID]]:
    with archive.reading() as session:
        seen = records.documents_by_id(session, actor, selection.ids)
    yield [one for one in selection.ids if one in seen]


def _searched(archive: Archive, actor: Actor, selection: Selection) -> Iterator[list[uuid.UUID]]:
    sort = selection.one("sort")
    asked = SearchRequest(
        query=selection.one("q"),
        filters={name: values for name in FACETS if (values := selection.asked.get(name))},
        old_versions=selection.one("old") == "1",
        sort=cast(Sort, sort) if sort in get_args(Sort) else "oldest",
        limit=_IN_A_SEARCH,
        facets=False,
    )
    offset = 0
    while True:
        found = search.find(archive, actor, _from(asked, offset))
        yield [hit.document.id for hit in found.hits]
        offset += _IN_A_SEARCH
        if offset >= found.total or not found.from_index:
            return


def _from(asked: SearchRequest, offset: int) -> SearchRequest:
    return SearchRequest(
        asked.query, asked.filters, asked.old_versions, asked.sort, offset, asked.limit, facets=False
    )


def _in_file(archive: Archive, actor: Actor, selection: Selection) -> Iterator[list[uuid.UUID]]:
    number = selection.one("case_file")
    with archive.reading() as session:
        file = records.case_file(session, actor, int(number) if _A_NUMBER.fullmatch(number) else 0)
    offset = 0
    while True:
        with archive.reading() as session:
            lines = records.file_lines(session, actor, file.id, offset=offset, limit=AT_ONCE)
        if not lines:
            return
        yield [line.document_id for line in lines if line.document_id is not None]
        offset += AT_ONCE


def _listed(archive: Archive, actor: Actor, selection: Selection) -> Iterator[list[uuid.UUID]]:
    code = selection.one("code")
    with archive.reading() as session:
        if code and classification.class_row(session, code) is None:
            raise NotFound()
    wanted = DocumentFilter(
        class_code=code,
        unclassified=not code and selection.one("class") == "none",
        states=_STATES.get(selection.one("state"), ()),
    )
    offset = 0
    while True:
        with archive.reading() as session:
            rows = records.documents(session, actor, wanted, sort="oldest", offset=offset, limit=AT_ONCE)
        if not rows:
            return
        yield [row.id for row in rows]
        offset += AT_ONCE


def _in_inbox(archive: Archive, actor: Actor, selection: Selection) -> Iterator[list[uuid.UUID]]:
    shown = selection.one("show")
    part = InboxPart(shown) if shown in set(InboxPart) else InboxPart.ALL
    offset = 0
    while True:
        with archive.reading() as session:
            rows = records.inbox(session, actor, part, offset=offset, limit=AT_ONCE)
        if not rows:
            return
        yield [row.id for row in rows]
        offset += AT_ONCE
