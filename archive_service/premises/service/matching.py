"""Whom a row of a table of owners and tenants means: somebody the archive knows, or somebody new.

What it says tells nothing of numbers that nobody may see. A number is compared with what is known of one person only,
who stands under this name with this unit already; that counts as a try. Elsewhere number and name together are one
person, whoever else has the number, and nothing shows whether that one was known before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import select

from archive_service.kernel.actor import Permission
from archive_service.premises.models import Occupancy, PartyVersion, Project, Unit
from archive_service.premises.rules.holders import (
    Holder,
    KnownOtherwise,
    ManyUnits,
    NeedsTransfer,
    NoUnit,
    Share,
    SharesDontFit,
    TwiceHeld,
    another_owner,
    shares_fit,
)
from archive_service.premises.rules.importing import UnknownProject
from archive_service.premises.rules.parties import OWNING, OccupancyRole
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.units import squeezed
from archive_service.unit_of_work import UnitOfWork
from search_index import normalise
from search_index.units import units_in

T = TypeVar("T")
_AT_ONCE: Final = 500
_NUMBERS: Final = ("id_no", "mobile", "mobile_2")


@dataclass(frozen=True, slots=True)
class UnitMeant:
    id: int
    project_id: int
    display: str
    handover_on: date | None


class _Told(dict[str, str]):
    """The numbers that the table tells of somebody. One of each: with many, it would be seen which one is known."""

    def differ(self, holder: Holder) -> bool:
        """Whether the row tells another than an earlier one; otherwise they are taken down."""
        numbers = {name: number for name in _NUMBERS if (number := getattr(holder.facts, name))}
        if any(self.get(name, number) != number for name, number in numbers.items()):
            return True
        self.update(numbers)
        return False


@dataclass(slots=True, eq=False)
class Person:
    """Somebody known (``party_id``) or new with this table. ``first``: the row that tells who it is."""

    name: str
    id_digest: str | None
    phones: frozenset[str | None] = frozenset()
    party_id: int | None = None
    first: Holder | None = None
    told: _Told = field(default_factory=_Told)

    def is_called(self, name: str, digest: str | None) -> bool:
        """Whether nothing speaks against it that this name and number are theirs."""
        return self.name == name and (None in {digest, self.id_digest} or digest == self.id_digest)


@dataclass(slots=True)
class _Named:
    """Somebody whom the table tells by a number, as the first row called them."""

    name: str
    person: Person
    told: _Told = field(default_factory=_Told)


_Place = tuple[int, OccupancyRole]


@dataclass(slots=True)
class Register:
    """What is known of the units of a table, and what the table adds."""

    seal: Seal
    tells: bool  # whoever asks may see every number
    projects: dict[str, int] = field(default_factory=dict)
    units: dict[str, list[UnitMeant]] = field(default_factory=lambda: defaultdict(list))
    people: dict[str, dict[str, Person]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # by number, by name
    held: dict[_Place, list[Person]] = field(default_factory=lambda: defaultdict(list))
    owned: dict[int, list[Share]] = field(default_factory=lambda: defaultdict(list))
    added: dict[_Place, list[tuple[Person, int]]] = field(default_factory=lambda: defaultdict(list))
    shares: dict[int, list[Share]] = field(default_factory=lambda: defaultdict(list))
    _named: dict[tuple[str, str], _Named] = field(default_factory=dict)
    _rows: dict[tuple[int, OccupancyRole, str], tuple[int, _Told]] = field(default_factory=dict)

    def unit(self, holder: Holder) -> UnitMeant:
        """Raises UnknownProject, NoUnit, ManyUnits."""
        project_id = self.projects.get(holder.project.upper()) if holder.project else None
        if holder.project and project_id is None:
            raise UnknownProject(field="project")
        spelled = {unit.name for unit in units_in(normalise(holder.unit))}
        for names in (spelled, {squeezed(holder.unit)}):
            found = {
                unit.id: unit
                for name in names
                for unit in self.units.get(name, ())
                if project_id in (None, unit.project_id)
            }
            if len(found) == 1:
                return next(iter(found.values()))
            if found:
                shown = "、".join(unit.display for unit in islice(found.values(), 4))
                raise ManyUnits(field="unit", names=shown)
        raise NoUnit(field="unit")

    def once(self, holder: Holder, unit: UnitMeant) -> None:
        """One number for one name with a unit, and one name and telephone for one number. Raises TwiceHeld,
        KnownOtherwise."""
        at = (unit.id, holder.role, holder.facts.name)
        row, told = self._rows.setdefault(at, (holder.row, _Told()))
        if told.differ(holder):
            raise TwiceHeld(field="name", row=row)
        named = self._by_number(holder)
        if named is not None and (named.name != holder.facts.name or named.told.differ(holder)):
            raise KnownOtherwise(field="name")

    def _by_number(self, holder: Holder) -> _Named | None:
        facts, digest = holder.facts, self._digest(holder)
        key = (digest, "") if digest else (facts.name, facts.mobile) if facts.mobile else None
        if key is None:
            return None
        return self._named.setdefault(key, _Named(facts.name, Person(facts.name, digest)))

    def is_another(self, holder: Holder, unit: UnitMeant) -> bool:
        """Whether the row's number makes it somebody else than the known one of the same name there: that tells."""
        digest = self._digest(holder)
        here = [p for p in self.held[unit.id, holder.role] if p.name == holder.facts.name]
        return digest is not None and bool(here) and all(p.id_digest not in (None, digest) for p in here)

    def person(self, holder: Holder, unit: UnitMeant) -> Person | None:
        """Whom the row means; None if it says what is known already. Raises TwiceHeld, KnownOtherwise, which never
        tells what differs."""
        name, digest, place = holder.facts.name, self._digest(holder), (unit.id, holder.role)
        for person, row in self.added[place]:
            if person.is_called(name, digest):
                raise TwiceHeld(field="name", row=row)
        for person in self.held[place]:
            if person.is_called(name, digest):
                if person.told.differ(holder) or not self._agrees(person, holder):
                    raise KnownOtherwise(field="name")
                return None
        known = self.people.get(digest, {}) if digest else {}
        if self.tells and known and not (name in known and self._agrees(known[name], holder)):
            raise KnownOtherwise(field="name")
        if name in known:
            return known[name]
        named = self._by_number(holder)
        return named.person if named else Person(name, digest)

    def _agrees(self, person: Person, holder: Holder) -> bool:
        facts = holder.facts
        phones = [number for number in (facts.mobile, facts.mobile_2) if number]
        same_id = not facts.id_no or person.id_digest == self._digest(holder)
        return same_id and all(self.seal.digest(number, "phone") in person.phones for number in phones)

    def add(self, person: Person, holder: Holder, unit: UnitMeant, since: date) -> None:
        """Raises NeedsTransfer, SharesDontFit."""
        if holder.role in OWNING:
            mine = Share(holder.share, since)
            if another_owner(self.owned[unit.id], mine, holder.role):
                raise NeedsTransfer(field="name")
            if not shares_fit([*self.shares[unit.id], mine]):
                raise SharesDontFit(field="share")
            self.shares[unit.id].append(mine)
        self.added[unit.id, holder.role].append((person, holder.row))
        person.first = person.first or holder

    def _digest(self, holder: Holder) -> str | None:
        return self.seal.digest(holder.facts.id_no, "id_no")


def register_of(work: UnitOfWork, seal: Seal) -> Register:
    """Every open unit under each of its names."""
    register = Register(seal, tells=work.actor.may(Permission.UNMASK))
    for id_, number, name in work.session.execute(select(Project.id, Project.number, Project.name_zh)):
        register.projects |= {number: id_, name.upper(): id_}
    asked = select(
        Unit.id,
        Unit.project_id,
        Unit.display,
        Unit.handover_on,
        Unit.full_name,
        Unit.short_name,
        Unit.squeezed,
    ).where(Unit.closed_on.is_(None))
    for id_, project_id, display, handover_on, *names in work.session.execute(asked):
        unit = UnitMeant(id_, project_id, display, handover_on)
        for name in set(names):
            register.units[name].append(unit)
    return register


def read_known(work: UnitOfWork, register: Register, placed: Sequence[tuple[Holder, UnitMeant]]) -> None:
    """Who is known already: by the numbers of the table, and in its units."""
    numbers = {register.seal.digest(h.facts.id_no, "id_no") for h, _ in placed if h.facts.id_no}
    columns = (
        PartyVersion.party_id,
        PartyVersion.name,
        PartyVersion.id_digest,
        PartyVersion.mobile_digest,
        PartyVersion.mobile_2_digest,
    )
    by_id: dict[int, Person] = {}
    for some in _batches(sorted(number for number in numbers if number)):
        asked = select(*columns).where(PartyVersion.is_current, PartyVersion.id_digest.in_(some))
        for party_id, name, id_digest, *phones in work.session.execute(asked.order_by(PartyVersion.party_id)):
            person = by_id[party_id] = Person(name, id_digest, frozenset(phones), party_id)
            register.people[str(id_digest)].setdefault(name, person)
    for ids in _batches(sorted({unit.id for _, unit in placed})):
        rows = (
            select(
                Occupancy.unit_id,
                Occupancy.role,
                Occupancy.share,
                Occupancy.valid_from,
                Occupancy.valid_to,
                *columns,
            )
            .join(PartyVersion, (PartyVersion.party_id == Occupancy.party_id) & PartyVersion.is_current)
            .where(Occupancy.unit_id.in_(ids))
        )
        for unit_id, role, share, since, until, party_id, name, id_digest, *phones in work.session.execute(
            rows
        ):
            if OccupancyRole(role) in OWNING:
                register.owned[unit_id].append(Share(share, since, until))
            if until is None:
                person = by_id.setdefault(party_id, Person(name, id_digest, frozenset(phones), party_id))
                register.held[unit_id, OccupancyRole(role)].append(person)
    for unit_id, owned in register.owned.items():
        register.shares[unit_id] = list(owned)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
