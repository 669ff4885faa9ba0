"""A table and its files come in: first what it would do, then, when a person says so, each file once."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import audit, people, premises, records
from archive_service.bulk.rules import ImportState, MustSkip, NothingToImport, RowState, WrongStep
from archive_service.bulk.rules.manifest import read_manifest, template
from archive_service.bulk.service import belonging, importing
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.premises.rules.tables import read_table
from archive_service.records import DocumentFilter
from tests.bulk.crates import Crates, packed, table
from tests.premises.test_parties import ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.counting import counted
from tests.support.house import House

NOTICE = (
    "通知/停水通知.pdf",
    "关于停水的通知",
    "WS.02 通知公告",
    "",
    "",
    "2026年3月8日",
    "物业通〔2026〕18号",
    "客服中心",
    "内部",
)
FORM = ("收楼验收单.pdf", "", "YZ.02", "3-1201", "张建国", "2026-03", "", "", "", "", "验收、钥匙")
FILES = {"通知/停水通知.pdf": b"%PDF a notice", "收楼验收单.pdf": b"%PDF a form"}


def documents(house: House) -> list[records.DocumentRow]:
    with house.archive.reading() as session:
        return records.documents(session, service_actor(), DocumentFilter(), sort="oldest", limit=200)


def test_every_row_becomes_a_document_that_says_what_the_table_says(house: House, crates: Crates) -> None:
    view = crates.brought_in(packed(FILES), table(NOTICE, FORM))
    assert view.state is ImportState.DONE and view.count(RowState.DONE) == 2
    notice, form = sorted(documents(house), key=lambda row: row.class_code)
    assert (notice.title, notice.class_code, notice.doc_date) == ("关于停水的通知", "WS.02", "2026-03-08")
    assert (notice.doc_number, notice.level, notice.file_name) == (
        "物业通〔2026〕18号",
        Level.INTERNAL,
        "停水通知.pdf",
    )
    assert (form.title, form.unit, form.owner, form.doc_date) == ("收楼验收单", "3-1201", "张建国", "2026-03")
    with house.archive.reading() as session:
        kept = records.prepared(session, [notice.id, form.id])
    assert kept[notice.id].responsible == ("客服中心",)
    assert kept[form.id].keywords == ("验收", "钥匙")


def test_looking_beforehand_keeps_nothing(house: House, crates: Crates) -> None:
    view = crates.checked(packed(FILES), table(NOTICE, FORM))
    assert view.state is ImportState.CHECKED and view.ready == 2 and not view.left_out
    assert documents(house) == []
    assert importing.run(house.archive, view.id)  # nobody has decided yet
    assert documents(house) == []


def test_the_table_may_lie_in_the_zip_beside_the_files(house: House, crates: Crates) -> None:
    inside = {f"移交/{name}": content for name, content in FILES.items()}
    view = crates.brought_in(packed({**inside, "移交/目录.csv": table(NOTICE, FORM), "__MACOSX/._x": b"x"}))
    assert view.count(RowState.DONE) == 2 and not view.left_out and view.manifest_name == "移交/目录.csv"


def test_the_template_is_a_table_that_can_be_read(crates: Crates) -> None:
    view = crates.checked(
        packed({"目录.xlsx": template(), "通知/停水通知.pdf": b"a", "3栋/1201/收楼验收单.pdf": b"b"})
    )
    assert view.ready == 2, crates.problems(view)


def test_what_is_wrong_is_named_by_row_and_column(house: House, crates: Crates) -> None:
    rows = table(
        ("a.pdf", "t", "XX.99"),
        ("b.pdf", "t", "WS"),
        ("c.pdf", "t", "WS.02", "", "", "2026-02-30"),
        ("d.pdf", "t", "WS.02", "", "", "", "", "", "绝密★"),
        ("e.pdf", "t", "WS.02", "", "", "", "", "", "很高"),
        ("gone.pdf", "t"),
        ("", "t"),
        ("f.pdf", "=1+1"),
        ("g.pdf", "题" * 256),
        ("../h.pdf", "t"),
        ("i.pdf", "t"),
        ("i.pdf", "t"),
    )
    files = {f"{name}.pdf": name.encode() for name in "abcdefgi"} | {"stray.pdf": b"stray"}
    view = crates.checked(packed(files), rows)
    assert crates.problems(view) == [
        (2, "分类号", "bulk.unknown-class"),
        (3, "分类号", "bulk.closed-class"),
        (4, "日期", "document.bad-date"),
        (5, "密级", "bulk.state-secret"),
        (6, "密级", "bulk.unknown-level"),
        (7, "文件路径", "bulk.file-missing"),
        (8, "文件路径", "premises.needs-value"),
        (9, "题名", "premises.formula"),
        (10, "题名", "premises.cell-too-long"),
        (11, "文件路径", "bulk.unsafe-path"),
        (13, "文件路径", "bulk.listed-twice"),
        (None, "文件路径", "bulk.not-listed"),
    ]
    assert view.ready == 1


def test_units_are_looked_up_in_any_spelling_once_there_is_a_register(
    house: House, chen: Actor, crates: Crates
) -> None:
    files = {f"{name}.pdf": name.encode() for name in "abcd"}
    rows = table(
        ("a.pdf", "t", "", "3栋2单元1201"),
        ("b.pdf", "t", "", "3-1201、3-1202"),
        ("c.pdf", "t", "", "3栋"),
        ("d.pdf", "t", "", "9-9999"),
    )
    assert not crates.checked(packed(files), rows).left_out
    with house.work(chen) as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    with house.work(chen) as work:
        project = premises.projects(work.session)[0]
        building = premises.add_building(work, project.id, name="3栋")
        for room in ("1201", "1202"):
            facts, _ = premises.read_facts(
                {"entrance": "2", "room": room, "kind": "flat", "use_state": "unsold"}
            )
            assert facts is not None
            premises.add_unit(work, building, facts)
    view = crates.checked(packed(files), rows)
    assert crates.problems(view) == [(5, "房号", "bulk.unknown-unit")]


@pytest.fixture
def flat(house: House, chen: Actor) -> records.CaseFileRow:
    """7-0402 belongs to Zhang since 2024-03-08; the number of his move-in file."""
    town = Town(house, chen)
    seal = premises.seal_of(house.archive)
    holds(town, town.unit("7栋", "0402"), entered(town, seal, ZHANG), share=10_000)
    town.unit("7栋", "0403")
    with house.work(chen) as work:
        told = records.FileFacts(title="7栋0402入伙", unit="7栋0402", owner="张示例")
        return records.open_case_file(work, "YZ.01", told)


def test_a_paper_of_another_owner_unit_or_class_than_its_files_is_named_beforehand(
    flat: records.CaseFileRow, crates: Crates
) -> None:
    def row(name: str, code: str, unit: str, owner: str, day: str, file_no: str = "") -> tuple[str, ...]:
        return (f"{name}.pdf", "t", code, unit, owner, day, "", "", "", file_no)

    number = flat.file_no.replace("·", ".")
    view = crates.checked(
        packed({f"{name}.pdf": name.encode() for name in "abcdefgh"}),
        table(
            row("a", "YZ.01", "7栋0402", "张示例", "2024-03-08", number),
            row("b", "YZ.01", "7-0403", "", "", number),
            row("c", "YZ.01", "7-0402", "李某", "2020", number),  # of that year the register knows nobody
            row("d", "YZ.02", "7#0402", "李某", "2024-03", ""),
            row("e", "YZ.02", "7-0402", "李某", "2024-02", ""),
            row("f", "ZX.01", "7-0402", "李某", "2026-01-01", number),
            row(
                "g", "ZX.01", "7-0402", "李某", "2026-01-01", "旧卷12"
            ),  # a tenant's renovation, an old number
            row("h", "", "", "李某", "2026-01-01", number),
        ),
    )
    assert crates.problems(view) == [
        (3, "案卷号", "case-file.of-another-unit"),
        (4, "案卷号", "case-file.of-another-owner"),
        (5, "业主", "case-file.not-the-owner"),
        (7, "案卷号", "case-file.other-class"),
        (9, "案卷号", "case-file.of-another-owner"),
        (9, "业主", "case-file.not-the-owner"),
    ]
    told = repr([problem for row in crates.rows(view) for problem in row.problems])
    assert "张" not in told and "2024-03" in told


def test_whose_a_unit_is_is_told_to_nobody_who_sees_its_owners_covered_and_files_nothing(
    house: House, flat: records.CaseFileRow, crates: Crates
) -> None:
    """To them a list of names would tell which of these is right."""
    lin = house.person("林", "front_desk")
    guesses = table(
        *(
            (f"{n}.pdf", "t", "YZ.02", "7-0402", name, "2026-01-01")
            for n, name in enumerate(("李某", "张示例"))
        )
    )
    files = packed({"0.pdf": b"0", "1.pdf": b"1"})
    told = {row.state for row in crates.rows(crates.checked(files, guesses, actor=lin))}
    assert told == {RowState.READY}
    assert crates.problems(crates.checked(files, guesses)) == [(2, "业主", "case-file.not-the-owner")]


def test_whose_a_unit_is_is_told_to_nobody_who_may_not_see_it(
    house: House, flat: records.CaseFileRow, crates: Crates
) -> None:
    gong = house.person("龚", "engineering")
    rows = table(("a.pdf", "t", "", "7-0402", "李某", "2026-01-01", "", "", "", flat.file_no))
    view = crates.checked(packed({"a.pdf": b"a"}), rows, actor=gong)
    assert [row.state for row in crates.rows(view)] == [RowState.READY]


def test_looking_at_many_rows_takes_as_many_questions_as_at_few(
    house: House, chen: Actor, flat: records.CaseFileRow, crates: Crates
) -> None:
    def asked(count: int) -> int:
        rows = [
            (f"{n}.pdf", "t", "YZ.01", f"7-{n:04}", "李某", "2026-01-01", "", "", "", f"{flat.file_no}{n}")
            for n in range(count)
        ]
        listed = read_manifest(read_table(table(*rows))).rows
        with counted(house.archive.sessions.engine) as statements, house.archive.reading() as session:
            known = importing._known(session, chen, set())
            belonging.against(session, chen, listed, known, date(2026, 3, 9))
        return statements.count

    assert asked(90) == asked(9)


def test_nothing_comes_in_before_somebody_chooses_to_leave_out_what_is_wrong(
    house: House, chen: Actor, crates: Crates
) -> None:
    view = crates.checked(packed(FILES | {"stray.pdf": b"s"}), table(NOTICE, ("收楼验收单.pdf", "t", "XX.1")))
    with pytest.raises(MustSkip):
        crates.started(view)
    assert crates.view(view.id).state is ImportState.CHECKED
    crates.started(view, skip=True)
    importing.run(house.archive, view.id)
    assert [row.title for row in documents(house)] == ["关于停水的通知"]
    with pytest.raises(WrongStep):
        crates.started(view, skip=True)


def test_an_import_without_a_good_row_is_not_begun(crates: Crates) -> None:
    view = crates.checked(packed(FILES), table(("gone.pdf", "t")))
    with pytest.raises(NothingToImport):
        crates.started(view, skip=True)


def test_who_brings_in_only_own_classes_is_told_so(house: House, crates: Crates) -> None:
    sun = house.person("孙", "finance")
    view = crates.checked(packed(FILES), table(NOTICE, (FORM[0], "收据", "KU.01")), actor=sun)
    with house.archive.reading() as session:
        from archive_service.bulk.queries.imports import import_rows

        found = [
            (r.number, p.code) for r in import_rows(session, view.id, (RowState.BAD,)) for p in r.problems
        ]
    assert (2, "bulk.not-your-class") in found


def test_who_may_not_upload_may_not_import(house: House, crates: Crates) -> None:
    manager = house.person("赵", "sc_manager")
    with pytest.raises(Forbidden):
        crates.opened(packed(FILES), table(NOTICE), manager)


def test_an_import_is_nobody_elses_business(house: House, chen: Actor, crates: Crates) -> None:
    view = crates.checked(packed(FILES), table(NOTICE, FORM))
    other = house.person("李", "archivist")
    with pytest.raises(NotFound), house.work(other) as work:
        importing.start(work, view.id, skip=True)


def test_killed_in_between_it_goes_on_and_brings_each_file_in_once(house: House, crates: Crates) -> None:
    files = {f"{n:03}.pdf": f"paper {n}".encode() for n in range(100)}
    view = crates.checked(packed(files), table(*((name, f"第{name[:3]}件") for name in files)))
    crates.started(view)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) == 2

    assert not importing.run(house.archive, view.id, stop)
    assert 0 < crates.view(view.id).count(RowState.DONE) < 100
    assert importing.run(house.archive, view.id)
    assert importing.run(house.archive, view.id)  # and once more changes nothing
    assert sorted(row.title for row in documents(house)) == [f"第{n:03}件" for n in range(100)]


def test_a_file_that_is_here_already_is_told_and_not_doubled(
    house: House, chen: Actor, crates: Crates
) -> None:
    paper = house.paper(chen, FILES["收楼验收单.pdf"])
    view = crates.brought_in(
        packed(FILES | {"twin.pdf": FILES["通知/停水通知.pdf"]}), table(NOTICE, FORM, ("twin.pdf", "t"))
    )
    assert view.count(RowState.DONE) == 1
    assert [row.document_id for row in crates.rows(view, RowState.HERE_ALREADY)][:1] == [paper]
    assert len(crates.rows(view, RowState.HERE_ALREADY)) == 2


def test_a_paper_that_is_refused_holds_up_no_other(house: House, crates: Crates) -> None:
    marked = ("b.pdf", "机密★三年 会议纪要", "WS.02")
    files = {"a.pdf": b"a", "b.pdf": b"b", "c.pdf": b"c"}
    view = crates.checked(packed(files), table(("a.pdf", "甲"), marked, ("c.pdf", "丙")))
    crates.started(view, skip=True)
    importing.run(house.archive, view.id)
    titles = {row.title for row in documents(house)}
    assert {"甲", "丙"} <= titles
    refused = crates.rows(view, RowState.FAILED)
    assert [row.problems[0].code for row in refused] == ["document.state-secret"] * len(refused)
    assert len(titles) + len(refused) == 3


def test_stopped_by_a_person_it_keeps_what_is_in(house: House, chen: Actor, crates: Crates) -> None:
    view = crates.checked(packed(FILES), table(NOTICE, FORM))
    crates.started(view)
    with house.work(chen) as work:
        importing.cancel(work, view.id)
    importing.run(house.archive, view.id)
    assert documents(house) == [] and crates.view(view.id).state is ImportState.CANCELLED


def test_whoever_lost_the_right_meanwhile_brings_nothing_in(
    house: House, chen: Actor, crates: Crates
) -> None:
    assert chen.user_id is not None
    view = crates.checked(packed(FILES), table(NOTICE, FORM))
    crates.started(view)
    with house.work() as work:
        people.disable(work, chen.user_id)
    importing.run(house.archive, view.id)
    ended = crates.view(view.id)
    assert (ended.state, ended.trouble) == (ImportState.FAILED, "bulk.bringer-gone")
    assert documents(house) == []


def test_left_undecided_it_ends(house: House, crates: Crates) -> None:
    view = crates.checked(packed(FILES), table(NOTICE, FORM))
    house.clock.passes(days=8)
    assert importing.expire(house.archive) == 1
    assert crates.view(view.id).state is ImportState.EXPIRED


def test_a_folder_of_this_machine_comes_in_without_following_links(
    house: House, crates: Crates, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    (folder / "通知").mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "目录.csv").write_bytes(table(NOTICE, FORM))
    (folder / "secret.pdf").symlink_to("/etc/hostname")
    (folder / ".hidden").write_bytes(b"x")
    with house.work() as work:
        import_id = importing.open_folder(work, folder)
    view = importing.check(house.archive, import_id)
    assert view.ready == 2 and [row.path for row in crates.rows(view, RowState.UNLISTED)] == ["secret.pdf"]
    with house.work() as work:
        importing.start(work, import_id, skip=True)
    importing.run(house.archive, import_id)
    assert len(documents(house)) == 2


@pytest.mark.parametrize("size", [importing.SMALL - 1, importing.SMALL + 1])
@pytest.mark.parametrize("change", [-1, 1, importing.SMALL])
def test_a_file_that_grew_or_shrank_after_the_check_is_not_taken(
    house: House, crates: Crates, tmp_path: Path, size: int, change: int
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF".ljust(size, b"a"))
    (folder / "b.pdf").write_bytes(b"%PDF another")
    (folder / "目录.csv").write_bytes(table(("a.pdf", "甲"), ("b.pdf", "乙")))
    with house.work() as work:
        import_id = importing.open_folder(work, folder)
    view = importing.check(house.archive, import_id)
    (folder / "a.pdf").write_bytes(b"%PDF".ljust(size + change, b"a"))
    with house.work() as work:
        importing.start(work, import_id, skip=False)
    importing.run(house.archive, import_id)
    assert [row.title for row in documents(house)] == ["乙"]
    (refused,) = crates.rows(view, RowState.FAILED)
    assert (refused.path, refused.problems[0].code) == ("a.pdf", "bulk.file-changed")


def test_the_trail_tells_of_it_without_personal_data(house: House, crates: Crates) -> None:
    view = crates.brought_in(packed(FILES), table(NOTICE, FORM))
    with house.archive.reading() as session:
        events = audit.trail(session, subject=f"import:{view.id}", limit=10)
    assert [e.action for e in reversed(events)] == [
        "import.opened", "import.checked", "import.started", "import.finished",
    ]  # fmt: skip
    assert "张建国" not in str([e.facts for e in events])


def test_the_database_refuses_a_second_row_for_one_document(house: House, crates: Crates) -> None:
    view = crates.brought_in(packed(FILES), table(NOTICE, FORM))
    with pytest.raises(IntegrityError), house.work() as work:
        one = (
            "(SELECT document_id FROM import_row WHERE batch_id = :b AND state = 'done' ORDER BY id LIMIT 1)"
        )
        work.session.execute(
            text(f"UPDATE import_row SET document_id = {one} WHERE state = 'done'"), {"b": view.id}
        )
