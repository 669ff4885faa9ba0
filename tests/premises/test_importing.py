"""A table of units: looked at first, then all of it or nothing, as often as one likes."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import event

from archive_service import audit
from archive_service.history import Kind, events_of
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.premises.cli import premises as command
from archive_service.premises.queries import units as queries
from archive_service.premises.rules import columns, tables
from archive_service.premises.rules import importing as rules
from archive_service.premises.rules.tables import read_table
from archive_service.premises.service import importing as service
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk, text_of

GOOD = (
    "项目,分期,楼栋,单元,房号,类型,建筑面积（㎡）,使用状态,收楼日期,备注\r\n"
    "WY01,一期,3,2,1201,住宅,89.5,自住,2026年3月8日,\r\n"
    "WY01,一期,3栋,2,0402,住宅,89.50,,,边套\r\n"
    "WY01,,A区,,108,商铺,46.5,经营,2026-06-01,\r\n"
    "WY01,,B2,,118,车位,12.72,,,\r\n"
)


def workbook(*rows: tuple[object, ...], formats: dict[str, str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for place, pattern in (formats or {}).items():
        sheet[place].number_format = pattern
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def brought_in(town: Town, data: bytes, *, skip: bool = False) -> service.Outcome:
    with town.house.work(town.keeper) as work:
        return service.import_units(work, read_table(data), reason="开发商移交", skip=skip)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_comes_in_whatever_program_wrote_it(town: Town, encoding: str) -> None:
    outcome = brought_in(town, GOOD.encode(encoding))
    assert (len(outcome.added), outcome.buildings) == (4, ("3栋", "A区", "B2"))
    assert town.listed() == ["3栋2单元0402", "3栋2单元1201", "A区108号", "B2-118"]
    with town.house.archive.reading() as session:
        (row,) = queries.units_called(session, "3-2-1201")
    assert (row.build_area, row.phase, row.facts.use_state) == ("89.50", "一期", "owner_lives")


def test_a_workbook_keeps_leading_zeros_and_days(town: Town) -> None:
    from datetime import datetime

    data = workbook(
        ("楼栋", "房号", "类型", "收楼日期", "建筑面积"),
        ("3栋", 402, "住宅", datetime(2026, 3, 8), 89.5),
        ("3栋", 1201, "住宅", None, 90),
        formats={"B2": "0000"},
    )
    brought_in(town, data)
    assert town.listed() == ["3栋0402", "3栋1201"]
    with town.house.archive.reading() as session:
        (row,) = queries.units_called(session, "3-0402")
    assert row.facts.handover_on is not None and row.facts.handover_on.isoformat() == "2026-03-08"
    assert row.build_area == "89.50"


def test_the_second_time_nothing_happens(town: Town) -> None:
    brought_in(town, GOOD.encode())
    again = brought_in(town, GOOD.encode())
    assert not again.does_something and again.same == 4


def test_only_what_is_filled_in_changes_a_known_unit(town: Town) -> None:
    brought_in(town, GOOD.encode())
    data = "楼栋,单元,房号,类型,建筑面积,备注\n3,2,1201,住宅,90,\n3,2,0402,住宅,,\n".encode()
    outcome = brought_in(town, data)
    assert outcome.same == 1
    assert outcome.changed == (("3栋2单元1201", {"build_area": ("89.50", "90.00")}),)
    with town.house.archive.reading() as session:
        (row,) = queries.units_called(session, "3-2-1201")
        change, came = queries.changes(session, row.id)
    assert row.facts.use_state == "owner_lives"
    assert change.reason == "开发商移交" and change.by == town.keeper.user_id
    assert (came.reason, came.fields) == ("开发商移交", {})


def test_every_unit_that_a_table_brings_or_changes_has_it_in_its_history(town: Town) -> None:
    brought_in(town, GOOD.encode())
    brought_in(town, "楼栋,单元,房号,类型,建筑面积\n3,2,1201,住宅,90\n".encode())
    archive, chen = town.house.archive, town.keeper
    with archive.reading() as session:
        (changed,) = queries.units_called(session, "3-2-1201")
        (other,) = queries.units_called(session, "3-2-0402")
        assert audit.verify(session) is None
    for unit, told in (
        (changed, [("unit.changed-by-table", "陈", "开发商移交"), ("unit.brought-in", "陈", "开发商移交")]),
        (other, [("unit.brought-in", "陈", "开发商移交")]),
    ):
        events = events_of(archive, chen, Kind.UNIT, str(unit.id)).events
        assert [(event.action, event.who, event.reason) for event in events] == told


def test_a_table_that_is_refused_leaves_no_history(town: Town) -> None:
    with town.house.archive.reading() as session:
        before = audit.event_count(session)
    with pytest.raises(columns.HasProblems):
        brought_in(town, BAD.encode())
    with town.house.archive.reading() as session:
        assert audit.event_count(session) == before


BAD = (
    "项目,楼栋,房号,类型,建筑面积,收楼日期\n"
    "WY01,3,1201,住宅,89.5,2026-03-08\n"
    "WY09,3,1202,住宅,,\n"
    "WY01,3,1203,城堡,很大,2026-02-30\n"
    "\n"
    "WY01,3,1201,住宅,,\n"
    "WY01,,1205,住宅,,\n"
    "WY01,3,=1+1,住宅,,\n"
)


def test_every_problem_is_told_by_row_and_column_and_nothing_is_imported(town: Town) -> None:
    with pytest.raises(columns.HasProblems) as stopped:
        brought_in(town, BAD.encode())
    told = [(p.row, p.column, p.error.code) for p in stopped.value.problems]
    assert told == [
        (3, "项目", "premises.unknown-project"),
        (4, "类型", "premises.bad-kind"),
        (4, "建筑面积", "premises.bad-area"),
        (4, "收楼日期", "premises.bad-day"),
        (6, "房号", "premises.twice-in-table"),
        (7, "楼栋", "premises.needs-value"),
        (8, "房号", "premises.formula"),
    ]
    assert town.listed() == []
    with town.house.archive.reading() as session:
        assert queries.buildings(session) == []


def test_a_person_may_choose_to_leave_the_bad_rows_out(town: Town) -> None:
    outcome = brought_in(town, BAD.encode(), skip=True)
    assert outcome.left_out == 5 and town.listed() == ["3栋1201"]


def test_nothing_is_half_imported(town: Town) -> None:
    """The database fails in the middle: none of it is there."""
    engine = town.house.archive.sessions.engine

    def fail(_c: object, _k: object, text: str, *_: object) -> None:
        if text.startswith("INSERT INTO audit_event"):
            raise RuntimeError("the line broke")

    event.listen(engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(RuntimeError):
            brought_in(town, GOOD.encode())
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    assert town.listed() == []


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", tables.EmptyTable),
        (b"x" * (tables.MOST_BYTES + 1), tables.TableTooLarge),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, tables.OldWorkbook),
        (b"PK\x03\x04 nothing behind it", tables.BadTable),
        (packed(**{"xl__worksheets__sheet1.xml": b" " * 30_000_000}), tables.SuspiciousTable),
        (packed(**{"xl__styles.xml": bytes(range(256)) * 20_000}), tables.SuspiciousTable),
        (packed(**{"xl__vbaProject.bin": b"macro"}), tables.MacroWorkbook),
        (packed(**{"xl__workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), tables.SuspiciousTable),
        (packed(**{"word__document.xml": b"<w/>"}), tables.BadTable),
        (packed(**{f"p{n}": b"" for n in range(300)}), tables.SuspiciousTable),
        ("楼栋,房号,类型\n3,1201,住宅".encode("utf-16")[2:], tables.UnknownEncoding),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", tables.UnknownEncoding),
        ("楼栋,房号,类型\n3,\"1201,住宅".encode(), tables.BadTable),
        (("楼栋,房号,类型\n" + "3,1201,住宅\n" * 20_001).encode(), tables.TableTooLarge),
        (("楼栋," * 60 + "\n" + "3," * 60).encode(), tables.TableTooLarge),
        (b"a,b\n1,2\n", columns.MissingColumns),
        ("楼栋,房号,类型,栋\n3,1201,住宅,3\n".encode(), columns.TwiceColumn),
    ],
)  # fmt: skip
def test_what_is_hostile_or_broken_is_refused_in_words(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        rules.plan(read_table(data))
    assert type(refused.value) is error


def test_formulas_of_a_workbook_are_no_values() -> None:
    data = workbook(("楼栋", "房号", "类型"), ("3栋", "=1200+1", "住宅"))
    (problem,) = rules.plan(read_table(data)).problems
    assert (problem.row, problem.column, problem.error.code) == (2, "房号", "premises.formula")


def test_the_template_comes_in_as_it_is(town: Town) -> None:
    outcome = brought_in(town, rules.template())
    assert outcome.added == ("3栋2单元1201", "A区108号", "B2-118") and not outcome.unread


def test_text_that_goes_out_is_no_formula() -> None:
    data = tables.as_workbook("表", [("备注",), ('=HYPERLINK("x")',), ("+1",), ("@x",)])
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        assert b"<f>" not in made.read("xl/worksheets/sheet1.xml")


def test_at_the_counter_one_looks_first(town: Town, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    assert client.get("/premises/import/template.xlsx").data[:2] == b"PK"
    sent = {"file": (io.BytesIO(BAD.encode()), "房屋.csv")}
    looked = client.post("/premises/import", data=sent, content_type="multipart/form-data")
    page = text_of(looked.text)
    assert looked.status_code == 200 and "第 4 行" in page and "建筑面积" in page
    assert town.listed() == []
    table = looked.text.split('<textarea name="table"', 1)[1].split(">", 1)[1].split("</textarea>")[0]
    import html

    told = {"table": html.unescape(table).removeprefix("\n"), "reason": "移交"}
    stopped = client.post("/premises/import", data=told)
    assert stopped.status_code == 422 and "第 4 行" in text_of(stopped.text) and town.listed() == []
    assert client.post("/premises/import", data=told | {"skip": "1"}).status_code == 303
    assert town.listed() == ["3栋1201"]
    assert client.post("/premises/import", data=told | {"role": "1"}).status_code == 400
    no = client.post("/premises/import", data={"file": (io.BytesIO(b"PK..."), "x.xlsx")})
    assert no.status_code == 422 and "损坏" in text_of(no.text)


def test_others_bring_nothing_in(town: Town, house: House) -> None:
    with pytest.raises(Forbidden), house.work(house.person("小林", "front_desk")) as work:
        service.import_units(work, read_table(GOOD.encode()), reason="x")


def test_the_command_does_the_same(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text(BAD, "utf-8")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command, ["import", str(file), "--json", *words], obj=town.house.archive)
        return done.exit_code, done.stdout

    code, told = run()
    assert code == 1 and town.listed() == []
    assert json.loads(told)["problems"][0]["row"] == 3
    assert run("--dry-run")[0] == 0 and town.listed() == []
    code, told = run("--skip-problems")
    assert code == 0 and json.loads(told)["added"] == 1 and town.listed() == ["3栋1201"]
