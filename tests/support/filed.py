"""What tests of the standing of a filed paper begin with: an archivist, a register, a paper in a file."""

from archive_service import premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import CaseFileRow, FilingRow, Place
from tests.records.test_filing import file_it
from tests.support.house import House

WHY = "归类有误"
AS_IT_IS = Place()


def archivist_of_a_project(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def moved(
    house: House, who: Actor, paper: DocumentId, code: str, place: Place = AS_IT_IS, *, revision: int = 2
) -> FilingRow:
    with house.work(who) as work:
        return records.change_place(work, paper, code, place, revision=revision, reason=WHY)


def renovation(house: House, chen: Actor, file: CaseFileRow) -> DocumentId:
    paper = house.paper(
        title="装修申请表", class_code="ZX.01", doc_date="2026-03-08", unit="3-1201", pages=["申请"]
    )
    file_it(house, chen, paper, place=Place(file_no=file.file_no))
    return paper


def a_register(house: House) -> int:
    """Two flats called 3-1201, in two entrances, and 5-0301; the id of the last."""
    with house.work() as work:
        project = premises.projects(work.session)[0]
        three = premises.add_building(work, project.id, name="3栋")
        five = premises.add_building(work, project.id, name="5栋")
        for building, entrance, room in ((three, "1", "1201"), (three, "2", "1201"), (five, "", "0301")):
            facts, _ = premises.read_facts({"entrance": entrance, "room": room, "kind": "flat"})
            assert facts is not None
            added = premises.add_unit(work, building, facts)
    return added
