"""Filing: a number for ever, what must be known before, who may do it, and corrections afterwards."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import premises, records, search
from archive_service.classification import UnknownClass
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError, Forbidden, NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.records import (
    CaseFileRow,
    Dept,
    Description,
    DrawingFacts,
    FiledFacts,
    FileFacts,
    FilingRow,
    Form,
    Medium,
    NeedsReason,
    Pii,
    Place,
    SourceKind,
    Stage,
)
from archive_service.records.models import NumberCounter
from archive_service.records.rules.case_files import ChooseFonds, FileClosed, NoFonds, NoSuchFile, OtherClass
from archive_service.records.rules.filing import (
    AlreadyFiled,
    MissingFacts,
    NeedsDiscipline,
    NotReadYet,
    OwnPaper,
    SameBytesFiled,
    StaysFiled,
)
from archive_service.records.service.documents import StaleDescription
from tests.support.house import House

FACTS: Final = FiledFacts(
    responsible=("云栖花园客户服务中心",),
    form=Form.ORIGINAL,
    medium=Medium.PAPER,
    source_kind=SourceKind.SCAN,
    carries_pii=Pii.NONE,
)
SHEET: Final = replace(
    FACTS,
    drawing=DrawingFacts(drawing_no="电施-12", stage=Stage.AS_BUILT, scale="1:100", edition="A", sheet="A1"),
)
BY_DESK: Final = Place(dept=Dept.KF)


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def notice(house: House, doc_date: str = "2026-03-08") -> DocumentId:
    return house.paper(title="停水通知", class_code="WS.02", doc_date=doc_date, pages=["停水"])


def file_it(
    house: House,
    chen: Actor,
    paper: DocumentId,
    facts: FiledFacts = FACTS,
    place: Place = BY_DESK,
    *,
    revision: int = 1,
) -> FilingRow:
    with house.work(chen) as work:
        return records.file_document(work, paper, facts, place, revision=revision)


def opened(house: House, chen: Actor, code: str, **told: str) -> CaseFileRow:
    building = told.pop("building", "")
    with house.work(chen) as work:
        return records.open_case_file(
            work, code, FileFacts(title="3栋2单元1201装修", **told), building=building
        )


def test_a_notice_gets_the_next_number_of_its_class_year_period_and_office(house: House, chen: Actor) -> None:
    first = file_it(house, chen, notice(house))
    second = file_it(house, chen, notice(house))
    elsewhere = file_it(house, chen, notice(house), place=Place(dept=Dept.GC))
    last_year = file_it(house, chen, notice(house, doc_date="2025-12"))
    assert first.archival_no == "WY01-WS·02·2026-D10-KF-0001"
    assert first.archival_no_ascii == "WY01-WS.02.2026-D10-KF-0001"
    assert second.archival_no == "WY01-WS·02·2026-D10-KF-0002"
    assert elsewhere.archival_no == "WY01-WS·02·2026-D10-GC-0001"
    assert last_year.archival_no == "WY01-WS·02·2025-D10-KF-0001"
    assert first.facts == replace(FACTS, pages=1)
    assert house.document(first.document_id).archival_no == first.archival_no


def test_a_renovation_stands_in_its_file(house: House, chen: Actor) -> None:
    file = opened(house, chen, "ZX.01", unit="3-1201")
    paper = house.paper(
        title="装修申请表", class_code="ZX.01", doc_date="2026-03-08", unit="3-1201", pages=["申请"]
    )
    year = house.clock.now().year
    assert file.file_no == f"WY01-ZX·01·{year}-0001"
    filed = file_it(house, chen, paper, place=Place(file_no=file.file_no.replace("·", ".").lower()))
    assert filed.archival_no == f"{file.file_no}-001"
    assert house.document(paper).file_no == filed.file_no == file.file_no


def test_a_drawing_with_its_title_block(house: House, chen: Actor) -> None:
    file = opened(house, chen, "KJ.02.DQ", building="3栋")
    sheet = house.paper(title="三层照明平面图", class_code="KJ.02.DQ", doc_date="2019", pages=["图"])
    filed = file_it(house, chen, sheet, SHEET, Place(file_no=file.file_no))
    assert filed.archival_no == "WY01-KJ·02·DQ-03-001-001"
    assert filed.facts.drawing == SHEET.drawing
    assert filed.file_year == 2019


def test_what_the_class_asks_for_is_told_all_at_once(house: House, chen: Actor) -> None:
    with pytest.raises(MissingFacts) as refused:
        file_it(
            house, chen, house.paper(class_code="ZX.01", pages=["a"]), FiledFacts(form=Form.COPY), Place()
        )
    assert refused.value.facts["fields"] == (
        "doc_date,responsible,medium,source_kind,carries_pii,unit,copy_certified_by,copy_certified_on,file_no"
    )
    with pytest.raises(MissingFacts) as refused:
        file_it(
            house,
            chen,
            house.paper(class_code="KJ.02.DQ", doc_date="2019", pages=["a"]),
            FACTS,
            Place(file_no="x"),
        )
    assert refused.value.facts["fields"] == "drawing_no,stage,scale,edition,sheet"
    with pytest.raises(NeedsDiscipline):
        file_it(house, chen, house.paper(class_code="KJ.02", doc_date="2019", pages=["a"]), SHEET)


def test_two_hundred_at_once_have_the_numbers_one_to_two_hundred(house: House, chen: Actor) -> None:
    papers = [notice(house) for _ in range(200)]
    doomed = [notice(house) for _ in range(40)]

    def files(paper: DocumentId) -> str:
        return file_it(house, chen, paper).archival_no

    def fails(paper: DocumentId) -> str:
        """Takes a number and loses its transaction."""
        with pytest.raises(ZeroDivisionError), house.work(chen) as work:
            records.file_document(work, paper, FACTS, BY_DESK, revision=1)
            raise ZeroDivisionError
        return ""

    jobs: list[tuple[Callable[[DocumentId], str], DocumentId]] = []
    for n, paper in enumerate(papers):
        jobs.append((files, paper))
        if n % 5 == 0:
            jobs.append((fails, doomed[n // 5]))
    with ThreadPoolExecutor(20) as pool:
        numbers = [number for number in pool.map(lambda job: job[0](job[1]), jobs) if number]
    assert sorted(numbers) == [f"WY01-WS·02·2026-D10-KF-{n:04}" for n in range(1, 201)]
    with house.archive.reading() as session:
        counter = session.get(NumberCounter, "WY01-WS·02·2026-D10-KF")
        assert counter is not None and counter.last == 200


def test_a_document_has_one_number_and_a_number_one_document(house: House, chen: Actor) -> None:
    paper, other = notice(house), notice(house)
    number = file_it(house, chen, paper).archival_no
    with pytest.raises(AlreadyFiled):
        file_it(house, chen, paper, revision=2)
    for change in (
        f"UPDATE document SET archival_no = 'WY01-X' WHERE archival_no = '{number}'",
        "UPDATE document SET archival_no = NULL WHERE archival_no IS NOT NULL",
        f"UPDATE document SET archival_no = '{number}' WHERE archival_no IS NULL",
        "UPDATE filing SET item = 7",
        "UPDATE number_counter SET last = 0",
        "UPDATE number_counter SET last = last",
        "DELETE FROM number_counter",
        "DELETE FROM filing",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(change))
    assert house.document(paper).archival_no == number
    assert house.document(other).archival_no == ""


def test_whoever_brought_it_in_files_it_only_while_alone(house: House, chen: Actor) -> None:
    mine = house.paper(chen, title="通知", class_code="WS.02", doc_date="2026-03-08", pages=["a"])
    assert file_it(house, chen, mine).archival_no.endswith("0001")
    house.person("周", "archivist")
    again = house.paper(chen, title="通知", class_code="WS.02", doc_date="2026-03-08", pages=["b"])
    with pytest.raises(OwnPaper):
        file_it(house, chen, again)


def test_who_takes_money_keeps_no_accounting_files(house: House, chen: Actor) -> None:
    both = house.person("赵", "archivist", "cashier")
    finance = house.person("孙", "finance")
    receipt = house.paper(title="收据", class_code="KU.01", doc_date="2026-03-08", pages=["收据"])
    with pytest.raises(Forbidden):
        file_it(house, both, receipt, place=Place(dept=Dept.CW))
    assert file_it(house, finance, receipt, place=Place(dept=Dept.CW)).archival_no.startswith("WY01-KU·01")
    # Finance files nothing else, the front desk nothing at all, and others don't see that it is there.
    with pytest.raises(Forbidden):
        file_it(house, finance, notice(house))
    with pytest.raises(Forbidden):
        file_it(house, house.person("林", "front_desk"), notice(house))
    secret = house.paper(title="身份证", class_code="YZ.02", doc_date="2026", unit="3-1201", pages=["a"])
    with pytest.raises(NotFound):
        file_it(house, finance, secret)


def test_who_may_not_see_a_paper_does_not_learn_by_its_bytes_that_it_is_filed(
    house: House, chen: Actor
) -> None:
    finance = house.person("孙", "finance")
    hidden, own = (
        house.paper(content=b"same", title="凭证", class_code=code, doc_date="2026-03-08", pages=["a"])
        for code in ("WS.09", "KU.01")
    )
    file_it(house, chen, hidden, place=Place(file_no=opened(house, chen, "WS.09").file_no))
    with pytest.raises(SameBytesFiled):
        file_it(house, chen, own)
    with house.archive.reading() as session, pytest.raises(NotFound):
        records.document(session, finance, hidden)
    assert file_it(house, finance, own).item == 1


def test_what_can_not_be_filed_says_why(house: House, chen: Actor) -> None:
    unread = house.paper(title="通知", class_code="WS.02", doc_date="2026")
    unclassed = house.paper(title="通知", doc_date="2026", pages=["a"])
    one, same = (
        house.paper(content=b"same", class_code="WS.02", doc_date="2026", pages=["a"]) for _ in range(2)
    )
    file_it(house, chen, one)
    renovation = house.paper(class_code="ZX.01", doc_date="2026", unit="3-1201", pages=["a"])
    other = opened(house, chen, "ZX.04")
    closed = opened(house, chen, "ZX.01")
    with house.work(chen) as work:
        records.close_case_file(work, closed.id, revision=closed.revision)
    refusals: list[tuple[DocumentId, Place, type[ArchiveError]]] = [
        (unread, BY_DESK, NotReadYet),
        (unclassed, BY_DESK, UnknownClass),
        (same, BY_DESK, SameBytesFiled),
        (notice(house), Place(fonds="WY99", dept=Dept.KF), ChooseFonds),
        (renovation, Place(file_no="WY01-ZX·01·2026-9999"), NoSuchFile),
        (renovation, Place(file_no=other.file_no), OtherClass),
        (renovation, Place(file_no=closed.file_no), FileClosed),
    ]
    for paper, place, error in refusals:
        with pytest.raises(error):
            file_it(house, chen, paper, place=place)
    with pytest.raises(StaleDescription):
        file_it(house, chen, notice(house), revision=7)


def test_without_a_project_there_is_no_number(house: House) -> None:
    archivist = house.person("陈", "archivist")
    with pytest.raises(NoFonds):
        file_it(house, archivist, notice(house))


def test_with_two_projects_one_says_which(house: House, chen: Actor) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY02", name_zh="步行街")
    with pytest.raises(ChooseFonds):
        file_it(house, chen, notice(house))
    assert file_it(house, chen, notice(house), place=replace(BY_DESK, fonds="wy02")).fonds == "WY02"


def test_a_correction_keeps_what_stood_there_and_why(house: House, chen: Actor) -> None:
    paper = notice(house)
    filed = file_it(house, chen, paper)
    with house.work(chen) as work:
        after = records.correct_filing(
            work, paper, replace(filed.facts, responsible=("物业公司",), pages=3), revision=2, reason="数错页"
        )
    assert after.facts.pages == 3
    with house.archive.reading() as session:
        last = records.corrections(session, paper)[0]
    assert last.before == {"responsible": "云栖花园客户服务中心", "pages": "1"}
    assert last.after == {"responsible": "物业公司", "pages": "3"}
    assert (last.by, last.reason, last.revision) == (chen.user_id, "数错页", 3)
    with pytest.raises(StaleDescription), house.work(chen) as work:
        records.correct_filing(work, paper, filed.facts, revision=2, reason="x")
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.correct_filing(work, paper, filed.facts, revision=3, reason=" ")
    with pytest.raises(MissingFacts), house.work(chen) as work:
        records.correct_filing(work, paper, replace(filed.facts, responsible=()), revision=3, reason="x")


def test_the_description_of_a_filed_paper_changes_with_a_reason_only(house: House, chen: Actor) -> None:
    paper = notice(house)
    file_it(house, chen, paper)
    told = Description(title="停电通知", class_code="WS.02", doc_date="2026-03-09")
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.describe(work, paper, told, revision=2)
    with pytest.raises(StaysFiled), house.work(chen) as work:
        records.describe(work, paper, replace(told, class_code="WS.03"), revision=2, reason="类别错")
    with pytest.raises(MissingFacts), house.work(chen) as work:
        records.describe(work, paper, replace(told, doc_date=""), revision=2, reason="x")
    with house.work(chen) as work:
        row = records.describe(work, paper, told, revision=2, reason="题名写错")
    assert (row.title, row.archival_no) == ("停电通知", "WY01-WS·02·2026-D10-KF-0001")
    with house.archive.reading() as session:
        assert records.corrections(session, paper)[0].reason == "题名写错"


@pytest.mark.parametrize(
    "typed",
    [
        "WY01-WS·02·2026-D10-KF-0001",
        "wy01-ws.02.2026-d10-kf-0001",
        "WY01-WS•02•2026-D10-KF-0001",
        "WY01-WS・02・2026-D10-KF-0001",
        "ＷＹ０１－ＷＳ・０２・２０２６－Ｄ１０－ＫＦ－０００１",
        "WY01WS022026D10KF0001",
        "no:WY01-WS.02.2026-D10-KF-0001",
    ],
)
def test_it_is_found_by_its_number_in_every_spelling(house: House, chen: Actor, typed: str) -> None:
    paper, other = notice(house), notice(house)
    file_it(house, chen, paper)
    with house.archive.reading() as session:
        versions = [records.document(session, chen, one).version_id for one in (paper, other)]
    stamps = search.index_versions(house.archive, versions)
    with house.work() as work:
        records.mark_searchable(work, stamps)
    assert house.document(paper).state == "searchable"
    assert _found(house, chen, typed) == [paper]


def _found(house: House, chen: Actor, typed: str) -> list[DocumentId]:
    answer = search.find(house.archive, chen, search.SearchRequest(typed))
    return [hit.document.id for hit in answer.hits]
