"""A correction may leave a paper in a file that isn't its own any more; then everybody who looks at it is told."""

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import Description, Place
from archive_service.records.service.misplaced import Apart, misplaced
from tests.records.test_filing import file_it, opened
from tests.support.filed import a_register, archivist_of_a_project
from tests.support.house import House
from tests.support.pages import Desk


def corrects(house: House, by: Actor, paper: DocumentId, **told: str) -> None:
    with house.work(by) as work:
        row = records.document(work.session, by, paper)
        stored = {
            name: getattr(row, name)
            for name in ("title", "class_code", "doc_date", "file_no", "unit", "owner")
        }
        description = Description(**{**stored, **told})
        records.describe(work, paper, description, revision=row.revision, reason="登记错了")


def test_a_correction_that_leaves_a_paper_in_a_wrong_file_is_not_silent(house: House) -> None:
    chen = archivist_of_a_project(house)
    a_register(house)
    wang = opened(house, chen, "YZ.03", unit="3-1-1201", owner="王某")
    other = opened(house, chen, "YZ.03", unit="5-0301", owner="李某")
    paper = house.paper(
        class_code="YZ.03", doc_date="2026", pages=["申请"], unit="3-1-1201", owner="王某", title="过户"
    )
    file_it(house, chen, paper, place=Place(file_no=wang.file_no))
    page = Desk(house.archive).sits(chen)
    address = f"/documents/{paper}"
    assert 'id="misplaced"' not in page.get(address).text

    corrects(house, chen, paper, owner="李某")
    told = page.get(address).text
    assert "另一业主" in told and wang.file_no in told and f"{address}/place" in told
    corrects(house, chen, paper, unit="5-0301")
    assert "另一房屋" in page.get(address).text
    with house.archive.reading() as session:
        found = misplaced(session, chen, house.document(paper))
    assert found is not None and (found.apart, found.file_no) == (Apart.UNIT, wang.file_no)

    with house.work(chen) as work:
        revision = house.document(paper).revision
        place = Place(file_no=other.file_no)
        records.change_place(work, paper, "YZ.03", place, revision=revision, reason="原登记错误")
    assert 'id="misplaced"' not in page.get(address).text
