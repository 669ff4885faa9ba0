"""Workbooks (.xlsx) as rows of texts. What comes in is not trusted; what goes out holds text and nothing else."""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from archive_service.kernel.errors import N_, Invalid

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES: Final = 2_000_000
MOST_UNPACKED: Final = 16_000_000
MOST_TIMES_LARGER: Final = 100
MOST_PARTS: Final = 200
MOST_ELEMENTS: Final = 500_000  # of all parts; each takes some hundred bytes while it is read
MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 64
BEGINNINGS: Final = (b"PK\x03\x04", b"PK\x05\x06")
OLD_BEGINNING: Final = b"\xd0\xcf\x11\xe0"

NO_WORKBOOK: Final = N_("This is no workbook (.xlsx), or it is damaged.")
OLD_WORKBOOK: Final = N_(
    "This is an old workbook (.xls) or one with a password. Save it as .xlsx without one."
)
TOO_LARGE: Final = N_("The workbook is too large.")
SUSPICIOUS: Final = N_(
    "The workbook unfolds to far more than it should, or hides definitions. It is not opened."
)
FORMULA: Final = N_("Formulas are not taken. Put the value there instead.")
NO_TEXT: Final = N_("Only text and whole numbers are taken here.")
NO_SHEET: Final = N_("This sheet is missing.")

_WRITTEN: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What XML can't hold or would change (a carriage return), and what reads like such a character written out.
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class BadWorkbook(Invalid):
    """``place``: sheet and cell, ``problem``: what is wrong there, itself a message id."""

    code = "workbook.bad"
    message = N_("This workbook can't be used. At %(place)s: %(problem)s")


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows``: the first one has the headings. ``widths``: of columns, in characters.

    ``choices``: the values that a column offers, by its number from 0; others may be typed all the same.
    """

    name: str
    rows: Sequence[Sequence[str | int | None]]
    widths: Sequence[int] = ()
    choices: Mapping[int, Sequence[str]] | None = None


def cell_name(row: int, column: int) -> str:
    """``B7``; both counted from 1, columns up to ZZ."""
    before, last = divmod(column - 1, 26)
    return f"{chr(64 + before) if before else ''}{chr(65 + last)}{row}"


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """A workbook in which every text is text, whatever it begins with."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _write(book.create_sheet(sheet.name), sheet)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write(made: "Worksheet", sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    wrapped, bold = Alignment(vertical="top", wrap_text=True), Font(bold=True)
    for row, values in enumerate(sheet.rows, 1):
        for column, value in enumerate(values, 1):
            cell = made.cell(row, column)
            cell.alignment = wrapped
            if row == 1:
                cell.font = bold
            if isinstance(value, int):
                cell.value = value
                continue
            cell.number_format = "@"
            cell.quotePrefix = True
            if value:
                cell.value = written(value)
                cell.data_type = "s"  # the library takes "=1" for a formula and "#N/A" for an error
    made.freeze_panes = "B2"
    for column, width in enumerate(sheet.widths, 1):
        made.column_dimensions[get_column_letter(column)].width = width
    for column, offered in (sheet.choices or {}).items():
        letter = get_column_letter(column + 1)
        offer = DataValidation(type="list", formula1='"' + ",".join(offered) + '"', allow_blank=True)
        offer.showErrorMessage = False  # a bare code is taken as well
        offer.add(f"{letter}2:{letter}{MOST_ROWS}")
        made.add_data_validation(offer)


def written(text: str) -> str:
    """``text`` with the characters that a workbook can't hold written out, as the format lays down: ``_x000D_``."""
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _unwritten(text: str) -> str:
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)), text)


def read_workbook(data: bytes, names: Collection[str]) -> dict[str, list[list[str]]]:
    """The rows of the sheets in ``names``, each as long as MOST_COLUMNS, as texts; the others are not looked at.

    Row ``n`` of a sheet stands at ``n - 1``; rows without anything are empty lists. Raises BadWorkbook.
    """
    _look_at(data)
    try:
        return _read(data, names)
    except BadWorkbook:
        raise
    except Exception as error:  # whatever the library runs into in a broken file
        raise BadWorkbook(place=".xlsx", problem=NO_WORKBOOK) from error


def _look_at(data: bytes) -> None:
    """Refuses what would unfold, before anything of it is understood."""
    if len(data) > MOST_BYTES:
        raise BadWorkbook(place=".xlsx", problem=TOO_LARGE)
    if data.startswith(OLD_BEGINNING):
        raise BadWorkbook(place=".xlsx", problem=OLD_WORKBOOK)
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
                raise BadWorkbook(place=".xlsx", problem=TOO_LARGE)
            if unpacked > MOST_TIMES_LARGER * len(data) or len({part.filename for part in parts}) < len(
                parts
            ):
                raise BadWorkbook(place=".xlsx", problem=SUSPICIOUS)
            elements = 0
            for part in parts:
                if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise BadWorkbook(place=".xlsx", problem=NO_WORKBOOK)
                # Never more than the part says of itself. Without the zeros, two-byte letters read like others.
                text = packed.read(part).replace(b"\0", b"")
                if part.filename.lower().endswith((".xml", ".rels")) and b"<!DOCTYPE" in text:
                    raise BadWorkbook(place=".xlsx", problem=SUSPICIOUS)
                elements += text.count(b"<")
                if elements > MOST_ELEMENTS:
                    raise BadWorkbook(place=".xlsx", problem=TOO_LARGE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadWorkbook(place=".xlsx", problem=NO_WORKBOOK) from error


def _read(data: bytes, names: Collection[str]) -> dict[str, list[list[str]]]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, keep_links=False)
    try:
        found = {}
        for name in names:
            if name not in book.sheetnames:
                raise BadWorkbook(place=name, problem=NO_SHEET)
            found[name] = list(_rows(name, book[name]))
        return found
    finally:
        book.close()


def _rows(name: str, sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # a sheet's own word on its size is not taken
    empty = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        if number > MOST_ROWS:
            raise BadWorkbook(place=f"{name} {cell_name(number, 1)}", problem=TOO_LARGE)
        texts = [_text(name, number, column, cell) for column, cell in enumerate(row, 1)]
        if not any(texts):
            empty += 1
            continue
        yield from ([] for _ in range(empty))
        empty = 0
        yield texts


def _text(name: str, row: int, column: int, cell: Any) -> str:
    match cell.value:
        case None:
            return ""
        case _ if cell.data_type == "f":
            problem = FORMULA
        case str(value) if cell.data_type == "s":
            return _unwritten(value)
        case bool():
            problem = NO_TEXT
        case int(value):
            return str(value)
        case float(value):
            return str(int(value)) if value.is_integer() else str(value)
        case _:
            problem = NO_TEXT
    raise BadWorkbook(place=f"{name} {cell_name(row, column)}", problem=problem)
