"""Why a search finds less than its author has in mind, and what would find more."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from archive_service.classification import ClassRow
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import LEVEL_NAMES, Level, Sight
from archive_service.search.queries.asking import Hint
from archive_service.search.rules import CHINESE_LEVELS, covered_number
from search_index import (
    Names,
    Prefix,
    QueryError,
    field_value,
    normalise,
    only_excludes,
    parse,
    prefixes,
    widened,
)

DESCRIBED_FIELDS: Final = frozenset({"unit", "owner", "number", "file"})
"""Fields whose values stand on the pages as well."""
DATE_FIELDS: Final = frozenset({"year", "before", "after"})
MOST_CLASSES: Final = 20  # offered instead of one that there isn't
_ANY_FILE: Final = frozenset({"file", "案卷"})


def names_of(classes: Sequence[ClassRow]) -> Names:
    """What people call classes and levels on the pages: their names in both languages, with and without code."""
    called: dict[str, tuple[str, ...]] = {}
    for row in classes:
        for name in {row.name_zh, row.name_en, f"{row.code} {row.name_zh}", f"{row.code} {row.name_en}"}:
            key = field_value(name)
            called[key] = (*called.get(key, ()), row.code)
    levels = {field_value(str(name)): (level.value,) for level, name in LEVEL_NAMES.items()}
    levels |= {field_value(name): (level.value,) for name, level in CHINESE_LEVELS.items()}
    return {"class": called, "level": levels}


def hints(
    actor: Actor,
    query: str,
    *,
    classes: Mapping[str, ClassRow],
    names: Names,
    total: int,
    dated: Callable[[str], tuple[int, int] | None],
) -> tuple[Hint, ...]:
    """What a query can't mean is told in any case, the rest only where nothing was found.

    ``dated``: of the papers that answer another query how many there are, and how many have a date.
    """
    asked = prefixes(query)
    told = [*_covered(query), *_unknown_values(asked, classes, names)]
    if not total:
        told += [
            *_about_fields_and_dates(query, asked, dated),
            *_about_closed_pages(actor),
        ]
    return tuple(told)


def _covered(query: str) -> Iterator[Hint]:
    """Pages show a number in full to whom they may; the index has nobody's."""
    if (tail := covered_number(query)) is not None:
        yield Hint("covered-number", query=_to_ask(tail))


def _unknown_values(asked: Sequence[Prefix], classes: Mapping[str, ClassRow], names: Names) -> Iterator[Hint]:
    codes = [code.lower() for code in classes]
    for prefix in asked:
        value, shown = field_value(prefix.value), {"value": prefix.value}
        if prefix.field == "level" and value not in names["level"] and value.upper() not in tuple(Level):
            yield Hint("unknown-level", shown, tuple(Level))
        elif (
            prefix.field == "class"
            and value not in names["class"]
            and not any(f"{code}.".startswith(f"{value}.") for code in codes)
        ):
            yield Hint("unknown-class", shown, _classes_like(value, classes))


def _classes_like(value: str, classes: Mapping[str, ClassRow]) -> tuple[str, ...]:
    """Those that begin like ``value`` or have it in their names, else the main ones."""
    like = [
        row.code
        for row in classes.values()
        if row.code.lower().startswith(value)
        or any(value in field_value(name) for name in (row.name_zh, row.name_en))
    ]
    return tuple(like or [row.code for row in classes.values() if row.parent is None])[:MOST_CLASSES]


def _about_fields_and_dates(
    query: str, asked: Sequence[Prefix], dated: Callable[[str], tuple[int, int] | None]
) -> Iterator[Hint]:
    """The last one has the search to try instead, which keeps none of the mistakes.

    What is there once the dates are left out, or once flats are looked for without their entrances, was not kept
    back by its fields.
    """
    strange = [prefix for prefix in asked if not prefix.field]
    dates = [prefix for prefix in asked if prefix.field in DATE_FIELDS]
    described = [
        prefix
        for prefix in asked
        if prefix.field in DESCRIBED_FIELDS
        and not (prefix.field == "file" and normalise(prefix.value) in _ANY_FILE)
    ]
    rest = widened(query, bare=strange, out=dates)
    counted = dated(rest) if dates else None
    told: list[Hint] = []
    if counted is not None and counted[0]:  # it was the dates, and what the other fields ask for is there
        told += [Hint("unknown-fields", _named(strange))] if strange else []
        total, with_date = counted
        told.append(Hint("undated", {**_named(dates), "total": total, "undated": total - with_date}))
    else:
        general = widened(query, bare=strange, out=dates, any_entrance=True)
        with_entrance = general != rest
        counted = dated(general) if with_entrance else None
        if counted is not None and counted[0]:
            rest, described = general, []
        else:
            rest = widened(query, bare=[*strange, *described], out=dates, any_entrance=True)
        kinds = (("described-fields", described), ("unknown-fields", strange), ("dates", dates))
        told += [Hint(code, _named(some)) for code, some in kinds if some]
        told += [Hint("entrance")] if with_entrance else []
    if told:
        yield from told[:-1]
        yield replace(told[-1], query=_to_ask(rest))


def _to_ask(query: str) -> str | None:
    """Nobody is offered what can't be asked, nor what finds nearly everything."""
    try:
        return query if query and not only_excludes(parse(query)) else None
    except QueryError:
        return None


def _about_closed_pages(actor: Actor) -> Iterator[Hint]:
    """Papers that an actor sees only the facts of are in the lists, but in no search."""
    if not actor.sees_every_document and any(rule.sight is Sight.FACTS for rule in actor.sights):
        yield Hint("closed-pages")


def _named(some: Sequence[Prefix]) -> dict[str, str | int]:
    return {"fields": " ".join(dict.fromkeys(f"{prefix.name}:" for prefix in some))}
