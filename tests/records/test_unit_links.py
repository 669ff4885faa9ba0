"""Papers belong to units of the register, and to no file of another owner."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from archive_service import premises, records
from archive_service.app import create_app
from archive_service.cli import main
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.premises.service.buildings import change_building
from archive_service.records import CaseFileFilter, Description, FileFacts, Place
from archive_service.records.rules.case_files import OtherOwner, OtherOwnersFile, OtherUnitsFile
from archive_service.records.rules.filing import SeveralUnits, UnknownUnit
from archive_service.web import set_actor_loader
from tests.records.test_filing import FACTS, file_it, opened
from tests.support.counting import counted
from tests.support.filed import a_register, archivist_of_a_project, moved
from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def chen(house: House) -> Actor:
    return archivist_of_a_project(house)


def test_owners_and_renovation_papers_belong_to_a_unit_of_the_register(house: House, chen: Actor) -> None:
    file = opened(house, chen, "ZX.01")
    unit = a_register(house)
    for called, error in (("3-1201", SeveralUnits), ("9-0101", UnknownUnit)):
        paper = house.paper(class_code="ZX.01", doc_date="2026", unit=called, pages=["申请"])
        with pytest.raises(error):
            file_it(house, chen, paper, place=Place(file_no=file.file_no))
    paper = house.paper(class_code="ZX.01", doc_date="2026", unit="5栋0301室", pages=["申请"])
    assert house.document(paper).unit_id == unit
    file_it(house, chen, paper, place=Place(file_no=file.file_no))
    # Of others it is only told that nobody knows such a unit.
    complaint = house.paper(class_code="KF.02", doc_date="2026", unit="9-0101", pages=["投诉"])
    file_it(house, chen, complaint, place=Place(file_no=opened(house, chen, "KF.02").file_no))
    assert house.document(complaint).unit_id is None


def test_a_paper_keeps_its_unit_when_the_building_was_renamed_before_it_is_filed(
    house: House, chen: Actor
) -> None:
    unit = a_register(house)
    paper = house.paper(class_code="ZX.01", doc_date="2026", unit="5栋0301", pages=["申请"])
    file = opened(house, chen, "ZX.01", unit="5栋0301")
    with house.work() as work:
        five = next(one for one in premises.buildings(work.session) if one.name == "5栋")
        change_building(work, five.id, name="海棠苑5栋", phase="", closed=False, revision=1, reason="更名")
    file_it(house, chen, paper, place=Place(file_no=file.file_no))
    assert house.document(paper).unit_id == unit


def test_a_paper_goes_into_no_file_of_another_owner_or_unit(house: House, chen: Actor) -> None:
    a_register(house)
    wang = opened(house, chen, "YZ.03", unit="5-0301", owner="王某、赵某")
    elsewhere = opened(house, chen, "YZ.03", unit="3-1-1201")

    def paper(unit: str, owner: str = "") -> DocumentId:
        return house.paper(class_code="YZ.03", doc_date="2026", pages=["申请"], unit=unit, owner=owner)

    for one, file, error in (
        (paper("5栋0301", "李某"), wang, OtherOwnersFile),
        (paper("5栋0301", "王某"), elsewhere, OtherUnitsFile),
    ):
        with pytest.raises(error):
            file_it(house, chen, one, place=Place(file_no=file.file_no))
    for one in (paper("5栋0301"), paper("5#0301", "王 某"), paper("5-0301", "赵某")):
        file_it(house, chen, one, place=Place(file_no=wang.file_no))
    # Nor is it carried there afterwards, or described and filed in one act.
    li = paper("3-1-1201", "李某")
    file_it(house, chen, li, place=Place(file_no=elsewhere.file_no))
    again = Place(file_no=wang.file_no)
    with pytest.raises(OtherUnitsFile):
        moved(house, chen, li, "YZ.03", again)
    told = Description(title="x", class_code="YZ.03", doc_date="2026", unit="5-0301", owner="李某")
    with pytest.raises(OtherOwnersFile), house.work(chen) as work:
        records.describe_and_file(work, paper("5-0301"), told, FACTS, again, revision=1)


def test_without_a_register_units_are_compared_as_they_are_called(house: House, chen: Actor) -> None:
    file = opened(house, chen, "ZX.01", unit="3-1201")

    def files(unit: str) -> None:
        paper = house.paper(class_code="ZX.01", doc_date="2026", unit=unit, pages=["申请"])
        file_it(house, chen, paper, place=Place(file_no=file.file_no))

    for same in ("3栋1201室", "3栋2单元1201", "云栖花园会所"):  # what names no flat is for people to compare
        files(same)
    with pytest.raises(OtherUnitsFile):
        files("3-1202")


def test_papers_older_than_the_register_find_their_unit(house: House, chen: Actor) -> None:
    papers = [house.paper(title=f"第{n}件", unit="5-0301") for n in range(3)]
    file = opened(house, chen, "ZX.01", unit="5栋301")
    other = opened(house, chen, "ZX.01", unit="5栋0301")
    unit = a_register(house)
    with house.work() as work:
        last, found = records.link_documents(work, None)
        assert (last, found) == (max(papers), 3)
        assert records.link_documents(work, last) == (None, 0)
        assert records.link_case_files(work, 0) == (other.id, 1)
    assert {house.document(paper).unit_id for paper in papers} == {unit}
    with house.archive.reading() as session:
        assert records.case_file(session, chen, file.id).unit_id is None  # another room: 301 is not 0301
        assert records.case_file(session, chen, other.id).unit_id == unit


def test_an_owners_file_waits_for_the_title_however_the_unit_is_written(house: House, chen: Actor) -> None:
    a_register(house)
    opened(house, chen, "YZ.01", unit="5-0301", owner="张三")
    with pytest.raises(OtherOwner):
        opened(house, chen, "YZ.01", unit="5栋0301室", owner="李四")
    opened(house, chen, "YZ.02", unit="5栋0301室", owner="张三")


def test_a_case_file_is_found_by_its_unit_however_it_is_written(house: House, chen: Actor) -> None:
    a_register(house)
    with house.work(chen) as work:
        second, first = (
            records.open_case_file(work, "ZX.01", FileFacts(title="装修", unit=unit))
            for unit in ("3栋2单元1201室", "3-1-1201")
        )
    with house.archive.reading() as session:
        unit = records.case_file(session, chen, second.id).unit_id
    assert unit is not None

    def found(typed: str) -> list[int]:
        with house.archive.reading() as session, counted(house.archive.sessions.engine) as sent:
            wanted = CaseFileFilter(text=typed)
            rows = records.case_files(session, chen, wanted)
            assert records.case_file_count(session, chen, wanted) == len(rows)
            assert sent.count <= 6, sent
        return [row.id for row in rows]

    for typed in ("3栋2单元1201室", "3-2-1201", "3号楼2单元1201", "３栋2单元1201", "3栋2单元1201"):
        assert found(typed) == [second.id], typed
    for typed in ("3-1201", "3幢1201室", "3#1201"):
        assert found(typed) == [first.id, second.id], typed
    assert found("5-0301") == [] and found("9-0909") == []
    # Closed since, and called otherwise by then, it is the same unit.
    with house.work() as work:
        three = next(one for one in premises.buildings(work.session) if one.name == "3栋")
        change_building(work, three.id, name="海棠苑3栋", phase="", closed=False, revision=1, reason="更名")
        display = premises.unit(work.session, unit).display
        premises.close_unit(work, unit, revision=premises.unit(work.session, unit).revision, reason="合并")
    assert found(display) == [second.id]


def test_page_program_and_command_find_case_files_by_their_unit(
    house: House, chen: Actor, desk: Desk
) -> None:
    a_register(house)
    file = opened(house, chen, "ZX.01", unit="3-2-1201")
    page = desk.sits(chen).get("/case-files?q=3栋2单元1201室")
    assert file.file_no in page.text
    assert file.file_no not in desk.client.get("/case-files?q=5-0301").text
    app = create_app(house.archive)
    set_actor_loader(app, lambda: replace(chen, via="api"))
    told = app.test_client().get("/api/v1/case-files?q=3-1201").json
    assert told is not None and [one["file_no"] for one in told["case_files"]] == [file.file_no]
    said = CliRunner().invoke(main, ["case-file", "list", "--text", "3-1201"], obj=house.archive)
    assert file.file_no in said.output
