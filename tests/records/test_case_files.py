"""Case files: opened under their own number, described, closed, opened again with a reason, listed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.premises.service.buildings import change_building
from archive_service.records import CaseFileFilter, CaseFileRow, FileFacts, FileState, NeedsReason
from archive_service.records.rules.case_files import (
    BadDay,
    NeedsTitle,
    NotInFiles,
    OtherOwner,
    StaleFile,
    WrongFileState,
)
from archive_service.records.rules.filing import NeedsDiscipline
from tests.support.counting import counted
from tests.support.house import House

RENOVATION = FileFacts(title="3栋2单元1201装修")


@pytest.fixture
def chen(house: House) -> Actor:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def opened(
    house: House, actor: Actor, code: str = "ZX.01", facts: FileFacts = RENOVATION, **told: str
) -> CaseFileRow:
    with house.work(actor) as work:
        return records.open_case_file(work, code, facts, building=told.get("building", ""))


def test_each_file_gets_the_next_number_of_its_class_and_year(house: House, chen: Actor) -> None:
    year = house.clock.now().year
    numbers = [opened(house, chen, code).file_no for code in ("ZX.01", "ZX.01", "ZX.04")]
    assert numbers == [f"WY01-ZX·01·{year}-0001", f"WY01-ZX·01·{year}-0002", f"WY01-ZX·04·{year}-0001"]
    sheets = [opened(house, chen, "KJ.02.DQ", building=where).file_no for where in ("3", "03栋", "A")]
    assert sheets == ["WY01-KJ·02·DQ-03-001", "WY01-KJ·02·DQ-03-002", "WY01-KJ·02·DQ-A-001"]


def test_what_can_not_be_opened_says_why(house: House, chen: Actor) -> None:
    with pytest.raises(NotInFiles):
        opened(house, chen, "WS.02")
    with pytest.raises(NeedsDiscipline):
        opened(house, chen, "KJ.02", building="3")
    with pytest.raises(NeedsTitle):
        opened(house, chen, facts=FileFacts(title="  "))
    with pytest.raises(BadDay):
        opened(house, chen, facts=FileFacts(title="x", made_on="2026-02-30"))
    with pytest.raises(Forbidden):
        opened(house, house.person("林", "front_desk"))


def test_thirty_at_once_have_thirty_numbers(house: House, chen: Actor) -> None:
    with ThreadPoolExecutor(10) as pool:
        numbers = list(pool.map(lambda _: opened(house, chen).file_no, range(30)))
    year = house.clock.now().year
    assert sorted(numbers) == [f"WY01-ZX·01·{year}-{n:04}" for n in range(1, 31)]


def test_it_is_closed_and_opened_again_with_a_reason(house: House, chen: Actor) -> None:
    file = opened(house, chen)
    with house.work(chen) as work:
        closed = records.close_case_file(work, file.id, revision=file.revision)
    assert closed.state is FileState.CLOSED and closed.closed_on is not None
    with pytest.raises(WrongFileState), house.work(chen) as work:
        records.describe_case_file(work, file.id, RENOVATION, revision=closed.revision)
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.reopen_case_file(work, file.id, revision=closed.revision, reason=" ")
    with house.work(chen) as work:
        again = records.reopen_case_file(work, file.id, revision=closed.revision, reason="补一份验收单")
    assert again.is_open and again.closed_on is None
    with house.archive.reading() as session:
        changes = records.file_changes(session, file.id)
    assert [(c.action, c.reason, c.by) for c in changes] == [
        ("reopened", "补一份验收单", chen.user_id),
        ("closed", "", chen.user_id),
        ("opened", "", chen.user_id),
    ]


def test_of_ten_who_close_it_at_once_one_does(house: House, chen: Actor) -> None:
    file = opened(house, chen)
    start = threading.Barrier(10)

    def close(_: int) -> bool:
        start.wait()
        try:
            with house.work(chen) as work:
                records.close_case_file(work, file.id, revision=file.revision)
        except WrongFileState:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(close, range(10))) == 1
    with house.archive.reading() as session:
        assert [c.action for c in records.file_changes(session, file.id)] == ["closed", "opened"]


def test_a_change_keeps_the_old_value_and_a_stale_one_is_refused(house: House, chen: Actor) -> None:
    file = opened(house, chen)
    with house.work(chen) as work:
        told = FileFacts(title="3栋2单元1201二次装修", made_by="陈", made_on="2026-03-08")
        changed = records.describe_case_file(work, file.id, told, revision=1)
    assert changed.facts == told and changed.revision == 2
    with house.archive.reading() as session:
        change = records.file_changes(session, file.id)[0]
    assert change.fields["title"] == ("3栋2单元1201装修", "3栋2单元1201二次装修")
    with pytest.raises(StaleFile), house.work(chen) as work:
        records.describe_case_file(work, file.id, RENOVATION, revision=1)


def test_a_unit_has_no_open_files_of_two_owners(house: House, chen: Actor) -> None:
    wang = FileFacts(title="王某业主档案", unit="3-1201", owner="王某")
    li = FileFacts(title="李某业主档案", unit="3-1201", owner="李某")
    opened(house, chen, "YZ.01", wang)
    opened(house, chen, "YZ.03", wang)
    with pytest.raises(OtherOwner):
        opened(house, chen, "YZ.01", li)
    opened(house, chen, "YZ.04", li)  # a tenant beside the owner
    with house.work(chen) as work:
        for row in records.case_files(work.session, chen, CaseFileFilter(text="王某")):
            records.close_case_file(work, row.id, revision=row.revision, reason="过户")
    opened(house, chen, "YZ.01", li)


def test_a_file_is_not_opened_again_beside_that_of_another_owner(house: House, chen: Actor) -> None:
    wang = opened(house, chen, "YZ.01", FileFacts(title="王某业主档案", unit="3-1201", owner="王某"))
    with house.work(chen) as work:
        closed = records.close_case_file(work, wang.id, revision=wang.revision, reason="过户")
    li = opened(house, chen, "YZ.02", FileFacts(title="李某业主档案", unit="3-1201", owner="李某"))
    with pytest.raises(OtherOwner), house.work(chen) as work:
        records.reopen_case_file(work, wang.id, revision=closed.revision, reason="补一份验收单")
    with house.work(chen) as work:
        records.close_case_file(work, li.id, revision=li.revision)
    with house.work(chen) as work:
        records.reopen_case_file(work, wang.id, revision=closed.revision, reason="补一份验收单")


@pytest.mark.parametrize("register", [True, False])
def test_of_two_owners_whose_files_are_opened_at_once_one_has_to_wait(
    house: House, chen: Actor, register: bool
) -> None:
    rooms = [f"3栋120{n}" for n in range(1, 7)]
    if register:
        with house.work() as work:
            building = premises.add_building(work, premises.projects(work.session)[0].id, name="3栋")
            for room in rooms:
                facts, _ = premises.read_facts({"room": room[2:], "kind": "flat"})
                assert facts is not None
                premises.add_unit(work, building, facts)
    start = threading.Barrier(3)
    # One file waits, closed, to be opened again; another gets its owner told: both ask what the third does.
    closed, bare = {}, {}
    for room in rooms:
        file = opened(house, chen, "YZ.03", FileFacts(title="x", unit=room, owner="赵某"))
        with house.work(chen) as work:
            closed[room] = records.close_case_file(work, file.id, revision=1)
        bare[room] = opened(house, chen, "YZ.02", FileFacts(title="x", unit=room))

    def opens(room: str) -> None:
        opened(house, chen, "YZ.01", FileFacts(title="x", unit=room, owner="王某"))

    def describes(room: str) -> None:
        with house.work(chen) as work:
            told = FileFacts(title="x", unit=room, owner="李某")
            records.describe_case_file(work, bare[room].id, told, revision=1)

    def reopens(room: str) -> None:
        with house.work(chen) as work:
            records.reopen_case_file(work, closed[room].id, revision=2, reason="补一份")

    def all_of(act: Callable[[str], None]) -> list[bool]:
        done = []
        for room in rooms:
            start.wait()
            try:
                act(room)
            except OtherOwner:
                done.append(False)
            else:
                done.append(True)
        return done

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(all_of, (opens, describes, reopens)))
    assert [sum(one) for one in zip(*done, strict=True)] == [1] * len(rooms)


def test_a_file_keeps_its_unit_when_the_building_was_renamed(house: House, chen: Actor) -> None:
    with house.work() as work:
        building = premises.add_building(work, premises.projects(work.session)[0].id, name="3栋")
        facts, _ = premises.read_facts({"room": "1201", "kind": "flat"})
        assert facts is not None
        unit = premises.add_unit(work, building, facts)
    file = opened(house, chen, "YZ.01", FileFacts(title="x", unit="3栋1201", owner="王某"))
    assert file.unit_id == unit
    with house.work(chen) as work:
        change_building(work, building, name="9栋", phase="", closed=False, revision=1, reason="更名")
    with house.work(chen) as work:
        told = FileFacts(title="王某业主档案", unit="3栋1201", owner="王某")
        file = records.describe_case_file(work, file.id, told, revision=1)
    assert (file.facts.title, file.unit_id) == ("王某业主档案", unit)
    with house.work(chen) as work:
        file = records.describe_case_file(work, file.id, replace(told, unit="3栋1202"), revision=2)
    assert file.unit_id is None


def test_lists_show_the_files_of_classes_one_sees(house: House, chen: Actor) -> None:
    opened(house, chen, "ZX.01")
    owner = opened(house, chen, "YZ.02", FileFacts(title="业主身份资料", unit="3-1201", owner="王某"))
    sheets = opened(house, chen, "KJ.03", FileFacts(title="电梯资料"))
    engineer, lin = house.person("赵", "engineering"), house.person("林", "front_desk")
    with house.archive.reading() as session:
        assert [f.class_code for f in records.case_files(session, chen)] == ["KJ.03", "YZ.02", "ZX.01"]
        assert [f.class_code for f in records.case_files(session, engineer)] == ["KJ.03"]
        assert [f.class_code for f in records.case_files(session, lin)] == ["KJ.03", "ZX.01"]
        assert records.case_file_count(session, lin) == 2
        assert records.case_file(session, engineer, sheets.id).title == "电梯资料"
        for who in (engineer, lin):
            with pytest.raises(NotFound):
                records.case_file(session, who, owner.id)
            assert records.case_file_called(session, who, owner.file_no) is None
        spelled = CaseFileFilter(text=owner.file_no.replace("·", ".").lower())
        assert [f.id for f in records.case_files(session, chen, spelled)] == [owner.id]
        assert [f.id for f in records.case_files(session, chen, CaseFileFilter(class_code="YZ"))] == [
            owner.id
        ]


def test_a_list_takes_as_many_statements_however_long_it_is(house: House, chen: Actor) -> None:
    spent = []
    for _ in range(2):
        for _ in range(5):
            opened(house, chen)
        with house.archive.reading() as session, counted(house.archive.sessions.engine) as sent:
            records.case_files(session, chen)
            records.case_file_count(session, chen)
        spent.append(sent.count)
    assert spent[0] == spent[1] <= 4


def test_the_database_keeps_the_number_of_a_file(house: House, chen: Actor) -> None:
    file = opened(house, chen)
    for change in (
        "UPDATE case_file SET file_no = 'WY01-X'",
        "DELETE FROM case_file",
        "UPDATE case_file SET state = 'closed'",
        "UPDATE case_file SET state = 'lost'",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(change))
    with house.archive.reading() as session:
        assert records.case_file(session, chen, file.id) == file


def test_no_list_tells_the_digits_that_it_covers(house: House, chen: Actor) -> None:
    file = opened(house, chen, facts=FileFacts(title="业主来电 13900001111", unit="13800002222"))

    def found(typed: str) -> list[int]:
        with house.archive.reading() as session:
            count = records.case_file_count(session, chen, CaseFileFilter(text=typed))
            rows = records.case_files(session, chen, CaseFileFilter(text=typed))
        assert count == len(rows)
        return [row.id for row in rows]

    for typed in ("1390", "13900001111", "900001", "00001", "13800002222"):
        assert found(typed) == [], typed
    for typed in ("来电", "1111", "139****1111", file.file_no[:8]):
        assert found(typed) == [file.id], typed
    with house.work(chen) as work:
        renamed = FileFacts(title="业主来电 13700003333")
        records.describe_case_file(work, file.id, renamed, revision=file.revision)
    assert found("1370") == [] and found("137****3333") == [file.id] and found("1111") == []
