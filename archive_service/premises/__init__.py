"""Premises (房屋): projects (each one a fonds), their buildings, and the units that people own, rent and use.

A unit is found by every spelling of its name. Units are changed with a reason and closed, never deleted; who owns,
rents or uses one is told in dated rows, so that any day's answer can be given later.
"""

from archive_service.premises.queries.known import any_unit, unknown_units
from archive_service.premises.queries.owners import owned
from archive_service.premises.queries.parties import (
    OccupancyRow,
    PartyRow,
    TransferRow,
    is_source_document,
    names_with_unit,
    occupancies_of_party,
    occupancies_of_unit,
    owner_names,
    party,
    transfers_of_unit,
)
from archive_service.premises.queries.units import (
    BuildingRow,
    Meant,
    ProjectRow,
    UnitFilter,
    UnitRow,
    buildings,
    project,
    projects,
    unit,
    unit_count,
    unit_meant,
    unit_names,
    units,
    units_called,
)
from archive_service.premises.rules.owning import Owned
from archive_service.premises.rules.parties import (
    IdType,
    OccupancyId,
    OccupancyRole,
    PartyFacts,
    PartyId,
    PartyKind,
)
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.rules.units import (
    BuildingId,
    ProjectId,
    UnitFacts,
    UnitId,
    UnitKind,
    UseState,
    read_facts,
)
from archive_service.premises.service.holding import hold_unit
from archive_service.premises.service.parties import add_occupancy, add_party, change_party, end_occupancy
from archive_service.premises.service.seals import seal_of
from archive_service.premises.service.transfer import (
    Decision,
    NewOwner,
    SameOwner,
    Transfer,
    hanging,
    no_day_to_come,
    transfer,
)
from archive_service.premises.service.units import (
    add_building,
    add_project,
    add_unit,
    change_unit,
    close_unit,
    link,
)

__all__ = [
    "BuildingId",
    "BuildingRow",
    "Decision",
    "IdType",
    "Meant",
    "NewOwner",
    "OccupancyId",
    "OccupancyRole",
    "OccupancyRow",
    "Owned",
    "PartyFacts",
    "PartyId",
    "PartyKind",
    "PartyRow",
    "ProjectId",
    "ProjectRow",
    "SameOwner",
    "Seal",
    "Transfer",
    "TransferRow",
    "UnitFacts",
    "UnitFilter",
    "UnitId",
    "UnitKind",
    "UnitRow",
    "UseState",
    "add_building",
    "add_occupancy",
    "add_party",
    "add_project",
    "add_unit",
    "any_unit",
    "buildings",
    "change_party",
    "change_unit",
    "close_unit",
    "end_occupancy",
    "hanging",
    "hold_unit",
    "is_source_document",
    "link",
    "names_with_unit",
    "no_day_to_come",
    "occupancies_of_party",
    "occupancies_of_unit",
    "owned",
    "owner_names",
    "party",
    "project",
    "projects",
    "read_facts",
    "seal_of",
    "transfer",
    "transfers_of_unit",
    "unit",
    "unit_count",
    "unit_meant",
    "unit_names",
    "units",
    "units_called",
    "unknown_units",
]
