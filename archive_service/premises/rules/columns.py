"""The columns of a table that people fill in: which heading means what, and what each row tells. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive_service.kernel.errors import N_, Conflict, Invalid
from archive_service.premises.rules.tables import BadTable, Row, Table
from archive_service.premises.rules.units import plain


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


@dataclass(frozen=True, slots=True)
class Problem:
    """``row`` as the person's program shows it; ``column``: the heading as it stands in the table."""

    row: int
    column: str
    error: Invalid


class HasProblems(Conflict):
    """Nothing was imported."""

    code = "premises.import-problems"
    message = N_(
        "Nothing was imported: %(count)s cells of the table can't be taken. Mend them, or leave out their rows."
    )

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        super().__init__(count=len(problems))


@dataclass(frozen=True, slots=True)
class ToldRow:
    """``told``: the cells that are filled in, by the names of the columns."""

    number: int
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """``headings``: of each column as it stands in the table. ``unread``: headings that mean nothing here."""

    rows: tuple[ToldRow, ...]
    problems: tuple[Problem, ...]
    headings: Mapping[str, str]
    unread: tuple[str, ...]

    def problem(self, row: int, error: Invalid, otherwise: str) -> Problem:
        """At the column that the error names, or ``otherwise``."""
        name = str(error.facts.get("field", otherwise))
        return Problem(row, self.headings.get(name, name), error)


@dataclass(frozen=True, slots=True)
class Columns:
    """``headings``: for each column, every heading that means it. ``needed``: must be there and filled in."""

    headings: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]

    def read(self, table: Table) -> Told:
        """Raises MissingColumns, TwiceColumn."""
        meaning = {folded(heading): name for name, all_of in self.headings.items() for heading in all_of}
        places: dict[str, int] = {}
        unread = []
        for at, heading in enumerate(table.headings):
            name = meaning.get(folded(heading))
            if name is None:
                if heading:
                    unread.append(heading[:40])
            elif name in places:
                raise TwiceColumn(column=self.headings[name][0])
            else:
                places[name] = at
        if missing := [self.headings[name][0] for name in self.needed if name not in places]:
            raise MissingColumns(columns="、".join(missing))
        shown = {name: table.headings[at] for name, at in places.items()}
        rows: list[ToldRow] = []
        problems: list[Problem] = []
        for row in table.rows:
            told, wrong = self._row(row, places, shown, table.formulas)
            if wrong:
                problems += wrong
            else:
                rows.append(ToldRow(row.number, told))
        return Told(tuple(rows), tuple(problems), shown, tuple(unread))

    def _row(
        self,
        row: Row,
        places: Mapping[str, int],
        shown: Mapping[str, str],
        formulas: frozenset[tuple[int, int]],
    ) -> tuple[dict[str, str], list[Problem]]:
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
            elif name in self.needed:
                problems.append(Problem(row.number, shown[name], NeedsValue(field=name)))
        return told, problems


def folded(heading: str) -> str:
    """A heading without what people put beside it: 建筑面积（㎡）, 房号*."""
    text = plain(heading).lower()
    for bracket in "([":
        text = text.split(bracket, 1)[0]
    return text.replace("*", "").strip()
