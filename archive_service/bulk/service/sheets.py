"""Workbooks (.xlsx) of one sheet, written row by row, in which every cell is text whatever it begins with.

Only what is needed of the format: a list may have twenty thousand rows, and a library would hold each of its cells.
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import IO, Final, Protocol

from archive_service.classification.rules.workbook import cell_name, written

_OPEN: Final = "http://schemas.openxmlformats.org"
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_OPEN}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_OPEN}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{_OPEN}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_OPEN}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OPEN}/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
    f'Type="{_OPEN}/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
    # 49 is "text"; quotePrefix keeps it so when somebody opens the cell and leaves it again.
    "xl/styles.xml": f'<styleSheet xmlns="{_OPEN}/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1" '
    'applyFont="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
LONGEST_CELL: Final = 32_000  # what the format holds is 32,767


class Sheet(Protocol):
    def add(self, cells: Sequence[str]) -> None: ...


class _Sheet:
    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._row = out, 0

    def add(self, cells: Sequence[str]) -> None:
        self._row += 1
        style = 2 if self._row == 1 else 1
        told = "".join(
            f'<c r="{cell_name(self._row, column)}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
            f"{escape(written(text[:LONGEST_CELL]), quote=False)}</t></is></c>"
            for column, text in enumerate(cells, 1)
            if text
        )
        self._out.write(f'<row r="{self._row}">{told}</row>'.encode())


@contextmanager
def workbook(out: IO[bytes], name: str, widths: Sequence[int]) -> Iterator[Sheet]:
    """A workbook that grows into ``out``; the first row that is added holds the headings."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, text in _PARTS.items():
            packed.writestr(part, _HEAD + text)
        sheets = f'<sheets><sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets>'
        packed.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_OPEN}/spreadsheetml/2006/main" '
            f'xmlns:r="{_OPEN}/officeDocument/2006/relationships">{sheets}</workbook>',
        )
        columns = "".join(
            f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
            for at, width in enumerate(widths, 1)
        )
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            sheet.write(
                f'{_HEAD}<worksheet xmlns="{_OPEN}/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">'
                f"{frozen}</sheetView></sheetViews><cols>{columns}</cols><sheetData>".encode()
            )
            yield _Sheet(sheet)
            sheet.write(b"</sheetData></worksheet>")


_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def plain_cell(text: str) -> str:
    """A cell of a CSV that no program takes for a formula: with an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
