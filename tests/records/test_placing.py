"""After filing: another class, another file, a cancelled filing, a lower level. Numbers left empty are never given again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.records import (
    Catalogue,
    Dept,
    DrawingFacts,
    EmptyKind,
    NeedsReason,
    Place,
    RelationKind,
    Stage,
)
from archive_service.records.rules.case_files import OtherClass
from archive_service.records.rules.filing import MissingFacts
from archive_service.records.rules.placing import (
    Depended,
    NotBothHats,
    NotFiled,
    SamePlace,
)
from archive_service.records.service.documents import StaleDescription
from tests.records.test_filing import file_it, notice, opened
from tests.support.filed import WHY, archivist_of_a_project, moved, renovation
from tests.support.house import House


@pytest.fixture
def chen(house: House) -> Actor:
    return archivist_of_a_project(house)


def test_a_wrong_class_is_put_right_and_the_number_with_it(house: House, chen: Actor) -> None:
    paper, other = notice(house), notice(house)
    for one in (paper, other):
        file_it(house, chen, one)
    row = moved(house, chen, paper, "WS.02.Z")
    assert row.archival_no == "WY01-WS·02·Z·2026-D30-KF-0001"
    assert (row.class_code, row.file_year, row.dept) == ("WS.02.Z", 2026, "KF")
    document = house.document(paper)
    assert (document.class_code, document.archival_no) == ("WS.02.Z", row.archival_no)
    with house.archive.reading() as session:
        kept = records.retention_term(session, paper)
        assert kept is not None and kept.term.due == date(2057, 1, 1)  # workflows.md §3a
        old = records.empty_number(session, chen, "wy01-ws.02.2026-d10-kf-0001")
        assert old is not None
        assert (old.kind, old.now, old.reason) == (EmptyKind.RECLASSED, row.archival_no, WHY)
        lines = records.catalogue_lines(session, chen, Catalogue("WY01", "WS.02", 2026))
        assert [(line.item, line.empty) for line in lines] == [(1, EmptyKind.RECLASSED), (2, None)]
        last = records.corrections(session, paper)[0]
    assert (last.before["class_code"], last.after["class_code"], last.reason) == ("WS.02", "WS.02.Z", WHY)
    # The next one in the old class doesn't get the empty number.
    assert file_it(house, chen, notice(house)).item == 3
    # And back again: not its old number either.
    house.clock.passes(hours=1)
    assert moved(house, chen, paper, "WS.02", revision=3).item == 4
    with house.archive.reading() as session:
        assert [one.archival_no for one in records.former_numbers(session, chen, paper)] == [
            row.archival_no,
            "WY01-WS·02·2026-D10-KF-0001",
        ]


def test_the_database_gives_no_empty_number_again_and_lets_no_number_go_without_a_trace(
    house: House, chen: Actor
) -> None:
    paper, other = notice(house), notice(house)
    old = file_it(house, chen, paper).archival_no
    moved(house, chen, paper, "WS.03")
    for change in (
        f"UPDATE document SET archival_no = '{old}' WHERE archival_no IS NULL",
        "UPDATE document SET archival_no = 'WY01-X' WHERE archival_no IS NOT NULL",
        "UPDATE filing SET class_code = 'WS.02'",
        "UPDATE filing SET filed_by = NULL",
        "UPDATE empty_number SET reason = 'x'",
        "DELETE FROM empty_number",
        "DELETE FROM filing",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(change))
    assert house.document(other).archival_no == ""


def test_from_one_file_into_another(house: House, chen: Actor) -> None:
    wrong, right = opened(house, chen, "ZX.01"), opened(house, chen, "ZX.01")
    paper, stays = (renovation(house, chen, wrong) for _ in range(2))
    row = moved(house, chen, paper, "ZX.01", Place(file_no=right.file_no.replace("·", ".")))
    assert (row.archival_no, row.case_file_id) == (f"{right.file_no}-001", right.id)
    assert house.document(paper).file_no == right.file_no
    with house.archive.reading() as session:
        lines = records.file_lines(session, chen, wrong.id)
        assert [(line.archival_no, line.empty, line.document_id) for line in lines] == [
            (f"{wrong.file_no}-001", EmptyKind.MOVED, None),
            (f"{wrong.file_no}-002", None, stays),
        ]
        assert [line.first_page for line in lines] == [1, 1]
    with pytest.raises(SamePlace):
        moved(house, chen, paper, "ZX.01", Place(file_no=right.file_no), revision=3)
    with pytest.raises(OtherClass):
        moved(house, chen, paper, "ZX.04", Place(file_no=right.file_no), revision=3)


def test_a_page_of_a_list_shows_the_empty_numbers_that_belong_to_it(house: House, chen: Actor) -> None:
    papers = [notice(house) for _ in range(6)]
    for paper in papers:
        file_it(house, chen, paper)
    for number in (0, 2, 5):
        moved(house, chen, papers[number], "WS.03")
    seen = []
    with house.archive.reading() as session:
        wanted = Catalogue("WY01", "WS.02", 2026)
        assert records.catalogue_count(session, chen, wanted) == 3
        for offset in (0, 1, 2, 3):
            lines = records.catalogue_lines(session, chen, wanted, offset=offset, limit=1)
            seen.append([(line.item, line.empty is not None) for line in lines])
    assert seen == [
        [(1, True), (2, False), (3, True)],
        [(3, True), (4, False)],
        [(5, False), (6, True)],
        [],
    ]


def test_who_may_and_what_must_be_said(house: House, chen: Actor) -> None:
    paper = notice(house)
    with pytest.raises(NotFiled):
        moved(house, chen, paper, "WS.03", revision=1)
    file_it(house, chen, paper)
    lin, finance = house.person("林", "front_desk"), house.person("孙", "finance")
    for who in (lin, finance):
        with pytest.raises(Forbidden):
            moved(house, who, paper, "WS.03")
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.change_place(work, paper, "WS.03", Place(), revision=2, reason=" ")
    with pytest.raises(StaleDescription):
        moved(house, chen, paper, "WS.03", revision=1)
    with pytest.raises(SamePlace):
        moved(house, chen, paper, "WS.02")
    with pytest.raises(MissingFacts) as refused:
        moved(house, chen, paper, "ZX.01")
    assert refused.value.facts["fields"] == "unit,file_no"


def test_among_the_drawings_and_out_again(house: House, chen: Actor) -> None:
    sheet = DrawingFacts(drawing_no="电施-12", stage=Stage.AS_BUILT, scale="1:100", edition="A", sheet="A1")
    paper = notice(house)
    file_it(house, chen, paper)
    file = opened(house, chen, "KJ.02.DQ", building="3栋")
    with pytest.raises(MissingFacts):
        moved(house, chen, paper, "KJ.02.DQ", Place(file_no=file.file_no))
    with house.work(chen) as work:
        row = records.change_place(
            work, paper, "KJ.02.DQ", Place(file_no=file.file_no), revision=2, reason=WHY, drawing=sheet
        )
    assert row.facts.drawing == sheet
    pipes = opened(house, chen, "KJ.02.SS", building="3栋")
    again = moved(house, chen, paper, "KJ.02.SS", Place(file_no=pipes.file_no), revision=3)
    assert again.facts.drawing == sheet
    out = moved(house, chen, paper, "WS.03", Place(dept=Dept.GC), revision=4)
    assert (out.facts.drawing, out.case_file_id, out.dept) == (None, None, "GC")
    assert house.document(paper).file_no == ""


def test_nobody_reads_what_became_of_a_number_of_a_paper_they_may_not_see(
    house: House, chen: Actor, lin: Actor
) -> None:
    paper = house.paper(
        title="停水通知", class_code="WS.02", level=Level.SENSITIVE, doc_date="2026-03-08", pages=["a"]
    )
    number = file_it(house, chen, paper).archival_no
    with house.work(chen) as work:
        records.withdraw_filing(work, paper, revision=2, reason="业主投诉")
    with house.archive.reading() as session:
        gone = records.empty_number(session, chen, number)
        assert gone is not None and gone.document_id == paper
        assert records.empty_number(session, lin, number) is None
        assert len(records.former_numbers(session, chen, paper)) == 1
        assert records.former_numbers(session, lin, paper) == []


def test_who_takes_money_and_keeps_the_archive_has_no_say_in_accounting_papers(
    house: House, chen: Actor
) -> None:
    both, finance = house.person("赵", "archivist", "cashier"), house.person("孙", "finance")
    paper = notice(house)
    file_it(house, chen, paper)
    with pytest.raises(NotBothHats):
        moved(house, both, paper, "KU.01", Place(dept=Dept.CW))
    assert moved(house, chen, paper, "KU.01", Place(dept=Dept.CW)).archival_no.endswith("D30-CW-0001")
    with pytest.raises(NotBothHats):
        moved(house, both, paper, "WS.02", Place(dept=Dept.KF), revision=3)
    receipt = house.paper(finance, title="收据", class_code="KU.01", pages=["收据"])
    told = records.Description(title="收据2", class_code="KU.01")
    with pytest.raises(Forbidden), house.work(both) as work:
        records.describe(work, receipt, told, revision=1)
    draft = house.paper(finance, title="收据", pages=["收据"])
    with pytest.raises(Forbidden), house.work(both) as work:
        records.describe(work, draft, told, revision=1)
    with house.work(finance) as work:
        assert records.describe(work, receipt, told, revision=1).title == "收据2"


def test_a_filing_that_was_a_mistake_is_cancelled(house: House, chen: Actor) -> None:
    file = opened(house, chen, "ZX.01")
    paper, other = (renovation(house, chen, file) for _ in range(2))
    with house.work(chen) as work:
        relation = records.relate_documents(work, other, paper, RelationKind.SEE_ALSO)
    with pytest.raises(Depended), house.work(chen) as work:
        records.withdraw_filing(work, paper, revision=2, reason="放错了")
    with house.work(chen) as work:
        records.unrelate(work, relation)
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.withdraw_filing(work, paper, revision=2, reason="")
    with house.work(chen) as work:
        records.withdraw_filing(work, paper, revision=2, reason="放错了")
    row = house.document(paper)
    assert (row.archival_no, row.file_no, row.class_code) == ("", "", "ZX.01")
    with house.archive.reading() as session:
        assert records.filing(session, paper) is None and records.retention_term(session, paper) is None
        assert [line.empty for line in records.file_lines(session, chen, file.id)] == [
            EmptyKind.WITHDRAWN,
            None,
        ]
        gone = records.empty_number(session, chen, f"{file.file_no}-001")
    assert gone is not None and (gone.reason, gone.now, gone.emptied_by) == ("放错了", "", chen.user_id)
    again = file_it(house, chen, paper, place=Place(file_no=file.file_no), revision=3)
    assert again.archival_no == f"{file.file_no}-003"


def test_many_at_once_leave_no_hole_that_nobody_can_explain(house: House, chen: Actor) -> None:
    """Filed, moved and cancelled at once: every number from 1 on is either a paper's or empty with a reason."""
    papers = [notice(house) for _ in range(60)]

    def live(number: int) -> None:
        paper = papers[number]
        file_it(house, chen, paper)
        if number % 3 == 0:
            moved(house, chen, paper, "WS.02", Place(dept=Dept.GC))
        elif number % 3 == 1:
            with house.work(chen) as work:
                records.withdraw_filing(work, paper, revision=2, reason="重复")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(live, range(60)))
    with house.archive.reading() as session:
        lines = records.catalogue_lines(session, chen, Catalogue("WY01", "WS.02", 2026), limit=200)
    here = [line for line in lines if "-KF-" in line.archival_no]
    assert [line.item for line in here] == list(range(1, 61))
    assert sum(line.empty is EmptyKind.MOVED for line in here) == 20
    assert sum(line.empty is EmptyKind.WITHDRAWN for line in here) == 20
    there = [line.item for line in lines if "-GC-" in line.archival_no]
    assert there == list(range(1, 21))


def test_cross_references_are_seen_by_who_sees_both_ends(house: House, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    old, new = notice(house), notice(house)
    secret = house.paper(class_code="YZ.02", level=Level.SENSITIVE, pages=["秘密"])
    with house.work(chen) as work:
        records.relate_documents(work, new, old, RelationKind.SUPERSEDES, note="改了停水时间")
        hidden = records.relate_documents(work, new, secret, RelationKind.REFERS_TO)
    with pytest.raises(records.RelatedAlready), house.work(chen) as work:
        records.relate_documents(work, new, old, RelationKind.SUPERSEDES)
    with pytest.raises(records.RelatedToItself), house.work(chen) as work:
        records.relate_documents(work, new, new, RelationKind.SEE_ALSO)
    with house.archive.reading() as session:
        seen = [(r.kind, r.outward, r.document_id) for r in records.relations_of_document(session, chen, new)]
        masked = [r.document_id for r in records.relations_of_document(session, lin, new)]
        (back,) = records.relations_of_document(session, lin, old)
    assert seen == [(RelationKind.SUPERSEDES, True, old), (RelationKind.REFERS_TO, True, secret)]
    assert masked == [old]
    assert (back.document_id, back.outward, back.note) == (new, False, "改了停水时间")
    with pytest.raises(NotFound), house.work(lin) as work:
        records.unrelate(work, hidden)
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.unrelate(work, back.id)
    with house.work(chen) as work:
        records.unrelate(work, back.id)
    with house.archive.reading() as session:
        assert not records.relations_of_document(session, chen, old)
    with house.work(chen) as work:  # it may come again; what was before stays as a row that is over
        records.relate_documents(work, new, old, RelationKind.SUPERSEDES)


def test_case_files_refer_to_each_other_from_both_sides(house: House, chen: Actor) -> None:
    one, other = opened(house, chen, "ZX.01"), opened(house, chen, "ZX.04")
    with house.work(chen) as work:
        records.relate_case_files(work, other.id, one.id, RelationKind.SEE_ALSO)
    with pytest.raises(records.RelatedAlready), house.work(chen) as work:
        records.relate_case_files(work, one.id, other.id, RelationKind.SEE_ALSO)
    with pytest.raises(records.NotBetweenFiles), house.work(chen) as work:
        records.relate_case_files(work, one.id, other.id, RelationKind.ANSWERS)
    with house.archive.reading() as session:
        assert [r.number for r in records.relations_of_case_file(session, chen, one.id)] == [other.file_no]
        (back,) = records.relations_of_case_file(session, chen, other.id)
    assert back.number == one.file_no


def test_a_place_in_another_year(house: House, chen: Actor) -> None:
    paper = notice(house)
    file_it(house, chen, paper)
    row = moved(house, chen, paper, "WS.02", replace(Place(), year=2025))
    assert row.archival_no == "WY01-WS·02·2025-D10-KF-0001"
    with house.archive.reading() as session:
        kept = records.retention_term(session, paper)
    assert kept is not None and kept.term.due == date(2036, 1, 1)
