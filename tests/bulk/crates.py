"""Crates of scans as they come: zips of every make, with a table that says what is in them."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from archive_service.bulk.queries.imports import ImportView, RowView, import_rows, import_view
from archive_service.bulk.rules import ImportId, RowState
from archive_service.bulk.service import importing
from archive_service.kernel.actor import Actor
from tests.support.house import House

Files = Mapping[str, bytes]
HEADINGS = (
    "文件路径",
    "题名",
    "分类号",
    "房号",
    "业主",
    "日期",
    "文号",
    "责任者",
    "密级",
    "案卷号",
    "主题词",
)


def table(*rows: Sequence[str], headings: Sequence[str] = HEADINGS) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([headings, *([*row, *[""] * (len(headings) - len(row))] for row in rows)])
    return out.getvalue().encode("utf-8-sig")


def packed(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


class Crates:
    def __init__(self, house: House, chen: Actor) -> None:
        self.house, self.chen = house, chen

    def opened(self, content: bytes, rows: bytes | None = None, actor: Actor | None = None) -> ImportId:
        blob = self.house.archive.blobs.put([content])
        beside = None if rows is None else ("清单.csv", self.house.archive.blobs.put([rows]))
        with self.house.work(actor or self.chen) as work:
            return importing.open_zip(work, blob, "移交.zip", beside)

    def checked(self, content: bytes, rows: bytes | None = None, actor: Actor | None = None) -> ImportView:
        return importing.check(self.house.archive, self.opened(content, rows, actor))

    def started(self, view: ImportView, *, skip: bool = False, actor: Actor | None = None) -> None:
        with self.house.work(actor or self.chen) as work:
            importing.start(work, view.id, skip=skip)

    def brought_in(self, content: bytes, rows: bytes | None = None, *, skip: bool = False) -> ImportView:
        view = self.checked(content, rows)
        self.started(view, skip=skip)
        assert importing.run(self.house.archive, view.id)
        return self.view(view.id)

    def view(self, import_id: ImportId) -> ImportView:
        with self.house.archive.reading() as session:
            return import_view(session, self.chen, import_id)

    def rows(self, view: ImportView, *states: RowState) -> list[RowView]:
        with self.house.archive.reading() as session:
            return import_rows(session, view.id, states or tuple(RowState), limit=1000)

    def problems(self, view: ImportView) -> list[tuple[int | None, str, str]]:
        """(row, column, code)"""
        return [(row.number, p.column, p.code) for row in self.rows(view) for p in row.problems]
