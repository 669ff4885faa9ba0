"""Case files: opened under their own number, described, closed, opened again with a reason, listed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
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
