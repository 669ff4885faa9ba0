"""Which names, as people write them, are those of units or buildings in the register: many at once."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.errors import Invalid
from archive_service.premises.models import Building, Unit
from archive_service.premises.rules.units import building_code, building_name, squeezed
from search_index import normalise
from search_index.units import unit_named, units_in

_AT_ONCE: Final = 200
_LONGEST: Final = 64  # of a name; longer texts are titles


def any_unit(session: Session) -> bool:
    """Whether there is a register at all that names could be looked up in."""
    return session.scalar(select(Unit.id).limit(1)) is not None


def unknown_units(session: Session, texts: Collection[str]) -> set[str]:
    """Those of ``texts`` that name neither an open unit, in any spelling, nor a building as a whole. One statement
    for each _AT_ONCE of them, and one for the buildings."""
    read = {text: {unit.name for unit in units_in(normalise(text))} for text in texts}
    names = {text: some | {squeezed(text)} for text, some in read.items()}
    wanted = sorted({name for some in names.values() for name in some if name})
    known: set[str] = set()
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        called = or_(Unit.full_name.in_(some), Unit.short_name.in_(some), Unit.squeezed.in_(some))
        query = select(Unit.full_name, Unit.short_name, Unit.squeezed).where(called, Unit.closed_on.is_(None))
        for row in session.execute(query):
            known.update(row)
    left = {text for text, some in names.items() if not some & known}
    codes = set(session.scalars(select(Building.code))) if left else set()
    return {text for text in left if read[text] or _code(text) not in codes}


def units_meant(session: Session, texts: Collection[str]) -> dict[str, int]:
    """The open unit that each of ``texts`` names as a whole, by any spelling; those that mean none or several are left
    out. One statement for each _AT_ONCE names."""
    read = {text: {unit.name for unit in units_in(normalise(text))} for text in texts}
    names = {text: (some if len(some) == 1 else set()) | {squeezed(text)} for text, some in read.items()}
    wanted = sorted({name for some in names.values() for name in some if name})
    called: dict[str, dict[int, str]] = defaultdict(dict)
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        ways = or_(Unit.full_name.in_(some), Unit.short_name.in_(some), Unit.squeezed.in_(some))
        query = select(Unit.id, Unit.display, Unit.full_name, Unit.short_name, Unit.squeezed)
        for id_, display, *spelled in session.execute(query.where(ways, Unit.closed_on.is_(None))):
            for name in spelled:
                called[name][id_] = display
    meant: dict[str, int] = {}
    for text, spellings in names.items():
        found = {id_: display for name in spellings if name for id_, display in called[name].items()}
        exact = [id_ for id_, display in found.items() if squeezed(display) == squeezed(text)]
        if len(found) == 1 or len(exact) == 1:
            meant[text] = exact[0] if len(exact) == 1 else next(iter(found))
    return meant


def units_spelled(session: Session, text: str) -> list[int]:
    """The units, closed ones among them, that ``text`` is a whole name of, by any spelling; a flat named without its
    entrance in every entrance. One statement; none where the text can be no name."""
    whole, name = squeezed(text), unit_named(normalise(text))
    if not whole or len(whole) > _LONGEST:
        return []
    ways = [Unit.squeezed == whole, *([Unit.full_name == name, Unit.short_name == name] if name else [])]
    return list(session.scalars(select(Unit.id).where(or_(*ways)).order_by(Unit.id).limit(_AT_ONCE)))


def _code(text: str) -> str:
    try:
        return building_code(building_name(text))
    except Invalid:
        return ""
