"""A table of units, row by row: which column means what, and everything that is wrong with a row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from archive_service.kernel.errors import N_, Invalid
from archive_service.premises.rules.columns import Columns, Problem, Told
from archive_service.premises.rules.tables import Table, as_workbook
from archive_service.premises.rules.units import FIELDS, building_code, building_name, plain

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("项目", "project", "项目号", "全宗号", "项目名称"),
    "phase": ("分期", "phase", "期"),
    "building": ("楼栋", "building", "栋", "座", "楼号", "区"),
    "entrance": ("单元", "entrance", "单元号"),
    "floor": ("楼层", "floor", "层"),
    "room": ("房号", "room", "室", "铺号", "车位号", "室号"),
    "kind": ("类型", "kind", "房屋类型"),
    "build_area": ("建筑面积", "build_area", "built area"),
    "inner_area": ("套内面积", "inner_area", "inner area"),
    "use_state": ("使用状态", "use_state", "use", "状态"),
    "handover_on": ("收楼日期", "handover_on", "handed over on", "收铺日期", "交付日期", "收楼铺日期"),
    "water_no": ("水表号", "water_no"),
    "water_base": ("水表底数", "water_base"),
    "electricity_no": ("电表号", "electricity_no"),
    "electricity_base": ("电表底数", "electricity_base"),
    "gas_no": ("燃气表号", "gas_no", "气表号"),
    "gas_base": ("燃气表底数", "gas_base", "气表底数"),
    "note": ("备注", "note", "remark"),
}
"""Each column with its headings; the first is the template's, the second a program's."""
NEEDED: Final = ("building", "room", "kind")
EXAMPLES: Final = (
    (
        "WY01",
        "一期",
        "3栋",
        "2",
        "12",
        "1201",
        "住宅",
        "89.50",
        "70.20",
        "自住",
        "2026-03-08",
        "",
        "12",
        "",
        "305",
    ),
    ("WY01", "步行街", "A区", "", "1", "108", "商铺", "46.50", "", "经营", "2026-06-01"),
    ("WY01", "", "B2", "", "-2", "118", "车位", "12.72", "", "空置", ""),
)


class TwiceInTable(Invalid):
    code = "premises.twice-in-table"
    message = N_("The same unit stands in row %(row)s already.")


class UnknownProject(Invalid):
    code = "premises.unknown-project"
    message = N_("There is no such project. Make it first, or write its fonds number.")


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """``told``: the cells that are filled in; an empty one leaves a known unit as it is."""

    row: int
    project: str
    phase: str
    building: str
    code: str
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    units: tuple[PlannedUnit, ...]
    told: Told

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.told.problems


def plan(table: Table) -> Planned:
    """Every row of the table as a unit to be made or changed. Raises MissingColumns, TwiceColumn."""
    told = Columns(COLUMNS, NEEDED).read(table)
    units: list[PlannedUnit] = []
    problems = list(told.problems)
    for row in told.rows:
        try:
            name = building_name(row.told["building"])
        except Invalid as error:
            problems.append(told.problem(row.number, error, "building"))
            continue
        fields = {key: value for key, value in row.told.items() if key in FIELDS}
        project, phase = plain(row.told.get("project", "")), row.told.get("phase", "")
        units.append(PlannedUnit(row.number, project, phase, name, building_code(name), fields))
    return Planned(tuple(units), replace(told, problems=tuple(problems)))


def register_table(units: Iterable[Mapping[str, str]]) -> bytes:
    """A workbook of units, each told by the names of COLUMNS; it comes in again as it is."""
    rows = [[headings[0] for headings in COLUMNS.values()]]
    rows += [[told.get(name, "") for name in COLUMNS] for told in units]
    return as_workbook("房屋", rows, [12] * len(COLUMNS))


def template() -> bytes:
    """The workbook to fill in: the headings, and three rows that show how."""
    headings = [headings[0] for headings in COLUMNS.values()]
    rows = [headings, *([*example, *[""] * (len(headings) - len(example))] for example in EXAMPLES)]
    return as_workbook("房屋", rows, [12] * len(headings))
