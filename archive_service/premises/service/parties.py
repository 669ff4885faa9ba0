"""People and companies, what they hold of units, and looking at one of them in clear."""

import uuid
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.premises.models import Occupancy, Party, PartyVersion, Unit, Unmasking
from archive_service.premises.queries.parties import current_version, facts_of
from archive_service.premises.rules.holders import NeedsTransfer, Share, another_owner
from archive_service.premises.rules.parties import (
    OWNING,
    PROVEN,
    NewOccupancy,
    OccupancyId,
    PartyFacts,
    PartyId,
)
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.units import UnitId, clean_text
from archive_service.premises.service.guesses import number_compared, refused_counts
from archive_service.premises.service.holding import hold_unit
from archive_service.premises.service.units import ClosedUnit, EndsBeforeStart, NothingChanged, reason_of
from archive_service.unit_of_work import UnitOfWork

UNMASKED_FOR: Final = timedelta(minutes=5)


class SharesTooLarge(Conflict):
    code = "premises.shares-too-large"
    message = N_(
        "On some day the owners of this unit would have more than the whole, or some a share and others none."
    )


class HeldAlready(Conflict):
    code = "premises.held-already"
    message = N_("They are entered with this role in this unit already.")


class UnknownDocument(Invalid):
    code = "premises.unknown-document"
    message = N_("There is no such document. Open the paper and copy its address.")


class NeedsDocument(Invalid):
    code = "premises.needs-document"
    message = N_("This needs the paper that shows it.")


class NeedsSource(Invalid):
    code = "premises.needs-source"
    message = N_("Name the paper that shows it, or say where it is known from.")


class NoShareHere(Invalid):
    code = "premises.no-share-here"
    message = N_("Only owners have a share.")


class StaleParty(Conflict):
    code = "premises.stale-party"
    message = N_("Somebody else changed this entry in the meantime. Please look at it again.")


class EndedAlready(Conflict):
    code = "premises.ended-already"
    message = N_("This has ended already.")


def add_party(
    work: UnitOfWork, seal: Seal, facts: PartyFacts, *, reason: str, document_id: uuid.UUID | None = None
) -> PartyId:
    """Raises Forbidden, NeedsReason, UnknownDocument."""
    work.actor.must(Permission.MANAGE_PARTIES)
    party = Party(created_at=work.now, created_by=work.actor.user_id)
    work.session.add(party)
    work.session.flush()
    row = version_of(
        work, seal, facts, party_id=party.id, number=1, reason=reason_of(reason), document_id=document_id
    )
    keep_row(work, row)
    work.audit("party.added", f"party:{party.id}")
    return PartyId(party.id)


def version_of(
    work: UnitOfWork,
    seal: Seal,
    facts: PartyFacts,
    *,
    party_id: int,
    number: int,
    reason: str,
    document_id: uuid.UUID | None = None,
) -> PartyVersion:
    """What is known of a party from now on, its numbers sealed; not yet kept."""
    return PartyVersion(
        party_id=party_id,
        number=number,
        is_current=True,
        kind=facts.kind.value,
        name=facts.name,
        id_type=facts.id_type.value,
        id_sealed=seal.close(facts.id_no, "id_no"),
        id_digest=seal.digest(facts.id_no, "id_no"),
        mobile_sealed=seal.close(facts.mobile, "mobile"),
        mobile_digest=seal.digest(facts.mobile, "phone"),
        mobile_2_sealed=seal.close(facts.mobile_2, "mobile_2"),
        mobile_2_digest=seal.digest(facts.mobile_2, "phone"),
        address_sealed=seal.close(facts.mail_address, "mail_address"),
        reason=reason,
        source_document_id=document_id,
        recorded_at=work.now,
        changed_by=work.actor.user_id,
    )


def keep_row(work: UnitOfWork, row: object) -> None:
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as error:
        raise _told(error) from error


def _told(error: IntegrityError) -> Exception:
    """What the database refused, in words."""
    text = str(error.orig)
    if "occupancy_shares" in text:
        return SharesTooLarge()
    if "FOREIGN KEY" in text or "fk_" in text:
        return UnknownDocument(field="document")
    if "UNIQUE" in text or "uq_" in text:
        return HeldAlready()
    return error


def change_party(
    work: UnitOfWork,
    seal: Seal,
    party_id: int,
    facts: PartyFacts,
    *,
    seen: int,
    reason: str,
    document_id: uuid.UUID | None = None,
) -> None:
    """A new version; ``seen``: the number of the one that the person looked at. Name and document number change only
    with a paper that shows it.

    Refusals count as tries: by them numbers that nobody showed could be found out. Raises Forbidden, NotFound,
    NeedsReason, StaleParty, NothingChanged, NeedsDocument, UnknownDocument, TooManyGuesses.
    """
    work.actor.must(Permission.MANAGE_PARTIES)
    reason = reason_of(reason)
    refused_counts(work)
    now = current_version(work.session, party_id)
    if now.number != seen:
        raise StaleParty()
    before = facts_of(now, seal)
    changed = {name for name in PartyFacts.__slots__ if getattr(before, name) != getattr(facts, name)}
    if not changed:
        raise NothingChanged()
    if changed & PROVEN and document_id is None:
        raise NeedsDocument(field="document")
    left = work.session.execute(
        update(PartyVersion)
        .where(PartyVersion.id == now.id, PartyVersion.is_current)
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )
    if left.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE has one
        raise StaleParty()
    work.session.expire(now)
    row = version_of(
        work, seal, facts, party_id=party_id, number=seen + 1, reason=reason, document_id=document_id
    )
    keep_row(work, row)
    work.audit("party.changed", f"party:{party_id}", fields=sorted(changed), version=seen + 1)


def same_party(work: UnitOfWork, seal: Seal, facts: PartyFacts) -> PartyId | None:
    """Somebody known who has this document number now. It counts as a try. Raises TooManyGuesses."""
    digest = seal.digest(facts.id_no, "id_no")
    if digest is None:
        return None
    number_compared(work)
    wanted = (
        select(PartyVersion.party_id)
        .where(PartyVersion.id_digest == digest, PartyVersion.is_current)
        .order_by(PartyVersion.party_id)
        .limit(1)
    )
    found = work.session.scalar(wanted)
    return None if found is None else PartyId(found)


def add_occupancy(work: UnitOfWork, new: NewOccupancy) -> OccupancyId:
    """Enter what a party is to a unit.

    Who becomes the owner of a unit that is somebody else's does so by a title transfer, as in tables of owners.
    Raises NeedsTransfer and as ``enter_occupancy``.
    """
    work.actor.must(Permission.MANAGE_PARTIES)
    if new.role in OWNING:
        hold_unit(work.session, new.unit_id, fonds="")  # of two who come at once the second finds the first
        _refuse_another_owner(work, new)
    return enter_occupancy(work, new)


def _refuse_another_owner(work: UnitOfWork, new: NewOccupancy) -> None:
    """Raises NeedsTransfer, HeldAlready."""
    mine = Share(new.share, new.since, new.until)
    asked = select(Occupancy).where(
        Occupancy.unit_id == new.unit_id, Occupancy.role.in_([owning.value for owning in OWNING])
    )
    owning = work.session.scalars(asked.execution_options(populate_existing=True)).all()
    own = [row for row in owning if row.party_id == new.party_id]
    if mine.valid_to is None and any(row.valid_to is None and row.role == new.role.value for row in own):
        raise HeldAlready()
    others = [
        Share(row.share, row.valid_from, row.valid_to) for row in owning if row.party_id != new.party_id
    ]
    if another_owner(others, mine, new.role):
        raise NeedsTransfer(field="role")


def enter_occupancy(work: UnitOfWork, new: NewOccupancy) -> OccupancyId:
    """The same for a title transfer, which has ended the owners before.

    Raises Forbidden, NotFound, ClosedUnit, NoShareHere, EndsBeforeStart, NeedsSource, UnknownDocument, HeldAlready,
    SharesTooLarge.
    """
    work.actor.must(Permission.MANAGE_PARTIES)
    unit = work.session.get(Unit, new.unit_id)
    if unit is None or work.session.get(Party, new.party_id) is None:
        raise NotFound()
    if unit.closed_on is not None:
        raise ClosedUnit()
    if new.share is not None and new.role not in OWNING:
        raise NoShareHere(field="share")
    if new.until is not None and new.until < new.since:
        raise EndsBeforeStart(field="until")
    source_note = clean_text("reason", new.source_note)
    if new.document_id is None and not source_note:
        raise NeedsSource(field="document")
    row = Occupancy(
        unit_id=new.unit_id,
        party_id=new.party_id,
        role=new.role.value,
        share=new.share,
        valid_from=new.since,
        valid_to=new.until,
        source_document_id=new.document_id,
        source_note=source_note,
        recorded_at=work.now,
        recorded_by=work.actor.user_id,
    )
    keep_row(work, row)
    work.audit(
        "occupancy.added", f"unit:{new.unit_id}", occupancy=row.id, party=new.party_id, role=new.role.value
    )
    return OccupancyId(row.id)


def end_occupancy(
    work: UnitOfWork, occupancy_id: int, *, until: date, reason: str, document_id: uuid.UUID | None = None
) -> UnitId:
    """End it on a day; the unit. An entry that was a mistake ends on the day it began.

    Raises Forbidden, NotFound, NeedsReason, EndedAlready, EndsBeforeStart, UnknownDocument.
    """
    work.actor.must(Permission.MANAGE_PARTIES)
    reason = reason_of(reason)
    row = work.session.get(Occupancy, occupancy_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if row.ended_at is not None or (row.valid_to is not None and until > row.valid_to):
        raise EndedAlready()
    if until < row.valid_from:
        raise EndsBeforeStart(field="until")
    try:
        with work.session.begin_nested():
            row.valid_to, row.end_reason, row.end_document_id = until, reason, document_id
            row.ended_at, row.ended_by = work.now, work.actor.user_id
    except IntegrityError as error:
        raise _told(error) from error
    work.audit("occupancy.ended", f"unit:{row.unit_id}", occupancy=row.id, party=row.party_id)
    return UnitId(row.unit_id)


def unmask(work: UnitOfWork, party_id: int, *, reason: str) -> datetime:
    """Let this person see one party in clear for five minutes; until when. Any other that they had open closes.

    Raises Forbidden, NotFound, NeedsReason.
    """
    work.actor.must(Permission.UNMASK)
    reason = reason_of(reason)
    if work.actor.user_id is None or work.session.get(Party, party_id) is None:
        raise NotFound()
    work.session.execute(
        update(Unmasking)
        .where(Unmasking.user_id == work.actor.user_id, Unmasking.ends_at > work.now)
        .values(ends_at=work.now)
        .execution_options(synchronize_session=False)
    )
    row = Unmasking(
        party_id=party_id,
        user_id=work.actor.user_id,
        reason=reason,
        granted_at=work.now,
        ends_at=work.now + UNMASKED_FOR,
    )
    work.session.add(row)
    work.session.flush()
    work.audit("party.unmasked", f"party:{party_id}", unmasking=row.id)
    return row.ends_at
