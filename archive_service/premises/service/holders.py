"""A table of owners, tenants and others comes in: first what it would do, then all of it in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.models import Occupancy, Party, PartyVersion, Project, Unit
from archive_service.premises.rules import parties as party_rules
from archive_service.premises.rules.columns import HasProblems, Problem
from archive_service.premises.rules.holders import (
    Holder,
    Holders,
    KnownOtherwise,
    ManyUnits,
    NeedsSince,
    NoUnit,
    Share,
    SharesDontFit,
    TwiceHeld,
    plan,
    shares_fit,
)
from archive_service.premises.rules.importing import UnknownProject
from archive_service.premises.rules.parties import OWNING, OccupancyRole
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.tables import Table
from archive_service.premises.rules.units import squeezed
from archive_service.premises.service.guesses import MOST_WRONG, TooManyGuesses, my_tries, stand_in_line
from archive_service.premises.service.parties import version_of
from archive_service.premises.service.units import reason_of
from archive_service.unit_of_work import UnitOfWork
from search_index import normalise
from search_index.units import units_in

T = TypeVar("T")
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One who is entered, with the name masked."""

    unit: str
    role: OccupancyRole
    name: str
    since: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import does or would do. ``people``: how many were not known before. ``same``: rows that say what is
    known. ``differing``: rows whose numbers are not those that are known of the same person. ``unread``: headings that
    mean nothing."""

    added: tuple[Entry, ...] = ()
    people: int = 0
    same: int = 0
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()
    differing: int = 0

    @property
    def left_out(self) -> int:
        return len({problem.row for problem in self.problems})


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int
    project_id: int
    display: str
    handover_on: date | None


_NUMBERS: Final = ("id_no", "mobile", "mobile_2")
_LOOKED: Final = ("holders.previewed", "holders.imported", "holders.refused")


class _Told(dict[str, str]):
    """The numbers that the table tells of somebody. One of each: with many, it would be seen which one is known."""

    def differ(self, holder: Holder) -> bool:
        """Whether the row tells another than an earlier one; otherwise they are taken down."""
        numbers = {name: number for name in _NUMBERS if (number := getattr(holder.facts, name))}
        if any(self.get(name, number) != number for name, number in numbers.items()):
            return True
        self.update(numbers)
        return False


@dataclass(slots=True)
class _Person:
    """Somebody known (``party_id``) or new with this table."""

    name: str
    id_digest: str | None
    phones: frozenset[str | None]
    party_id: int | None = None
    first: Holder | None = None
    told: _Told = field(default_factory=_Told)


@dataclass(slots=True)
class _Register:
    projects: dict[str, int]
    named: dict[str, list[_Unit]]
    people: dict[str, _Person]  # by the digest of their document's number
    held: dict[tuple[int, OccupancyRole], list[_Person]] = field(default_factory=lambda: defaultdict(list))
    shares: dict[int, list[Share]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class _Step:
    holder: Holder
    unit: _Unit
    person: _Person
    since: date


def preview(work: UnitOfWork, seal: Seal, table: Table) -> Outcome:
    """What the table would do; nothing is changed, but that somebody looked is on record. Raises Forbidden, BadTable,
    TooManyGuesses."""
    work.actor.must(Permission.MANAGE_PARTIES)
    digest = _known_table(work, seal, table)
    outcome = _look(work, seal, plan(table))[0]
    work.audit("holders.previewed", "units", **_counts(outcome, digest))
    return outcome


def import_holders(work: UnitOfWork, seal: Seal, table: Table, *, reason: str, skip: bool = False) -> Outcome:
    """Bring the table in: people that are not known are entered, and what everybody is to which unit. Nothing that is
    known changes: rows that say otherwise are problems.

    ``reason``: where the table comes from, for rows that don't say it. ``skip``: leave out the rows with problems;
    without it any problem stops all of it. Raises Forbidden, BadTable, NeedsReason, HasProblems, TooManyGuesses, and
    Conflict when somebody entered one of them in the meantime.
    """
    work.actor.must(Permission.MANAGE_PARTIES)
    reason = reason_of(reason)
    digest = _known_table(work, seal, table)
    outcome, steps = _look(work, seal, plan(table))
    if outcome.problems and not skip:
        work.audit_refusal("holders.refused", "units", **_counts(outcome, digest))
        raise HasProblems(outcome.problems)
    try:
        with work.session.begin_nested():
            _write(work, seal, steps, reason)
    except IntegrityError as error:
        raise Conflict() from error
    work.audit("holders.imported", "units", **_counts(outcome, digest))
    return outcome


def _counts(outcome: Outcome, digest: str) -> dict[str, object]:
    return {
        "table": digest,
        "added": len(outcome.added),
        "people": outcome.people,
        "same": outcome.same,
        "left_out": outcome.left_out,
        "differing": outcome.differing,
    }


def _known_table(work: UnitOfWork, seal: Seal, table: Table) -> str:
    """The table's mark in the trail. The same one may be looked at and brought in afterwards: it tells nothing new.
    Raises TooManyGuesses."""
    stand_in_line(work)
    digest = str(seal.digest(repr((table.headings, [row.cells for row in table.rows])), "table"))[:32]
    wrong: dict[object, int] = {}
    for row in my_tries(work, "units", *_LOOKED):
        count = row.facts.get("differing")
        mark = row.facts.get("table")
        wrong[mark] = max(wrong.get(mark, 0), count if isinstance(count, int) else 0)
    if digest not in wrong and sum(wrong.values()) >= MOST_WRONG:
        raise TooManyGuesses()
    return digest


def _look(work: UnitOfWork, seal: Seal, planned: Holders) -> tuple[Outcome, list[_Step]]:
    register = _units(work)
    problems = list(planned.told.problems)
    placed: list[tuple[Holder, _Unit]] = []
    for holder in planned.rows:
        try:
            placed.append((holder, _unit(register, holder)))
        except Invalid as error:
            problems.append(planned.told.problem(holder.row, error, "unit"))
    _known(work, seal, register, placed)
    steps: list[_Step] = []
    same = differing = 0
    rows: dict[tuple[int, OccupancyRole, str], tuple[int, _Told]] = {}
    new: dict[tuple[str, str], _Person] = {}
    for holder, unit in placed:
        try:
            row, told = rows.setdefault((unit.id, holder.role, holder.facts.name), (holder.row, _Told()))
            if told.differ(holder):
                raise TwiceHeld(field="name", row=row)
            differing += _is_another(seal, register, holder, unit)
            person = _person(seal, register, new, holder, unit)
            if person is None:
                same += 1
                continue
            since = holder.since or unit.handover_on
            if since is None:
                raise NeedsSince(field="since")
            _fits(register, holder, unit, since)
        except Invalid as error:
            differing += isinstance(error, KnownOtherwise)
            problems.append(planned.told.problem(holder.row, error, "name"))
            continue
        register.held[unit.id, holder.role].append(person)
        person.first = person.first or holder
        steps.append(_Step(holder, unit, person, since))
    problems.sort(key=lambda problem: problem.row)
    added = tuple(Entry(s.unit.display, s.holder.role, _masked(s.holder), s.since) for s in steps)
    people = len({id(s.person) for s in steps if s.person.party_id is None})
    return Outcome(added, people, same, tuple(problems), planned.told.unread, differing), steps


def _masked(holder: Holder) -> str:
    return party_rules.masked_name(holder.facts.kind, holder.facts.name)


def _units(work: UnitOfWork) -> _Register:
    """Every open unit under each of its names."""
    projects: dict[str, int] = {}
    for id_, number, name in work.session.execute(select(Project.id, Project.number, Project.name_zh)):
        projects |= {number: id_, name.upper(): id_}
    named: dict[str, list[_Unit]] = defaultdict(list)
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
        unit = _Unit(id_, project_id, display, handover_on)
        for name in set(names):
            named[name].append(unit)
    return _Register(projects, named, {})


def _unit(register: _Register, holder: Holder) -> _Unit:
    """Raises UnknownProject, NoUnit, ManyUnits."""
    project_id = register.projects.get(holder.project.upper()) if holder.project else None
    if holder.project and project_id is None:
        raise UnknownProject(field="project")
    spelled = {unit.name for unit in units_in(normalise(holder.unit))}
    for names in (spelled, {squeezed(holder.unit)}):
        found = {
            unit.id: unit
            for name in names
            for unit in register.named.get(name, ())
            if project_id in (None, unit.project_id)
        }
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            shown = "、".join(unit.display for unit in islice(found.values(), 4))
            raise ManyUnits(field="unit", names=shown)
    raise NoUnit(field="unit")


def _known(work: UnitOfWork, seal: Seal, register: _Register, placed: Sequence[tuple[Holder, _Unit]]) -> None:
    """Read who is known already: by the numbers of the table, and in its units."""
    numbers = {seal.digest(h.facts.id_no, "id_no") for h, _ in placed if h.facts.id_no}
    columns = (
        PartyVersion.party_id,
        PartyVersion.name,
        PartyVersion.id_digest,
        PartyVersion.mobile_digest,
        PartyVersion.mobile_2_digest,
    )
    by_id: dict[int, _Person] = {}
    for some in _batches(sorted(number for number in numbers if number)):
        asked = select(*columns).where(PartyVersion.is_current, PartyVersion.id_digest.in_(some))
        for party_id, name, id_digest, mobile, mobile_2 in work.session.execute(asked):
            person = _Person(name, id_digest, frozenset({mobile, mobile_2}), party_id)
            by_id[party_id] = register.people.setdefault(str(id_digest), person)
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
                register.shares[unit_id].append(Share(share, since, until))
            if until is None:
                person = by_id.setdefault(party_id, _Person(name, id_digest, frozenset(phones), party_id))
                register.held[unit_id, OccupancyRole(role)].append(person)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _person(
    seal: Seal, register: _Register, new: dict[tuple[str, str], _Person], holder: Holder, unit: _Unit
) -> _Person | None:
    """Whom the row means; None if it says what is known already. Raises TwiceHeld, KnownOtherwise."""
    facts = holder.facts
    digest = seal.digest(facts.id_no, "id_no")
    here = register.held[unit.id, holder.role]
    known = register.people.get(digest) if digest else None
    if known is None:
        known = next((p for p in here if p.name == facts.name and None in (digest, p.id_digest)), None)
    if known is None:
        key = (digest, "") if digest else (facts.name, facts.mobile) if facts.mobile else None
        person = _Person(facts.name, digest, _phones(seal, holder))
        if key is None:
            return person
        known = new.setdefault(key, person)
    _agrees(seal, known, holder)
    if known in here:
        if known.party_id is None and known.first is not None:
            raise TwiceHeld(field="name", row=known.first.row)
        return None
    return known


def _phones(seal: Seal, holder: Holder) -> frozenset[str | None]:
    return frozenset(seal.digest(number, "phone") for number in (holder.facts.mobile, holder.facts.mobile_2))


def _is_another(seal: Seal, register: _Register, holder: Holder, unit: _Unit) -> bool:
    """Whether the row's number makes it somebody else than the known one of the same name there: that tells, too."""
    digest = seal.digest(holder.facts.id_no, "id_no")
    namesakes = [p for p in register.held[unit.id, holder.role] if p.name == holder.facts.name and p.party_id]
    return (
        digest is not None and bool(namesakes) and all(p.id_digest not in (None, digest) for p in namesakes)
    )


def _agrees(seal: Seal, known: _Person, holder: Holder) -> None:
    """Raises KnownOtherwise, which never tells what of it differs."""
    facts = holder.facts
    phones = [number for number in (facts.mobile, facts.mobile_2) if number]
    if (
        known.told.differ(holder)
        or known.name != facts.name
        or (facts.id_no and known.id_digest != seal.digest(facts.id_no, "id_no"))
        or any(seal.digest(number, "phone") not in known.phones for number in phones)
    ):
        raise KnownOtherwise(field="name")


def _fits(register: _Register, holder: Holder, unit: _Unit, since: date) -> None:
    """Raises SharesDontFit."""
    if holder.role not in OWNING:
        return
    shares = register.shares[unit.id]
    mine = Share(holder.share, since)
    if not shares_fit([*shares, mine]):
        raise SharesDontFit(field="share")
    shares.append(mine)


def _write(work: UnitOfWork, seal: Seal, steps: Sequence[_Step], reason: str) -> None:
    """In a few statements for hundreds of rows each."""
    fresh: dict[int, tuple[_Person, Party]] = {}
    for step in steps:
        if step.person.party_id is None and id(step.person) not in fresh:
            fresh[id(step.person)] = (step.person, Party(created_at=work.now, created_by=work.actor.user_id))
    work.session.add_all(party for _, party in fresh.values())
    work.session.flush()
    for person, party in fresh.values():
        person.party_id = party.id
        assert person.first is not None, "a row of the table made them"
        work.session.add(
            version_of(work, seal, person.first.facts, party_id=party.id, number=1, reason=reason)
        )
    work.session.flush()
    work.session.add_all(
        Occupancy(
            unit_id=step.unit.id,
            party_id=step.person.party_id,
            role=step.holder.role.value,
            share=step.holder.share,
            valid_from=step.since,
            valid_to=None,
            source_note=step.holder.note or reason,
            recorded_at=work.now,
            recorded_by=work.actor.user_id,
        )
        for step in steps
    )
    work.session.flush()
