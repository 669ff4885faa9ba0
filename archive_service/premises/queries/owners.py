"""Who owned a unit when, by every name they were ever known by: to compare with what a paper says."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.premises.models import Occupancy, PartyVersion
from archive_service.premises.rules.owning import Owned
from archive_service.premises.rules.parties import OWNING

_AT_ONCE = 500


def owned(session: Session, unit_ids: Collection[int]) -> dict[int, tuple[Owned, ...]]:
    """By unit; units without an owner are left out, and so are entries that were a mistake. One statement for each
    _AT_ONCE units."""
    rows: dict[int, dict[int, Owned]] = defaultdict(dict)
    ids = sorted(unit_ids)
    for at in range(0, len(ids), _AT_ONCE):
        asked = (
            select(
                Occupancy.unit_id, Occupancy.id, Occupancy.valid_from, Occupancy.valid_to, PartyVersion.name
            )
            .join(PartyVersion, PartyVersion.party_id == Occupancy.party_id)
            .where(
                Occupancy.unit_id.in_(ids[at : at + _AT_ONCE]),
                Occupancy.role.in_([role.value for role in OWNING]),
                or_(Occupancy.valid_to.is_(None), Occupancy.valid_to > Occupancy.valid_from),
            )
            .order_by(Occupancy.id)
        )
        for unit_id, occupancy_id, since, until, name in session.execute(asked):
            known = rows[unit_id].get(occupancy_id)
            names = known.names | {name} if known else frozenset({name})
            rows[unit_id][occupancy_id] = Owned(names, since, until)
    return {unit_id: tuple(of_unit.values()) for unit_id, of_unit in rows.items()}
