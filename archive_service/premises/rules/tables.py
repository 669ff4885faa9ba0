"""Tables that come in as CSV or as a workbook (.xlsx), as rows of texts. They are not trusted.

A workbook is looked at before any of it is unfolded; both kinds have limits that keep memory bounded.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from archive_service.kernel.errors import N_, Invalid

MOST_BYTES: Final = 2_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 40
MOST_CELL: Final = 500  # characters
MOST_PARTS: Final = 200
MOST_UNPACKED: Final = 64_000_000
MOST_BESIDES: Final = 4_000_000  # a part that is read as a whole: styles, the list of sheets
MOST_SHARED: Final = 16_000_000  # the texts that cells share
MOST_TIMES_LARGER: Final = 100
_BLOCK: Final = 256 * 1024


class BadTable(Invalid):
    code = "premises.bad-table"
    message = N_("This is neither a table in CSV nor a workbook (.xlsx), or it is damaged.")


class TableTooLarge(BadTable):
    code = "premises.table-too-large"
    message = N_(
        "The table is too large: at most 2 MB and 20,000 rows at once. Divide it and bring in the parts."
    )


class SuspiciousTable(BadTable):
    code = "premises.table-suspicious"
    message = N_(
        "The workbook unfolds to far more than it should, or hides something in it. It is not opened."
    )


class OldWorkbook(BadTable):
    code = "premises.table-old"
    message = N_("This is an old workbook (.xls) or one with a password. Save it as .xlsx without one.")


class MacroWorkbook(BadTable):
    code = "premises.table-macros"
    message = N_("Workbooks with macros are not opened. Save it as .xlsx.")


class UnknownEncoding(BadTable):
    code = "premises.table-encoding"
    message = N_("The text of this file can't be read. Save it as “CSV UTF-8” or as .xlsx.")


class EmptyTable(BadTable):
    code = "premises.table-empty"
    message = N_("The table has no rows under its headings.")


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` as the person's program shows it, the headings being row 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``formulas``: (row number, column from 0) of cells that reckon instead of telling."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    formulas: frozenset[tuple[int, int]] = frozenset()


def read_table(data: bytes) -> Table:
    """The first sheet of a workbook, or a CSV in UTF-8, GBK or UTF-16. Empty rows are left out. Raises BadTable."""
    if len(data) > MOST_BYTES:
        raise TableTooLarge()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise OldWorkbook()
    if data.startswith(b"PK"):
        return _workbook(data)
    return _csv(_decoded(data))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or "\ufffd" in text:
            break
        return text
    raise UnknownEncoding()


def _csv(text: str) -> Table:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    # A cell may hold line ends: a program counts rows, not lines.
    rows = ((number, [(cell, False) for cell in cells]) for number, cells in enumerate(reader, 1))
    try:
        return _table(rows)
    except csv.Error as error:
        raise BadTable() from error


def _workbook(data: bytes) -> Table:
    _look_at(data)
    try:
        return _read(data)
    except BadTable:
        raise
    except Exception as error:  # whatever the library runs into in a broken file
        raise BadTable() from error


def _look_at(data: bytes) -> None:
    """Refuse what would unfold, before anything of it is understood."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            names = [part.filename.lower() for part in parts]
            if len(parts) > MOST_PARTS or len(set(names)) < len(names):
                raise SuspiciousTable()
            if any("vbaproject" in name or "macrosheets" in name for name in names):
                raise MacroWorkbook()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MOST_UNPACKED or unpacked > MOST_TIMES_LARGER * len(data):
                raise SuspiciousTable()
            for part, name in zip(parts, names, strict=True):
                if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or part.flag_bits & 1:
                    raise BadTable()
                shared = name.endswith("sharedstrings.xml")
                if "/worksheets/" not in name and part.file_size > (MOST_SHARED if shared else MOST_BESIDES):
                    raise SuspiciousTable()
                if name.endswith((".xml", ".rels")):
                    _refuse_definitions(packed, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadTable() from error


def _refuse_definitions(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """A document type is where XML hides what unfolds. Without zeros, two-byte letters read like others."""
    with packed.open(part) as stream:
        tail = b""
        while block := stream.read(_BLOCK):
            text = tail + block.replace(b"\0", b"")
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise SuspiciousTable()
            tail = text[-16:]


def _read(data: bytes) -> Table:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()  # a sheet's own word on its size is not taken

        def rows() -> Iterator[tuple[int, list[tuple[str, bool]]]]:
            for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2), 1):
                yield number, [(_text(cell), cell.data_type == "f") for cell in cells]

        return _table(rows())
    finally:
        book.close()


def _text(cell: Any) -> str:
    value = cell.value
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()[:10]
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            number = str(int(value)) if float(value).is_integer() else repr(round(value, 6))
            # 402 that is shown as 0402 is meant as 0402.
            pattern = str(cell.number_format)
            return number.zfill(len(pattern)) if set(pattern) == {"0"} else number
        case _:
            return str(value)


def _table(rows: Iterator[tuple[int, Sequence[tuple[str, bool]]]]) -> Table:
    headings: tuple[str, ...] = ()
    kept: list[Row] = []
    formulas: set[tuple[int, int]] = set()
    for number, cells in rows:
        if number > MOST_ROWS + 1:
            raise TableTooLarge()
        texts = tuple(text.strip()[: MOST_CELL + 1] for text, _ in cells[:MOST_COLUMNS])
        if not any(texts):
            continue
        if len(cells) > MOST_COLUMNS and any(text.strip() for text, _ in cells[MOST_COLUMNS:]):
            raise TableTooLarge()
        if not headings:
            headings = texts
            continue
        kept.append(Row(number, texts))
        # What begins like one counts as one, wherever it comes from: a program would make one of it.
        formulas.update(
            (number, at)
            for at, (text, formula) in enumerate(cells)
            if formula or text.lstrip().startswith(("=", "＝"))
        )
    if not kept:
        raise EmptyTable()
    return Table(headings, tuple(kept), frozenset(formulas))


def as_csv(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """What ``read_table`` reads as the same cells."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()


def as_workbook(title: str, rows: Sequence[Sequence[str]], widths: Sequence[int] = ()) -> bytes:
    """A workbook of one sheet in which every cell is text, whatever it begins with; the first row holds headings."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    for number, texts in enumerate(rows, 1):
        for column, text in enumerate(texts, 1):
            cell = sheet.cell(number, column)
            cell.number_format = "@"
            if text:
                cell.value = re.sub(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
                cell.data_type = "s"  # the library takes "=1" for a formula
            if number == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
