"""Search for programs: the page's own question and answer, as JSON."""

import uuid
from typing import Annotated, Final

from flask import Flask, Response, url_for
from flask_babel import gettext
from pydantic import Field, StringConstraints

from archive_service.api import doors
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.errors import N_
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.records import VersionState
from archive_service.search.queries.asking import Found, FoundDocument, Hint, SearchRequest
from archive_service.search.queries.finding import find
from archive_service.search.web.words import hint_text, reading_note
from archive_service.web import current_actor, current_archive, current_language, problem
from search_index import QueryError
from search_index.contract import Sort

blueprint = doors.blueprint("search_api", __name__, "search")
SIZE: Final = 20
_Choice = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]


class SearchQuery(Asked):
    q: Annotated[Line, Field(description="words, phrases, fields: see the help of the search page")] = ""
    class_code: _Choice = Field(default="", alias="class")
    unit: _Choice = Field(default="", description="finds like unit: in the query")
    year: Annotated[str, StringConstraints(pattern=r"^(\d{4})?$")] = ""
    building: _Choice = ""
    level: Level | None = None
    state: _Choice = ""
    old_versions: bool = False
    sort: Sort = "relevance"
    page: Annotated[int, Field(ge=1, le=500)] = 1
    size: Annotated[int, Field(ge=1, le=100)] = SIZE


class SearchHit(Told):
    """``marks``: [start, end) of what was found, in characters of the snippet; so ``title_marks``.

    ``reading_state`` is the ``state`` of the version. One whose pages have not been read, or can't be, is found by
    what is known of it: it has no page and no snippet, and ``note`` says so in a sentence. ``reason`` is the code
    of what stopped the reading.
    """

    id: uuid.UUID
    title: str
    title_marks: list[tuple[int, int]]
    archival_no: str | None
    version: int
    is_current: bool
    page: int | None
    snippet: str
    marks: list[tuple[int, int]]
    reading_state: VersionState
    reason: str | None
    note: str | None
    class_code: str
    unit: str
    doc_date: str
    level: Level
    document: str = Field(description="address of the document in this API")
    html: str = Field(description="where people look at it")


class FacetCount(Told):
    value: str
    count: int


class SearchHint(Told):
    """Why a search finds less than its author may have in mind. ``query``: one that finds more, where there is."""

    code: str
    text: str
    query: str | None


class SearchAnswer(Told):
    """``complete``: false while the index is being rebuilt and only descriptions could be searched. ``hints``: mostly
    where nothing was found.
    """

    total: int
    page: int
    size: int
    complete: bool
    hits: list[SearchHit]
    facets: dict[str, list[FacetCount]]
    hints: list[SearchHint]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/search")
@blueprint.input(SearchQuery, location="query", arg_name="asked")
@blueprint.output(SearchAnswer)
@blueprint.doc(summary=N_("Find documents by their words"))
def search(asked: SearchQuery) -> SearchAnswer | Response:
    filters = {
        "class": asked.class_code,
        "year": asked.year,
        "building": asked.building,
        "level": asked.level.value if asked.level else "",
        "state": asked.state,
    }
    try:
        found = find(
            current_archive(),
            current_actor(),
            SearchRequest(
                query=_question(asked),
                filters={name: (value,) for name, value in filters.items() if value},
                old_versions=asked.old_versions,
                sort=asked.sort,
                offset=(asked.page - 1) * asked.size,
                limit=asked.size,
            ),
        )
    except QueryError as error:
        message = gettext(
            "The search can't be understood from character %(position)s on.", position=error.position + 1
        )
        return problem(422, error.code, message, field="q", position=error.position)
    return SearchAnswer(
        total=found.total,
        page=asked.page,
        size=asked.size,
        complete=found.from_index,
        hits=[_hit(one) for one in found.hits],
        facets={
            facet.name: [FacetCount(value=one.value, count=one.count) for one in facet.values]
            for facet in found.facets
        },
        hints=[_hint(one, found) for one in found.hints],
    )


def _hint(hint: Hint, found: Found) -> SearchHint:
    text = hint_text(hint, found.classes, current_language(), lambda message: str(gettext(message)))
    return SearchHint(code=f"search.{hint.code}", text=text, query=hint.query)


def _question(asked: SearchQuery) -> str:
    """The query with the chosen unit in it, which is an identifier to compare and no facet."""
    unit = asked.unit.replace('"', " ").strip()
    if not unit:
        return asked.q
    return f'({asked.q}) unit:"{unit}"' if asked.q.strip() else f'unit:"{unit}"'


def _hit(found: FoundDocument) -> SearchHit:
    document = found.document
    title, title_marks = _joined(found.title)
    snippet, marks = _joined(found.snippet)
    note = reading_note(found.version)
    return SearchHit(
        id=document.id,
        title=title,
        title_marks=title_marks,
        archival_no=None,
        version=found.version.number,
        is_current=found.version.is_current,
        page=found.page,
        snippet=snippet,
        marks=marks,
        reading_state=found.version.state,
        reason=found.version.trouble or None,
        note=gettext(note[1]) if note else None,
        class_code=document.class_code,
        unit=mask(document.unit),
        doc_date=document.doc_date,
        level=document.level,
        document=url_for("documents_api.show", document_id=document.id),
        html=f"/documents/{document.id}",
    )


def _joined(pieces: tuple[tuple[str, bool], ...]) -> tuple[str, list[tuple[int, int]]]:
    """The pieces as one text, and where the marked ones stand in it."""
    marks: list[tuple[int, int]] = []
    at = 0
    for text, marked in pieces:
        if marked:
            marks.append((at, at + len(text)))
        at += len(text)
    return "".join(text for text, _ in pieces), marks
