"""Parties and what they hold of units. Everything personal comes masked, unless somebody unmasked this one party; numbers
that people wrote into reasons and sources are masked even then."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.kernel.masking import mask
from archive_service.premises.models import Occupancy, PartyVersion, TitleTransfer, Unit, Unmasking
from archive_service.premises.rules import parties as rules
from archive_service.premises.rules.parties import (
    OWNING,
    IdType,
    OccupancyId,
    OccupancyRole,
    PartyFacts,
    PartyId,
    PartyKind,
)
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.units import UnitId, plain

MOST_FOUND: Final = 50
MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class PartyRow:
    """``name`` and the numbers are masked; with ``in_clear`` they are not. ``doubtful_id``: its check digit is wrong."""

    id: PartyId
    number: int
    kind: PartyKind
    name: str
    id_type: IdType
    id_no: str
    mobile: str
    mobile_2: str
    mail_address: str
    in_clear: bool
    doubtful_id: bool
    reason: str
    source_document_id: uuid.UUID | None
    recorded_at: datetime
    changed_by: int | None


@dataclass(frozen=True, slots=True)
class OccupancyRow:
    """``party`` is None for whoever only asks about the unit's side. ``valid_to``: the first day it no longer holds."""

    id: OccupancyId
    unit_id: UnitId
    unit: str
    party: PartyRow
    role: OccupancyRole
    share: int | None
    valid_from: date
    valid_to: date | None
    source_document_id: uuid.UUID | None
    source_note: str
    end_reason: str
    end_document_id: uuid.UUID | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def owns(self) -> bool:
        return self.role in OWNING

    @property
    def share_text(self) -> str:
        return rules.share_text(self.share)


@dataclass(frozen=True, slots=True)
class TransferRow:
    """What the file of the unit needs to know: who ceased to own, who began, by which paper, on which day."""

    id: int
    unit_id: UnitId
    day: date
    document_id: uuid.UUID
    closed: tuple[OccupancyId, ...]
    opened: tuple[OccupancyId, ...]
    decisions: dict[str, str]
    recorded_at: datetime
    recorded_by: int | None


def facts_of(version: PartyVersion, seal: Seal) -> PartyFacts:
    """In clear. Raises SealBroken."""
    return PartyFacts(
        kind=PartyKind(version.kind),
        name=version.name,
        id_type=IdType(version.id_type),
        id_no=seal.open(version.id_sealed, "id_no"),
        mobile=seal.open(version.mobile_sealed, "mobile"),
        mobile_2=seal.open(version.mobile_2_sealed, "mobile_2"),
        mail_address=seal.open(version.address_sealed, "mail_address"),
    )


def _row(version: PartyVersion, seal: Seal, *, in_clear: bool = False) -> PartyRow:
    facts = facts_of(version, seal)
    doubtful = facts.id_type is IdType.ID_CARD and rules.id_card_doubtful(facts.id_no)
    return PartyRow(
        id=PartyId(version.party_id),
        number=version.number,
        kind=facts.kind,
        name=facts.name if in_clear else rules.masked_name(facts.kind, facts.name),
        id_type=facts.id_type,
        id_no=facts.id_no if in_clear else rules.masked_id(facts.id_type, facts.id_no),
        mobile=facts.mobile if in_clear else rules.masked_phone(facts.mobile),
        mobile_2=facts.mobile_2 if in_clear else rules.masked_phone(facts.mobile_2),
        mail_address=facts.mail_address if in_clear else rules.masked_address(facts.mail_address),
        in_clear=in_clear,
        doubtful_id=doubtful,
        reason=mask(version.reason),
        source_document_id=version.source_document_id,
        recorded_at=version.recorded_at,
        changed_by=version.changed_by,
    )


def current_version(session: Session, party_id: int) -> PartyVersion:
    """Raises NotFound."""
    wanted = select(PartyVersion).where(PartyVersion.party_id == party_id, PartyVersion.is_current)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def party(session: Session, seal: Seal, party_id: int, *, in_clear: bool = False) -> PartyRow:
    """As known now. Raises NotFound, SealBroken."""
    return _row(current_version(session, party_id), seal, in_clear=in_clear)


def version_facts(session: Session, seal: Seal, party_id: int, number: int) -> PartyFacts | None:
    """What was known of somebody in this version, in clear; None if there is no such version."""
    asked = select(PartyVersion).where(PartyVersion.party_id == party_id, PartyVersion.number == number)
    found = session.scalar(asked)
    return facts_of(found, seal) if found else None


def party_history(session: Session, seal: Seal, party_id: PartyId) -> list[PartyRow]:
    """Every version, newest first; always masked."""
    asked = (
        select(PartyVersion)
        .where(PartyVersion.party_id == party_id)
        .order_by(PartyVersion.number.desc())
        .limit(MOST_ROWS)
    )
    return [_row(version, seal) for version in session.scalars(asked)]


def parties_found(session: Session, seal: Seal, text: str) -> list[PartyRow]:
    """Those whose name begins so, or who have exactly this document or telephone number, now or formerly."""
    text = plain(text)[:120]
    if not text:
        return []
    number, phone = rules.id_number(text), rules.phone(text)
    digests = seal.digest(number, "id_no"), seal.digest(phone, "phone")
    matching = select(PartyVersion.party_id).where(
        or_(
            (PartyVersion.name >= text) & (PartyVersion.name < text + "\U0010ffff") & PartyVersion.is_current,
            PartyVersion.id_digest == digests[0],
            PartyVersion.mobile_digest == digests[1],
            PartyVersion.mobile_2_digest == digests[1],
        )
    )
    asked = (
        select(PartyVersion)
        .where(PartyVersion.is_current, PartyVersion.party_id.in_(matching))
        .order_by(PartyVersion.name, PartyVersion.party_id)
        .limit(MOST_FOUND)
    )
    return [_row(version, seal) for version in session.scalars(asked)]


def _occupancies(
    session: Session, seal: Seal, *, of_unit: int | None, of_party: int | None
) -> list[OccupancyRow]:
    asked = (
        select(Occupancy, PartyVersion, Unit.display)
        .join(PartyVersion, (PartyVersion.party_id == Occupancy.party_id) & PartyVersion.is_current)
        .join(Unit, Unit.id == Occupancy.unit_id)
        .order_by(Occupancy.valid_from.desc(), Occupancy.id.desc())
        .limit(MOST_ROWS)
    )
    if of_unit is not None:
        asked = asked.where(Occupancy.unit_id == of_unit)
    if of_party is not None:
        asked = asked.where(Occupancy.party_id == of_party)
    return [
        OccupancyRow(
            id=OccupancyId(o.id),
            unit_id=UnitId(o.unit_id),
            unit=display,
            party=_row(version, seal),
            role=OccupancyRole(o.role),
            share=o.share,
            valid_from=o.valid_from,
            valid_to=o.valid_to,
            source_document_id=o.source_document_id,
            source_note=mask(o.source_note),
            end_reason=mask(o.end_reason),
            end_document_id=o.end_document_id,
        )
        for o, version, display in session.execute(asked)
    ]


def occupancies_of_unit(session: Session, seal: Seal, unit_id: int) -> list[OccupancyRow]:
    """Newest first, those that ended included."""
    return _occupancies(session, seal, of_unit=unit_id, of_party=None)


def occupancies_of_party(session: Session, seal: Seal, party_id: int) -> list[OccupancyRow]:
    """Newest first, those that ended included."""
    return _occupancies(session, seal, of_unit=None, of_party=party_id)


def papers_named(rows: Sequence[OccupancyRow]) -> set[uuid.UUID | None]:
    """By which papers they began and ended, as far as there are any. Not everybody may know of each of them."""
    return {document_id for row in rows for document_id in (row.source_document_id, row.end_document_id)}


def unmasked_until(session: Session, user_id: UserId | None, party_id: int, now: datetime) -> datetime | None:
    """Until when this person sees this party in clear; None if they don't."""
    if user_id is None:
        return None
    wanted = (
        select(Unmasking.ends_at)
        .where(Unmasking.user_id == user_id, Unmasking.party_id == party_id, Unmasking.ends_at > now)
        .order_by(Unmasking.ends_at.desc())
        .limit(1)
    )
    return session.scalar(wanted)


def _transfer_row(t: TitleTransfer) -> TransferRow:
    return TransferRow(
        t.id,
        UnitId(t.unit_id),
        t.day,
        t.document_id,
        tuple(OccupancyId(i) for i in t.closed),
        tuple(OccupancyId(i) for i in t.opened),
        dict(t.decisions),
        t.recorded_at,
        t.recorded_by,
    )


def transfers_of_unit(session: Session, unit_id: int) -> Sequence[TransferRow]:
    """Newest first."""
    asked = select(TitleTransfer).where(TitleTransfer.unit_id == unit_id).order_by(TitleTransfer.id.desc())
    return [_transfer_row(t) for t in session.scalars(asked.limit(MOST_ROWS))]


def owner_names(session: Session, occupancy_ids: Sequence[int]) -> list[str]:
    """In clear, for the covers of their files, in the order of the rows; fifty at most."""
    asked = (
        select(Occupancy.id, PartyVersion.name)
        .join(PartyVersion, (PartyVersion.party_id == Occupancy.party_id) & PartyVersion.is_current)
        .where(Occupancy.id.in_(occupancy_ids[:50]))
    )
    names = dict(iter(session.execute(asked)))
    return [names[occupancy_id] for occupancy_id in occupancy_ids[:50]]


def names_with_unit(session: Session, unit_id: int) -> frozenset[str]:
    """Of all who hold the unit in any role and without an end, as they are called now. In clear: to compare with what
    somebody else wrote, never to be shown."""
    asked = (
        select(PartyVersion.name)
        .join(Occupancy, (Occupancy.party_id == PartyVersion.party_id) & PartyVersion.is_current)
        .where(Occupancy.unit_id == unit_id, Occupancy.valid_to.is_(None))
        .limit(MOST_FOUND)
    )
    return frozenset(session.scalars(asked))


def live_owner_count(session: Session, party_ids: Collection[int], day: date) -> dict[int, int]:
    """How many units each of them holds anything of on a day."""
    asked = select(Occupancy.party_id, Occupancy.unit_id).where(
        Occupancy.party_id.in_(party_ids),
        Occupancy.valid_from <= day,
        or_(Occupancy.valid_to.is_(None), Occupancy.valid_to > day),
    )
    held: dict[int, set[int]] = {party_id: set() for party_id in party_ids}
    for party_id, unit_id in session.execute(asked):
        held[party_id].add(unit_id)
    return {party_id: len(units) for party_id, units in held.items()}


def is_source_document(session: Session, document_id: uuid.UUID) -> bool:
    """Whether a row of owners, tenants or transfers rests on this document."""
    ways = (
        select(Occupancy.id).where(Occupancy.source_document_id == document_id),
        select(Occupancy.id).where(Occupancy.end_document_id == document_id),
        select(PartyVersion.id).where(PartyVersion.source_document_id == document_id),
        select(TitleTransfer.id).where(TitleTransfer.document_id == document_id),
    )
    return any(session.scalar(way.limit(1)) is not None for way in ways)
