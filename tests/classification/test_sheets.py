"""The plan as a workbook: the same plan as in YAML, read as strictly, and harmless both ways."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from archive_service.classification.rules import (
    BadPlan,
    FilePlan,
    PlannedClass,
    RetentionRule,
    Term,
    parse_plan,
    read_plan,
    write_plan,
    write_sheets,
)
from archive_service.classification.rules.plan import (
    Disposition,
    Figure,
    Limit,
    OnExit,
    RetentionKind,
    SourceStatus,
    retention_code,
)
from archive_service.classification.rules.workbook import (
    MOST_BYTES,
    MOST_ROWS,
    NO_TEXT,
    BadWorkbook,
    Sheet,
    cell_name,
    read_workbook,
    write_workbook,
)
from archive_service.kernel.levels import Level
from tests.classification.test_rules import PLAN, a_class

HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "#N/A",
    "'=1",
    '=HYPERLINK("x")',
)

line = st.one_of(
    st.sampled_from(HOSTILE[:4] + HOSTILE[5:]),
    st.sampled_from(("_x000D_", "_x005F_x000D_", "  两边 ", "￾", "True", "1.0", "2026-03-08")),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40
    ),
)
item = line.filter(str.strip)
text = st.one_of(st.just(""), line, st.tuples(line, line).map("\n\t".join))
triggers = tuple(Term(t.code, t.name_zh, t.about) for t in PLAN.triggers)


@st.composite
def rules(draw: st.DrawFn) -> RetentionRule:
    kind = draw(st.sampled_from(RetentionKind))
    years = None if kind is RetentionKind.PERMANENT else draw(st.integers(1, 200))
    return RetentionRule(
        kind=kind,
        label_zh=draw(line),
        limit=draw(st.sampled_from(Limit)),
        code=retention_code(kind, years),
        figure=draw(st.sampled_from(Figure)),
        years=years,
        trigger=years and draw(st.sampled_from([t.code for t in triggers])),  # type: ignore[arg-type]
        blocked_while=draw(st.sampled_from(("", "debt_open"))),
    )


@st.composite
def classes(draw: st.DrawFn, code: str) -> PlannedClass:
    selectable = draw(st.booleans())
    return PlannedClass(
        code=code,
        parent=code.rpartition(".")[0] or None,
        name_zh=draw(line),
        name_en=draw(line),
        selectable=selectable,
        level=draw(st.sampled_from(Level)),
        on_exit=draw(st.sampled_from(OnExit)),
        source_status=draw(st.sampled_from(SourceStatus)),
        retention=draw(rules()) if selectable else None,
        disposition=draw(st.sampled_from(Disposition)) if selectable else None,
        sources=tuple(
            draw(st.lists(st.sampled_from([s.code for s in PLAN.sources]), unique=True, max_size=3))
        ),
        doc_types=tuple(draw(st.lists(item, max_size=4))),
        note=draw(text),
        is_closed=draw(st.booleans()),
    )


@st.composite
def plans(draw: st.DrawFn) -> FilePlan:
    return FilePlan(
        scheme=PLAN.scheme,
        name_zh=draw(line),
        name_en=draw(line),
        number=f"{draw(st.integers(1, 9999))}.{draw(st.integers(0, 9999))}",
        classes=tuple(draw(classes(code)) for code in ("WS", "WS.01", "WS.01.Z")),
        triggers=tuple(replace(t, about=draw(text)) for t in triggers[:3]) + triggers[3:],
        sources=(*PLAN.sources, Term("XX", draw(line), draw(text))),
    )


@given(plans())
@settings(max_examples=40, deadline=None)
def test_from_yaml_to_a_workbook_and_back_nothing_changes(plan: FilePlan) -> None:
    read = parse_plan(write_plan(plan).encode())
    assert read == plan
    assert write_plan(read_plan(write_sheets(read))) == write_plan(plan)


def test_the_shipped_plan_comes_back_whole() -> None:
    assert read_plan(write_sheets(PLAN)) == PLAN
    assert read_plan(write_plan(PLAN).encode()) == PLAN


def test_every_cell_that_goes_out_is_text() -> None:
    plan = replace(PLAN, classes=tuple(a_class("WS", None, name_zh=zh, note=zh) for zh in HOSTILE))
    book = load_workbook(BytesIO(write_sheets(plan)))
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {cell.column_letter for cell in cells if isinstance(cell.value, int)} == {"I"}  # years
    told = {cell.value: cell for cell in cells}
    for zh in HOSTILE:
        assert told[zh].number_format == "@" and told[zh].quotePrefix, zh
    packed = zipfile.ZipFile(BytesIO(write_sheets(plan)))
    assert all(
        b"<f>" not in packed.read(name) and b"<f " not in packed.read(name) for name in packed.namelist()
    )


@pytest.mark.parametrize("content", [*HOSTILE, "\r=1", "a\rb", "\x07", "_x0007_", "￿"])
def test_a_cell_comes_back_as_it_was(content: str) -> None:
    book = write_workbook([Sheet("一", [["标题"], [content], [None], [7]])])
    rows = read_workbook(book, ["一"])["一"]
    assert [row[0] if row else "" for row in rows] == ["标题", content, "", "7"]


def test_lists_of_choices_are_short_enough_for_spreadsheets() -> None:
    offers = load_workbook(BytesIO(write_sheets(PLAN)))["类目"].data_validations.dataValidation
    assert len(offers) == 9
    assert all(len(offer.formula1) <= 255 for offer in offers)


def changed(change: Callable[[Workbook], object]) -> bytes:
    """The shipped plan after somebody worked on it in a spreadsheet."""
    book = load_workbook(BytesIO(write_sheets(PLAN)))
    change(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_spreadsheet_may_be_worked_in_as_people_do() -> None:
    def work(book: Workbook) -> None:
        sheet = book["类目"]
        sheet["G4"] = "PERSONAL"  # typed without its meaning
        sheet["I4"] = 30.0
        sheet["M4"] = " D30 "
        sheet["T4"] = "停水通知\n停电通知\n\n"
        sheet.insert_rows(6, 2)  # left empty
        sheet.cell(300, 1).value = None  # touched once, empty again
        book.create_sheet("我的笔记")["A1"] = "=1+1"
        book.move_sheet("方案", -3)

    before, after = PLAN.classes[2], read_plan(changed(work)).classes[2]
    assert before.retention is not None
    assert after == replace(
        before,
        level=Level.PERSONAL,
        retention=replace(before.retention, years=30, code="D30"),
        doc_types=("停水通知", "停电通知"),
    )


def test_columns_may_change_places() -> None:
    book = load_workbook(BytesIO(write_sheets(PLAN)))
    sheet = book["依据"]
    for row in range(1, sheet.max_row + 1):
        a, c = sheet.cell(row, 1).value, sheet.cell(row, 3).value
        sheet.cell(row, 1).value, sheet.cell(row, 3).value = c, a
    out = BytesIO()
    book.save(out)
    assert read_plan(out.getvalue()) == PLAN


def put(name: str, cell: str, value: object) -> Callable[[Workbook], object]:
    def change(book: Workbook) -> None:
        book[name][cell] = value

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (put("类目", "C5", "=1+1"), "类目 C5"),
        (put("类目", "C5", "#N/A"), "类目 C5"),
        (put("类目", "C5", True), "类目 C5"),
        (put("类目", "A5", "ws.01"), "类目 A5"),
        (put("类目", "E5", "也许"), "类目 E5"),
        (put("类目", "E5", None), "类目 E5"),
        (put("类目", "G5", "SECRET 绝密"), "类目 G5"),
        (put("类目", "G5", None), "类目 G5"),
        (put("类目", "I5", "十年"), "类目 I5"),
        (put("类目", "I5", 1.5), "类目 I5"),
        (put("类目", "K5", None), "类目 K5"),
        (put("类目", "U5", "长" * 501), "类目 U5"),
        (put("类目", "V5", "旁注"), "类目 V5"),
        (put("类目", "V1", "负责人"), "类目 V1"),
        (put("类目", "V1", "代码"), "类目 V1"),
        (put("类目", "G1", None), "类目 密级"),
        (put("依据", "A3", "《物业管理条例》"), "依据 A3"),
        (put("方案", "D2", "第一版"), "方案 D2"),
        (put("方案", "A3", "XX"), "方案 A2"),
        (lambda book: book.remove(book["触发事件"]), "触发事件"),
        (lambda book: book["类目"].delete_rows(1), "类目 A1"),
        (lambda book: book["方案"].delete_rows(2), "方案 A2"),
        (lambda book: book["类目"].cell(MOST_ROWS + 1, 1, "x"), f"类目 A{MOST_ROWS + 1}"),
    ],
)
def test_what_is_wrong_is_named_by_sheet_and_cell(change: Callable[[Workbook], object], place: str) -> None:
    with pytest.raises(BadPlan) as refused:
        read_plan(changed(change))
    assert refused.value.facts["place"] == place


def packed(**parts: bytes) -> bytes:
    """The shipped plan's workbook with parts of it replaced: ``xl_workbook`` for ``xl/workbook.xml``."""
    told = {name.replace("_", "/") + ".xml": content for name, content in parts.items()}
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(write_sheets(PLAN))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in told:
                new.writestr(name, old.read(name))
        for name, content in told.items():
            new.writestr(name, content)
    return out.getvalue()


def lying_about_its_size() -> bytes:
    """Each part says that it is small, and is a gigabyte of zeros at heart."""
    data = bytearray(packed(xl_bomb=b" " * 30_000_000))
    size = (30_000_000).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(data)


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%b</sheetData></worksheet>'
CELL = b'<c r="%b" t="inlineStr"><is><t>x</t></is></c>'
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\0" * 18,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"PK\x03\x04" + b"\0" * MOST_BYTES,
        write_sheets(PLAN)[:-200],
        write_sheets(PLAN)[:9000] + b"\0" * 200 + write_sheets(PLAN)[9200:],
        packed(xl_bomb=b"\0" * 15_900_000),
        packed(xl_bomb=b" " * 100_000_000),
        lying_about_its_size(),
        packed(xl_workbook=ENTITIES),
        packed(xl_workbook=ENTITIES.decode().replace("?>", ' encoding="utf-16"?>').encode("utf-16")),
        packed(xl_worksheets_sheet1=ENTITIES),
        packed(docProps_core=ENTITIES),
        packed(xl_workbook=b"<workbook/>"),
        packed(xl_workbook=b"<" * 600_000),
        packed(xl_worksheets_sheet1=b"<a>" * 300_000),
        packed(xl_worksheets_sheet1=SHEET % b"<row><c/>" * 3),
        packed(xl_worksheets_sheet1=SHEET % (b'<row r="99999999999">' + CELL % b"A99999999999" + b"</row>")),
        packed(xl_worksheets_sheet1=SHEET % (b'<row r="1">' + CELL % b"ZZZZZZ1" + b"</row>")),
        packed(xl_worksheets_sheet1=SHEET % (b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>')),
        packed(xl_worksheets_sheet1=SHEET % (b'<row r="1"><c r="A1"><v>1e999</v></c></row>')),
        packed(xl_worksheets_sheet1=SHEET % (b'<row r="1"><c r="A1" s="7777"><v>1</v></c></row>')),
        packed(**{f"xl_more{number}": b"" for number in range(300)}),
    ],
    ids=range(23),
)
def test_hostile_and_broken_files_are_refused_before_they_unfold(data: bytes) -> None:
    with pytest.raises(BadPlan):
        read_plan(data)


def test_two_parts_of_one_name_are_refused() -> None:
    out = BytesIO(write_sheets(PLAN))
    with zipfile.ZipFile(out, "a") as book, pytest.warns(UserWarning, match="Duplicate"):
        book.writestr("xl/workbook.xml", b"<other/>")
    with pytest.raises(BadPlan):
        read_plan(out.getvalue())


@given(st.binary(max_size=300), st.integers(0, 20_000))
@settings(max_examples=60, deadline=None)
def test_no_damage_does_more_than_be_refused(noise: bytes, at: int) -> None:
    whole = write_sheets(FilePlan(PLAN.scheme, "a", "b", "1.0", ()))
    at %= len(whole)
    with suppress(BadPlan):
        read_plan(whole[:at] + noise + whole[at + len(noise) :])


def test_cells_are_named_as_spreadsheets_do() -> None:
    assert [cell_name(7, column) for column in (1, 26, 27, 52, 53, 64)] == [
        "A7",
        "Z7",
        "AA7",
        "AZ7",
        "BA7",
        "BL7",
    ]


def test_dates_are_no_text() -> None:
    from datetime import date

    book: Any = Workbook()
    book.active.title = "一"
    book.active["B2"] = date(2026, 3, 8)
    out = BytesIO()
    book.save(out)
    with pytest.raises(BadWorkbook) as refused:
        read_workbook(out.getvalue(), ["一"])
    assert refused.value.facts == {"place": "一 B2", "problem": NO_TEXT}
