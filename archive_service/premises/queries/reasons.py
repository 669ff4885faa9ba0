"""Why units, people and entries are as they are: what somebody wrote when they changed or came in."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.premises.models import Occupancy, PartyVersion, UnitChange


def change_reasons(session: Session, unit_id: int, change_ids: Collection[int]) -> dict[int, str]:
    """By id, of those changes that are the unit's."""
    asked = select(UnitChange.id, UnitChange.reason).where(
        UnitChange.unit_id == unit_id, UnitChange.id.in_(change_ids)
    )
    return dict(iter(session.execute(asked)))


def entry_reasons(session: Session, occupancy_ids: Collection[int]) -> dict[int, str]:
    """By id of the entry: where it is known from."""
    asked = select(Occupancy.id, Occupancy.source_note).where(Occupancy.id.in_(occupancy_ids))
    return dict(iter(session.execute(asked)))


def version_reasons(session: Session, party_id: int, numbers: Collection[int]) -> dict[int, str]:
    """By number of the party's version."""
    asked = select(PartyVersion.number, PartyVersion.reason).where(
        PartyVersion.party_id == party_id, PartyVersion.number.in_(numbers)
    )
    return dict(iter(session.execute(asked)))
