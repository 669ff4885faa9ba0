"""The search page: facets with counts, hits with the page they stand on, help when nothing is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import N_, UnknownField
from archive_service.kernel.levels import LEVEL_NAMES, Level, Sight
from archive_service.search import queries
from archive_service.search.queries import Found, SearchRequest
from archive_service.search.rules import FILED, UNFILED, covered_number
from archive_service.search.web.words import reading_note
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
)
from search_index import Prefix, QueryError, prefixes, without
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
STATE_NAMES: Final = {FILED: N_("Classified"), UNFILED: N_("Not classified yet")}
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
DESCRIBED_FIELDS: Final = frozenset({"unit", "owner", "number"})
"""Fields whose values stand on the pages as well."""
FIELD_WORDS: Final[Mapping[str, str]] = {
    "zh_CN": "类别: 房号: 业主: 编号: 年度: 之后: 之前: 级别: 案卷:",
    "en": "class: unit: owner: no: year: after: before: level: in:",
}
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
        "covered": _covered(query),
        "hidden": [(name, value) for name, values in asked.filters.items() for value in values],
    }
    try:
        found = queries.find(archive, actor, asked)
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
        told=[] if found.total else _about_prefixes(query) + _about_closed_pages(actor),
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


def _box(facet: queries.Facet, found: Found) -> Box:
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


def _ordered(facet: queries.Facet) -> list[queries.FacetValue]:
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
    alone = list(dict.fromkeys(term.text for term in found.terms)) if len(found.terms) > 1 else []
    words = alone[:MOST_WORDS]
    if found.terms:
        near = queries.suggest(current_archive(), current_actor(), found.terms[0].text[:1], MOST_WORDS)
        words += [word for word in near if word not in words and word != query]
    return [Way(word, url_for("search.page", q=word)) for word in words[: 2 * MOST_WORDS]]


def _covered(query: str) -> Told | None:
    """Pages show a number in full to whom they may; the index has nobody's."""
    if (tail := covered_number(query)) is None:
        return None
    text = gettext(
        "Telephone, identity card and other personal numbers are covered for the search, so nothing is found by a"
        " whole number. Search for its last digits, or for the name or the unit."
    )
    return Told(text, _everywhere(tail) if tail else None)


def _about_prefixes(query: str) -> list[Told]:
    told: list[Told] = []
    found = prefixes(query)
    described = [prefix for prefix in found if prefix.field in DESCRIBED_FIELDS]
    strange = [prefix for prefix in found if not prefix.field]
    if described:
        text = gettext(
            "%(fields)s looks only at what was entered in that field, not at the pages. No paper that you may see"
            " has this in it.",
            fields=_named(described),
        )
        told.append(Told(text, _everywhere(without(query, described))))
    if strange:
        text = gettext(
            "There is no field %(fields)s, so it was searched for as it stands. The fields are %(known)s",
            fields=_named(strange),
            known=FIELD_WORDS[current_language()],
        )
        told.append(Told(text, _everywhere(without(query, strange))))
    return told


def _about_closed_pages(actor: Actor) -> list[Told]:
    """Papers that an actor sees only the facts of are in the lists, but in no search."""
    if actor.sees_every_document or not any(rule.sight is Sight.FACTS for rule in actor.sights):
        return []
    text = gettext(
        "Papers whose pages are not open to you are not searched. They stand in the archive files."
    )
    return [Told(text, Way(str(gettext("Archive files")), url_for("records.files")))]


def _named(some: Sequence[Prefix]) -> str:
    return " ".join(dict.fromkeys(f"{prefix.name}:" for prefix in some))


def _everywhere(query: str) -> Way | None:
    query = query.strip()
    label = gettext("Search for “%(query)s” everywhere", query=query)
    return Way(str(label), url_for("search.page", q=query)) if query else None


@blueprint.get("/search/suggestions")
def suggestions() -> ResponseReturnValue:
    """Ways to go on with the last word of ``q``: a JSON list, or options for a script that asks for a part."""
    _only("q")
    current_actor().must(Permission.SEARCH)
    typed = request.args.get("q", "")[:200]
    before, _, last = typed.rpartition(" ")
    words: Sequence[str] = ()
    if last and '"' not in last and ":" not in last:
        words = queries.suggest(current_archive(), current_actor(), last.lstrip("-("))
    whole = [f"{before} {word}".strip() for word in words]
    if "HX-Request" in request.headers:
        return render_template("search/_suggestions.html", words=whole)
    return jsonify(whole)
