"""Title transfer (过户): one act that closes the old owners' rows on a day and opens the new ones."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.premises.models import Occupancy, TitleTransfer, Unit, UnitLink
from archive_service.premises.queries.parties import TransferRow, current_version, facts_of, live_owner_count
from archive_service.premises.rules.parties import (
    OWNING,
    NewOccupancy,
    OccupancyId,
    OccupancyRole,
    PartyFacts,
    PartyId,
)
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.units import UnitId
from archive_service.premises.service.parties import (
    NeedsDocument,
    add_party,
    change_party,
    end_occupancy,
    enter_occupancy,
    keep_row,
    same_party,
)
from archive_service.premises.service.units import ClosedUnit, reason_of, unlink
from archive_service.unit_of_work import UnitOfWork


class NoOwner(Conflict):
    code = "premises.no-owner"
    message = N_("Nobody is entered as owner on that day. Enter the owner first.")


class NeedsNewOwner(Invalid):
    code = "premises.needs-new-owner"
    message = N_("Who owns the unit from that day on?")


class Undecided(Invalid):
    code = "premises.undecided"
    message = N_("Please decide for everything that hangs on the unit whether it stays or ends.")


class SameOwner(Invalid):
    code = "premises.same-owner"
    message = N_("The new owner is the old one.")


class LaterOwner(Conflict):
    code = "premises.later-owner"
    message = N_("Somebody is entered as owner from a later day on. Look at those entries first.")


class DayToCome(Invalid):
    code = "premises.day-to-come"
    message = N_("This day is still to come. A transfer is entered once the title has passed on.")


class Decision(StrEnum):
    CARRY = "carry"  # it goes on: with the new owner, or as it is
    END = "end"


@dataclass(frozen=True, slots=True)
class NewOwner:
    """Somebody known by ``party_id``, or told here; who has the document number of somebody known is that one."""

    facts: PartyFacts | None = None
    party_id: PartyId | None = None
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a unit with its old owners. Keys: ``link:3`` a parking space, ``occupancy:7`` a tenant,
    ``phone:5`` the telephones of an old owner who has no other unit."""

    key: str
    id: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """``day``: the first on which the new owners own. ``document_id``: the paper that shows it (YZ.03). ``also``: what
    was decided of things that others than the register hang on the unit, kept with the act."""

    day: date
    document_id: uuid.UUID | None
    owners: Sequence[NewOwner]
    reason: str
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    also: Mapping[str, Decision] = field(default_factory=dict)


def no_day_to_come(day: date, now: datetime) -> None:
    """Raises DayToCome."""
    if day > business_day(now):
        raise DayToCome(field="day")


def hanging(session: Session, unit_id: int, day: date) -> list[Hanging]:
    """What a person must decide upon when the unit changes hands on that day; nothing whose end is entered already."""
    found = [
        Hanging(f"link:{link_id}", link_id)
        for link_id in session.scalars(
            select(UnitLink.id)
            .where(UnitLink.unit_id == unit_id, UnitLink.valid_to.is_(None), UnitLink.valid_from <= day)
            .order_by(UnitLink.id)
        )
    ]
    live = _live(session, unit_id, day)
    found += [
        Hanging(f"occupancy:{o.id}", o.id)
        for o in live
        if OccupancyRole(o.role) not in OWNING and o.ended_at is None
    ]
    owners = sorted({o.party_id for o in live if OccupancyRole(o.role) in OWNING})
    held = live_owner_count(session, owners, day)
    found += [Hanging(f"phone:{party_id}", party_id) for party_id in owners if held[party_id] <= 1]
    return found


def _live(session: Session, unit_id: int, day: date) -> list[Occupancy]:
    asked = select(Occupancy).where(
        Occupancy.unit_id == unit_id,
        Occupancy.valid_from <= day,
        or_(Occupancy.valid_to.is_(None), Occupancy.valid_to > day),
    )
    return list(session.scalars(asked.order_by(Occupancy.id)))


def transfer(work: UnitOfWork, seal: Seal, unit_id: int, told: Transfer) -> TransferRow:
    """Carry it out, whole or not at all. What comes back tells the file of the unit what to close and to open.

    Raises Forbidden, NotFound, ClosedUnit, DayToCome, NeedsReason, NeedsDocument, UnknownDocument, NoOwner, LaterOwner,
    NeedsNewOwner, SameOwner, Undecided, and what the steps raise.
    """
    work.actor.must(Permission.MANAGE_PARTIES)
    work.actor.must(Permission.MANAGE_PREMISES)
    reason = reason_of(told.reason)
    unit = work.session.get(Unit, unit_id, with_for_update=True)
    if unit is None:
        raise NotFound()
    if unit.closed_on is not None:
        raise ClosedUnit()
    no_day_to_come(told.day, work.now)
    if told.document_id is None:
        raise NeedsDocument(field="document")
    if not told.owners:
        raise NeedsNewOwner(field="owners")
    old = [o for o in _live(work.session, unit_id, told.day) if OccupancyRole(o.role) in OWNING]
    if not old:
        raise NoOwner()
    later = select(Occupancy.id).where(
        Occupancy.unit_id == unit_id,
        Occupancy.role.in_([role.value for role in OWNING]),
        Occupancy.valid_from > told.day,
        or_(Occupancy.valid_to.is_(None), Occupancy.valid_to > Occupancy.valid_from),
    )
    if work.session.scalar(later.limit(1)) is not None:
        raise LaterOwner()
    todo = hanging(work.session, unit_id, told.day)
    if any(one.key not in told.decisions for one in todo):
        raise Undecided()
    decisions = {one.key: told.decisions[one.key] for one in todo}
    closed = _close(work, old, told, reason)
    _end(work, seal, [one for one in todo if decisions[one.key] is Decision.END], told, reason)
    opened = _open(work, seal, unit_id, told, reason)
    if {o.party_id for o in old} == {party_id for party_id, _ in opened}:
        raise SameOwner(field="owners")
    row = TitleTransfer(
        unit_id=unit_id,
        day=told.day,
        document_id=told.document_id,
        closed=closed,
        opened=[occupancy_id for _, occupancy_id in opened],
        decisions={key: decision.value for key, decision in {**told.also, **decisions}.items()},
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
    )
    keep_row(work, row)
    work.audit(
        "unit.transferred", f"unit:{unit_id}", transfer=row.id, closed=list(closed), opened=list(row.opened)
    )
    return TransferRow(
        row.id,
        UnitId(unit_id),
        row.day,
        row.document_id,
        tuple(closed),
        tuple(OccupancyId(occupancy_id) for _, occupancy_id in opened),
        dict(row.decisions),
        row.recorded_at,
        row.recorded_by,
    )


def _close(work: UnitOfWork, old: Sequence[Occupancy], told: Transfer, reason: str) -> list[OccupancyId]:
    for row in old:
        end_occupancy(work, row.id, until=told.day, reason=reason, document_id=told.document_id)
    return [OccupancyId(row.id) for row in old]


def _end(
    work: UnitOfWork,
    seal: Seal,
    ending: Sequence[Hanging],
    told: Transfer,
    reason: str,
) -> None:
    for one in ending:
        match one.key.split(":", 1)[0]:
            case "link":
                unlink(work, one.id, until=told.day)
            case "occupancy":
                end_occupancy(work, one.id, until=told.day, reason=reason, document_id=told.document_id)
            case _:
                _forget_phones(work, seal, one.id, reason)


def _forget_phones(work: UnitOfWork, seal: Seal, party_id: int, reason: str) -> None:
    now = current_version(work.session, party_id)
    facts = facts_of(now, seal)
    if facts.mobile or facts.mobile_2:
        without = replace(facts, mobile="", mobile_2="")
        change_party(work, seal, party_id, without, seen=now.number, reason=reason)


def _open(
    work: UnitOfWork, seal: Seal, unit_id: int, told: Transfer, reason: str
) -> list[tuple[PartyId, OccupancyId]]:
    opened: list[tuple[PartyId, OccupancyId]] = []
    for position, owner in enumerate(told.owners):
        party_id = owner.party_id
        if party_id is None:
            if owner.facts is None:
                raise NeedsNewOwner(field="owners")
            party_id = same_party(work, seal, owner.facts) or add_party(
                work, seal, owner.facts, reason=reason, document_id=told.document_id
            )
        occupancy_id = enter_occupancy(
            work,
            NewOccupancy(
                unit_id=unit_id,
                party_id=party_id,
                role=OccupancyRole.CO_OWNER if position else OccupancyRole.OWNER,
                since=told.day,
                share=owner.share,
                document_id=told.document_id,
            ),
        )
        opened.append((party_id, occupancy_id))
    return opened
