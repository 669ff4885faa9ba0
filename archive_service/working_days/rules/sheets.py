"""A year of the calendar as a table, xlsx or CSV: a row a day, or a row for several days in succession."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from archive_service.kernel.errors import N_, ArchiveError, Invalid
from archive_service.premises.rules.tables import Row, Table, as_workbook
from archive_service.working_days.rules import DayTwice, NamedDay

HEADINGS: Final = ("日期", "至", "休/班", "名称")
WIDTHS: Final = (14, 14, 10, 24)
MOST_SPAN: Final = 31

_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?")
_OFF: Final = frozenset({"休", "休息", "放假", "假", "off"})
_WORK: Final = frozenset({"班", "上班", "补班", "调休上班", "work"})


class NoSuchHeadings(Invalid):
    code = "working-days.no-such-headings"
    message = N_(
        "The table lacks the column “%(heading)s”. Its headings are 日期, 至, 休/班 and 名称; the template has them."
    )


class BadDate(Invalid):
    code = "working-days.bad-date"
    message = N_("This is not a date. Write it like 2027-02-06.")


class BadSpan(Invalid):
    code = "working-days.bad-span"
    message = N_("The last day lies before the first, or more than a month after it.")


class BadWord(Invalid):
    code = "working-days.bad-word"
    message = N_("Write 休 for a day off, or 班 for a day that is worked.")


class FormulaInTable(Invalid):
    code = "working-days.formula"
    message = N_("This cell reckons instead of telling. Paste its value instead.")


@dataclass(frozen=True, slots=True)
class Problem:
    """``row`` as the person's program shows it; ``column``: its heading."""

    row: int
    column: str
    error: ArchiveError


def days_of(table: Table) -> tuple[list[NamedDay], list[Problem]]:
    """What the table tells; what of it can't be. Raises NoSuchHeadings."""
    at = {heading: number for number, heading in enumerate(table.headings)}
    for heading in HEADINGS:
        if heading != "至" and heading not in at:
            raise NoSuchHeadings(heading=heading)
    days: dict[date, NamedDay] = {}
    problems: list[Problem] = []
    for row in table.rows:
        try:
            told = _days(table, row, at)
        except _Wrong as wrong:
            problems.append(Problem(row.number, wrong.column, wrong.error))
            continue
        for one in told:
            if one.day in days:
                problems.append(Problem(row.number, "日期", DayTwice(day=one.day.isoformat())))
            days.setdefault(one.day, one)
    return sorted(days.values(), key=lambda one: one.day), problems


class _Wrong(Exception):
    def __init__(self, column: str, error: ArchiveError) -> None:
        self.column, self.error = column, error
        super().__init__(column)


def _days(table: Table, row: Row, at: dict[str, int]) -> list[NamedDay]:
    def cell(heading: str) -> str:
        column = at.get(heading)
        if column is None or column >= len(row.cells):
            return ""
        if (row.number, column) in table.formulas:
            raise _Wrong(heading, FormulaInTable())
        return row.cells[column].strip()

    first = _date("日期", cell("日期"))
    last = _date("至", cell("至")) if cell("至") else first
    if not first <= last <= first + timedelta(days=MOST_SPAN):
        raise _Wrong("至", BadSpan())
    word = cell("休/班").lower()
    if word not in _OFF | _WORK:
        raise _Wrong("休/班", BadWord())
    count = (last - first).days + 1
    return [NamedDay(first + timedelta(days=n), word in _WORK, cell("名称")) for n in range(count)]


def _date(column: str, text: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise _Wrong(column, BadDate())


def written(days: tuple[NamedDay, ...]) -> bytes:
    """A workbook that ``days_of`` reads as the same days."""
    rows = [[one.day.isoformat(), "", "班" if one.working else "休", one.name] for one in days]
    return as_workbook("工作日历", [HEADINGS, *rows], WIDTHS)


def template(year: int) -> bytes:
    rows = [[f"{year}-01-01", f"{year}-01-03", "休", "元旦"], [f"{year}-01-04", "", "班", "元旦"]]
    return as_workbook("工作日历", [HEADINGS, *rows], WIDTHS)
