"""A table of units, row by row: which column means what, and everything that is wrong with a row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from archive_service.kernel.errors import N_, Invalid
from archive_service.premises.rules.tables import BadTable, Row, Table, as_workbook
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


class MissingColumns(BadTable):
    code = "premises.missing-columns"
    message = N_(
        "These columns are missing: %(columns)s. Headings stand in the first row; the template has them all."
    )


class TwiceColumn(BadTable):
    code = "premises.column-twice"
    message = N_("The column %(column)s stands there twice.")


class NoFormulas(Invalid):
    code = "premises.formula"
    message = N_("Formulas are not taken. Put the value there instead.")


class CellTooLong(Invalid):
    code = "premises.cell-too-long"
    message = N_("This is far too long.")


class NeedsValue(Invalid):
    code = "premises.needs-value"
    message = N_("This must be filled in.")


class TwiceInTable(Invalid):
    code = "premises.twice-in-table"
    message = N_("The same unit stands in row %(row)s already.")


class UnknownProject(Invalid):
    code = "premises.unknown-project"
    message = N_("There is no such project. Make it first, or write its fonds number.")


@dataclass(frozen=True, slots=True)
class Problem:
    """``row`` as the person's program shows it; ``column``: the heading as it stands in the table."""

    row: int
    column: str
    error: Invalid


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
    problems: tuple[Problem, ...]
    headings: Mapping[str, str]
    unread: tuple[str, ...] = field(default=())  # headings that mean nothing here


def _folded(heading: str) -> str:
    text = plain(heading).lower()
    for bracket in "([":
        text = text.split(bracket, 1)[0]
    return text.replace("*", "").strip()


def plan(table: Table) -> Planned:
    """Every row of the table as a unit to be made or changed. Raises MissingColumns, TwiceColumn."""
    meaning = {_folded(heading): name for name, headings in COLUMNS.items() for heading in headings}
    places: dict[str, int] = {}
    unread = []
    for at, heading in enumerate(table.headings):
        name = meaning.get(_folded(heading))
        if name is None:
            if heading:
                unread.append(heading[:40])
        elif name in places:
            raise TwiceColumn(column=COLUMNS[name][0])
        else:
            places[name] = at
    if missing := [COLUMNS[name][0] for name in NEEDED if name not in places]:
        raise MissingColumns(columns="、".join(missing))
    shown = {name: table.headings[at] for name, at in places.items()}
    units: list[PlannedUnit] = []
    problems: list[Problem] = []
    for row in table.rows:
        found = _row(row, places, shown, table.formulas)
        if isinstance(found, PlannedUnit):
            units.append(found)
        else:
            problems += found
    return Planned(tuple(units), tuple(problems), shown, tuple(unread))


def _row(
    row: Row, places: Mapping[str, int], shown: Mapping[str, str], formulas: frozenset[tuple[int, int]]
) -> PlannedUnit | list[Problem]:
    problems: list[Problem] = []
    told: dict[str, str] = {}
    for name, at in places.items():
        text = row.cells[at] if at < len(row.cells) else ""
        if (row.number, at) in formulas:
            problems.append(Problem(row.number, shown[name], NoFormulas(field=name)))
        elif len(text) > 255:
            problems.append(Problem(row.number, shown[name], CellTooLong(field=name)))
        elif text:
            told[name] = text
        elif name in NEEDED:
            problems.append(Problem(row.number, shown[name], NeedsValue(field=name)))
    if problems:
        return problems
    try:
        name = building_name(told["building"])
    except Invalid as error:
        return [Problem(row.number, shown["building"], error)]
    fields = {key: value for key, value in told.items() if key in FIELDS}
    return PlannedUnit(
        row.number, plain(told.get("project", "")), told.get("phase", ""), name, building_code(name), fields
    )


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
