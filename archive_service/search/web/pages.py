"""The search page: facets with counts, hits with the page they stand on, help when nothing is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, UnknownField
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.search.queries import finding
from archive_service.search.queries.asking import Facet, FacetValue, Found, Hint, SearchRequest
from archive_service.search.rules import FILED, UNFILED
from archive_service.search.web.words import hint_text, reading_note
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
)
from search_index import QueryError, typed_words
from search_index.contract import FACETS, Sort

blueprint = Blueprint("search", __name__, template_folder="../templates")

PAGE_SIZE: Final = 20
LARGEST_OFFSET: Final = 10_000
SHOWN_VALUES: Final = 8  # of a facet; the others fold away
MOST_WORDS: Final = 6  # offered one by one when nothing was found

FACET_NAMES: Final = {
    "class": N_("Class"),
    "year": N_("Year"),
    "building": N_("Building"),
    "state": N_("Filing"),
    "level": N_("Level"),
}
STATE_NAMES: Final = {FILED: N_("Filed"), UNFILED: N_("Not filed yet")}
MISTAKES: Final[Mapping[str, str]] = {
    "search.too-long": N_("This is too long: a query may have 1,000 characters at most."),
    "search.too-many-words": N_("These are too many words: a query may have 64 at most."),
    "search.open-quote": N_("A quotation mark is not closed."),
    "search.brackets": N_("A bracket has no partner."),
    "search.too-deep": N_("There are too many brackets inside each other."),
    "search.empty-field": N_("Nothing stands behind the colon."),
    "search.nothing-to-find": N_("There is nothing to look for: a query needs a word, a number or a field."),
    "search.bad-year": N_("A year looks like 2026 or 2024..2026."),
    "search.bad-date": N_("A date looks like 2026, 2026-03 or 2026-03-08."),
}
ALWAYS_TOLD: Final = frozenset({"covered-number", "unknown-level", "unknown-class"})
"""Above the hits too; the others stand where nothing was found."""
_OTHER_MISTAKE: Final = N_("This query can't be understood.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet as a link that chooses it, or takes it back."""

    label: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """Something to try when nothing was found."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Told:
    """Why a search can't find what its author has in mind, and what will."""

    text: str
    way: Way | None


@blueprint.get("/search")
def page() -> ResponseReturnValue:
    _only("q", "sort", "old", "page", *FACETS)
    query = request.args.get("q", "").strip()
    number = asked_page()
    asked = SearchRequest(
        query=query,
        filters={name: values for name in FACETS if (values := _values(name))},
        old_versions=request.args.get("old") == "1",
        sort=_sort(query),
        offset=min((number - 1) * PAGE_SIZE, LARGEST_OFFSET),
        limit=PAGE_SIZE,
    )
    archive, actor = current_archive(), current_actor()
    shown: dict[str, Any] = {
        "query": query,
        "old": asked.old_versions,
        "sort": asked.sort,
        "language": current_language(),
        "hidden": [(name, value) for name, values in asked.filters.items() for value in values],
    }
    try:
        found = finding.find(archive, actor, asked)
    except QueryError as error:
        mistake = str(gettext(MISTAKES.get(error.code, _OTHER_MISTAKE)))
        at = min(error.position, len(query))
        parts = (query[:at], query[at:][:40])
        # An answer like any other: a script that loads the page in part must show it, too.
        return render_template("search/mistake.html", mistake=mistake, parts=parts, **shown)
    boxes = [_box(facet, found) for facet in found.facets]
    chosen = [(box, choice) for box in boxes for choice in box.choices if choice.chosen]
    return render_template(
        "search/page.html",
        found=found,
        boxes=[box for box in boxes if box.choices],
        chosen=chosen,
        shown_values=SHOWN_VALUES,
        reading_note=reading_note,
        paging=Paging(number, PAGE_SIZE, found.total),
        ways=[] if found.total else _other_words(query, found),
        looked_for=typed_words(query),
        mistaken=[_told(hint, found) for hint in found.hints if hint.code in ALWAYS_TOLD],
        told=[_told(hint, found) for hint in found.hints if hint.code not in ALWAYS_TOLD],
        widened=_address(**dict.fromkeys(FACETS)) if asked.filters else None,
        **shown,
    )


def _only(*names: str) -> None:
    for name in request.args:
        if name not in names:
            raise UnknownField(field=name[:40])


def _values(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:40] for value in request.args.getlist(name) if value))[:20]


def _sort(query: str) -> Sort:
    asked = request.args.get("sort", "")
    if asked in get_args(Sort):
        return cast(Sort, asked)
    # Without words nothing is more relevant than anything else.
    return "relevance" if query else "newest"


def _address(**changes: list[str] | None) -> str:
    """This search with some of its choices changed, from its first page."""
    args: MultiDict[str, str] = request.args.copy()
    args.poplist("page")
    for name, values in changes.items():
        args.poplist(name)
        for value in values or ():
            args.add(name, value)
    return url_for("search.page", **args.to_dict(flat=False))  # type: ignore[arg-type]  # lists repeat a key


def _box(facet: Facet, found: Found) -> Box:
    chosen = list(_values(facet.name))
    choices = [
        Choice(
            _label(facet.name, value.value, found),
            value.count,
            value.chosen,
            _address(
                **{
                    facet.name: [v for v in chosen if v != value.value]
                    if value.chosen
                    else [*chosen, value.value]
                }
            ),
        )
        for value in _ordered(facet)
    ]
    return Box(facet.name, str(gettext(FACET_NAMES[facet.name])), tuple(choices))


def _ordered(facet: Facet) -> list[FacetValue]:
    """Years run backwards, levels from open to secret; elsewhere the most frequent value comes first."""
    if facet.name == "year":
        return sorted(facet.values, key=lambda v: v.value, reverse=True)
    if facet.name == "level":
        ranks = {level.value: level.rank for level in Level}
        return sorted(facet.values, key=lambda v: ranks.get(v.value, 99))
    return sorted(facet.values, key=lambda v: (-v.count, v.value))


def _label(name: str, value: str, found: Found) -> str:
    if name == "class" and value in found.classes:
        return f"{value} {found.classes[value].name(current_language())}"
    if name == "level" and value in tuple(Level):
        return str(gettext(LEVEL_NAMES[Level(value)]))
    if name == "state" and value in STATE_NAMES:
        return str(gettext(STATE_NAMES[value]))
    return value


def _other_words(query: str, found: Found) -> list[Way]:
    """Each word by itself, and words of titles that begin like the first."""
    alone = list(dict.fromkeys(typed_words(query))) if len(found.terms) > 1 else []
    words = alone[:MOST_WORDS]
    if found.terms:
        near = finding.suggest(current_archive(), current_actor(), found.terms[0].text[:1], MOST_WORDS)
        words += [word for word in near if word not in words and word != query]
    return [Way(word, url_for("search.page", q=word)) for word in words[: 2 * MOST_WORDS]]


def _told(hint: Hint, found: Found) -> Told:
    text = hint_text(hint, found.classes, current_language(), lambda message: str(gettext(message)))
    if hint.code == "closed-pages":
        return Told(text, Way(str(gettext("Archive files")), url_for("records.files")))
    if hint.query is None:
        return Told(text, None)
    if hint.code in ("dates", "undated"):
        label = gettext("Search for “%(query)s” whatever the date", query=hint.query)
    elif hint.code == "entrance":
        label = gettext("Search for “%(query)s” whatever the entrance", query=hint.query)
    else:
        label = gettext("Search for “%(query)s” everywhere", query=hint.query)
    return Told(text, Way(str(label), url_for("search.page", q=hint.query)))


@blueprint.get("/search/suggestions")
def suggestions() -> ResponseReturnValue:
    """Ways to go on with the last word of ``q``: a JSON list, or options for a script that asks for a part."""
    _only("q")
    current_actor().must(Permission.SEARCH)
    typed = request.args.get("q", "")[:200]
    before, _, last = typed.rpartition(" ")
    words: Sequence[str] = ()
    if last and '"' not in last and ":" not in last:
        words = finding.suggest(current_archive(), current_actor(), last.lstrip("-("))
    whole = [f"{before} {word}".strip() for word in words]
    if "HX-Request" in request.headers:
        return render_template("search/_suggestions.html", words=whole)
    return jsonify(whole)
