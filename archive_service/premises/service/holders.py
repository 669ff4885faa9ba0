"""A table of owners, tenants and others comes in: first what it would do, then all of it in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.models import Occupancy, Party
from archive_service.premises.rules import parties as party_rules
from archive_service.premises.rules.columns import HasProblems, Problem
from archive_service.premises.rules.holders import Holder, Holders, KnownOtherwise, NeedsSince, plan
from archive_service.premises.rules.parties import OccupancyRole
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.tables import Table
from archive_service.premises.service.guesses import MOST_WRONG, TooManyGuesses, my_tries, stand_in_line
from archive_service.premises.service.matching import Person, UnitMeant, read_known, register_of
from archive_service.premises.service.parties import version_of
from archive_service.premises.service.units import reason_of
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """One who is entered, with the name masked."""

    unit: str
    role: OccupancyRole
    name: str
    since: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import does or would do. ``people``: whom the entries are about, known before or not: else it would tell
    which numbers are known. ``same``: rows that say what is known. ``differing``: rows whose numbers are not those that
    are known of the same person. ``unread``: headings that mean nothing. ``warnings``: cells to compare with the paper,
    which come in all the same."""

    added: tuple[Entry, ...] = ()
    people: int = 0
    same: int = 0
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()
    differing: int = 0
    warnings: tuple[Problem, ...] = ()

    @property
    def left_out(self) -> int:
        return len({problem.row for problem in self.problems})


_LOOKED: Final = ("holders.previewed", "holders.imported", "holders.refused")


@dataclass(frozen=True, slots=True)
class _Step:
    holder: Holder
    unit: UnitMeant
    person: Person
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
    register = register_of(work, seal)
    problems = list(planned.told.problems)
    placed: list[tuple[Holder, UnitMeant]] = []
    for holder in planned.rows:
        try:
            placed.append((holder, register.unit(holder)))
        except Invalid as error:
            problems.append(planned.told.problem(holder.row, error, "unit"))
    read_known(work, register, placed)
    steps: list[_Step] = []
    same = differing = 0
    for holder, unit in placed:
        try:
            register.once(holder, unit)
            differing += register.is_another(holder, unit)
            person = register.person(holder, unit)
            if person is None:
                same += 1
                continue
            since = holder.since or unit.handover_on
            if since is None:
                raise NeedsSince(field="since")
            register.add(person, holder, unit, since)
        except Invalid as error:
            differing += isinstance(error, KnownOtherwise)
            problems.append(planned.told.problem(holder.row, error, "name"))
            continue
        steps.append(_Step(holder, unit, person, since))
    problems.sort(key=lambda problem: problem.row)
    outcome = Outcome(
        added=tuple(Entry(s.unit.display, s.holder.role, _masked(s.holder), s.since) for s in steps),
        people=len({id(s.person) for s in steps}),
        same=same,
        problems=tuple(problems),
        unread=planned.told.unread,
        differing=differing,
        warnings=planned.doubtful,
    )
    return outcome, steps


def _masked(holder: Holder) -> str:
    return party_rules.masked_name(holder.facts.kind, holder.facts.name)


def _write(work: UnitOfWork, seal: Seal, steps: Sequence[_Step], reason: str) -> None:
    """In a few statements for hundreds of rows each."""
    fresh: dict[int, tuple[Person, Party]] = {}
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
    entries = [
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
    ]
    work.session.add_all(entries)
    work.session.flush()
    _note(work, entries, {party.id for _, party in fresh.values()})


def _note(work: UnitOfWork, entries: Sequence[Occupancy], fresh: Collection[int]) -> None:
    """A row in the trail for every person and every entry. ``fresh``: who was not known before."""
    of_party: dict[int, list[Occupancy]] = {}
    for entry in entries:
        of_party.setdefault(entry.party_id, []).append(entry)
    for party_id, own in of_party.items():
        if party_id in fresh:
            work.audit("party.brought-in", f"party:{party_id}", version=1)
        else:
            facts = {"occupancy": own[0].id, "entries": len(own)}
            work.audit("party.entries-brought-in", f"party:{party_id}", **facts)
    for entry in entries:
        work.audit(
            "occupancy.brought-in",
            f"unit:{entry.unit_id}",
            occupancy=entry.id,
            party=entry.party_id,
            role=entry.role,
        )
