"""Search without the index: the descriptions in the database, compared as the index would compare them."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Sight
from archive_service.kernel.masking import mask
from archive_service.records import DocumentRow
from archive_service.search.queries.asking import FoundDocument, SearchRequest
from archive_service.search.rules import building_of, state_of
from search_index import Names, Needle, Pieces, find_marks, needles, parse, resolved
from search_index.nodes import (
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


def found_by_description(
    session: Session, actor: Actor, request: SearchRequest, names: Names
) -> tuple[int, tuple[FoundDocument, ...]]:
    """Titles, numbers and units as the database holds them: what is left while the index is being rebuilt.

    Returns how many answer, and those asked for.
    """
    query = resolved(parse(request.query), names)
    terms = needles(query)
    candidates = records.described_with(
        session,
        actor,
        [_loose(needle) for needle in _needed(query.root)],
        # As in the index: what somebody sees only the facts of is found by none of its words.
        at_least=Sight.MASKED,
        limit=MOST_CANDIDATES,
    )
    rows = [row for row in candidates if _answers(row, query.root) and _chosen(row, request)]
    if request.sort == "oldest":
        rows.reverse()
    window = rows[request.offset : request.offset + request.limit]
    shown = [row.version_id for row in window]
    versions = records.documents_by_version(session, actor, shown, at_least=Sight.MASKED)
    hits = tuple(
        FoundDocument(
            row, versions[row.version_id][1], None, _marked(mask(row.title), terms), (), row.has_thumbnail
        )
        for row in window
        if row.version_id in versions
    )
    return len(rows), hits


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
            return row.doc_number, row.archival_no
        case "unit":
            return (row.unit,)
        case "file":
            return (row.file_no,)
        case "all":
            return row.title, row.doc_number, row.archival_no, row.file_no, row.unit, row.owner


def _chosen(row: DocumentRow, request: SearchRequest) -> bool:
    facts = {
        "class": row.class_code,
        "year": row.doc_date[:4],
        "building": building_of(row.unit),
        "state": state_of(row.archival_no),
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
