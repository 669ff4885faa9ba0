"""Premises (房屋): projects (each one a fonds), their buildings, and the units that people own, rent and use.

A unit is found by every spelling of its name. Units are changed with a reason and closed, never deleted; who owns,
rents or uses one is told in dated rows, so that any day's answer can be given later.
"""

from archive_service.premises.queries.units import (
    BuildingRow,
    ProjectRow,
    UnitFilter,
    UnitRow,
    buildings,
    project,
    projects,
    unit,
    unit_count,
    units,
    units_called,
)
from archive_service.premises.rules.units import (
    BuildingId,
    ProjectId,
    UnitFacts,
    UnitId,
    UnitKind,
    UseState,
    read_facts,
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
    "ProjectId",
    "ProjectRow",
    "UnitFacts",
    "UnitFilter",
    "UnitId",
    "UnitKind",
    "UnitRow",
    "UseState",
    "add_building",
    "add_project",
    "add_unit",
    "buildings",
    "change_unit",
    "close_unit",
    "link",
    "project",
    "projects",
    "read_facts",
    "unit",
    "unit_count",
    "units",
    "units_called",
]
