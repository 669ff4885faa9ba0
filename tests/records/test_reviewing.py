"""Handing papers in for filing, sending them back, putting them right: workflows.md §1."""

import pytest

from archive_service import audit, premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.records import (
    Dept,
    Description,
    FiledFacts,
    Form,
    Medium,
    NewFile,
    Pii,
    Place,
    ReviewState,
    SendBackReason,
    SourceKind,
)
from archive_service.records.queries.reviewing import reviews_of
from archive_service.records.rules.filing import MissingFacts, OwnPaper
from archive_service.records.rules.review import REVIEW_MOVES, NeedsComment, ReviewStep
from archive_service.records.service.documents import StaleDescription
from tests.support.house import House

FACTS = FiledFacts(
    responsible=("客户服务中心",),
    form=Form.ORIGINAL,
    medium=Medium.BOTH,
    source_kind=SourceKind.SCAN,
    carries_pii=Pii.NONE,
    pages=1,
)
PLACE = Place(dept=Dept.KF)
NOTICE = Description(title="停水通知", class_code="WS.02", doc_date="2026-03-08")


@pytest.fixture(autouse=True)
def project(house: House) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")


def brought_in(house: House, lin: Actor) -> DocumentId:
    return house.paper(lin, title="IMG_0001", pages=["停水通知"])


def handed_in(house: House, lin: Actor) -> DocumentId:
    paper = brought_in(house, lin)
    with house.work(lin) as work:
        records.submit_for_review(work, paper, FACTS, PLACE, revision=1, description=NOTICE)
    return paper


def counts(house: House, actor: Actor) -> tuple[int, int]:
    with house.archive.reading() as session:
        found = records.review_counts(session, actor)
    return found.to_review, found.sent_back


def test_the_front_desk_prepares_and_the_archivist_files_with_what_was_prepared(
    house: House, chen: Actor, lin: Actor
) -> None:
    paper = handed_in(house, lin)
    assert counts(house, chen) == (1, 0) and counts(house, lin) == (0, 0)
    with house.archive.reading() as session:
        waiting = records.open_review(session, paper)
    assert waiting is not None and waiting.state is ReviewState.PENDING
    assert waiting.facts["responsible"] == "客户服务中心" and waiting.facts["dept"] == "KF"
    with house.work(chen) as work:
        row = records.file_document(work, paper, FACTS, PLACE, revision=house.document(paper).revision)
    assert row.archival_no == "WY01-WS·02·2026-D10-KF-0001"
    assert counts(house, chen) == (0, 0)
    with house.archive.reading() as session:
        assert [r.state for r in reviews_of(session, paper)] == [ReviewState.FILED]


def test_nobody_hands_in_what_lacks_facts_and_nothing_of_it_is_kept(house: House, lin: Actor) -> None:
    paper = brought_in(house, lin)
    with pytest.raises(MissingFacts) as missing, house.work(lin) as work:
        records.submit_for_review(
            work,
            paper,
            FiledFacts(),
            Place(),
            revision=1,
            description=Description(title="x", class_code="WS.02"),
        )
    assert set(str(missing.value.facts["fields"]).split(",")) >= {"doc_date", "responsible", "form", "dept"}
    assert house.document(paper).class_code == "" and house.document(paper).revision == 1


def test_the_case_file_may_be_left_to_who_files(house: House, chen: Actor, lin: Actor) -> None:
    paper = brought_in(house, lin)
    told = Description(title="装修申请表", class_code="ZX.01", unit="3-1201", doc_date="2026-03-08")
    with house.work(lin) as work:
        kept = records.submit_for_review(
            work, paper, FACTS, Place(), revision=1, description=told, new_file=NewFile("3-1201装修")
        )
    assert kept.facts["new_file"] == "1" and kept.facts["file_title"] == "3-1201装修"
    with house.work(chen) as work:
        row = records.describe_and_file(
            work,
            paper,
            told,
            FACTS,
            Place(),
            revision=house.document(paper).revision,
            new_file=NewFile("3-1201装修"),
        )
    assert row.archival_no == "WY01-ZX·01·2026-0001-001"
    with house.archive.reading() as session:
        assert row.case_file_id is not None
        assert records.case_file(session, chen, row.case_file_id).facts.unit == "3-1201"


def test_who_brought_it_in_and_handed_it_in_may_not_file_it(house: House, chen: Actor) -> None:
    house.person("周", "archivist")
    paper = house.paper(chen, title="通知", pages=["停水"])
    with house.work(chen) as work:
        records.submit_for_review(work, paper, FACTS, PLACE, revision=1, description=NOTICE)
    with pytest.raises(OwnPaper), house.work(chen) as work:
        records.file_document(work, paper, FACTS, PLACE, revision=house.document(paper).revision)


def test_sent_back_it_waits_for_its_bringer_who_mends_it_even_after_days(
    house: House, chen: Actor, lin: Actor
) -> None:
    paper = handed_in(house, lin)
    revision = house.document(paper).revision
    with pytest.raises(NeedsComment), house.work(chen) as work:
        records.send_back(work, paper, SendBackReason.OTHER, " ", revision=revision)
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.send_back(work, paper, SendBackReason.BAD_SCAN, revision=revision)
    with house.work(chen) as work:
        row = records.send_back(work, paper, SendBackReason.WRONG_FACTS, "日期看错", revision=revision)
    assert (row.state, row.reason, row.comment) == (
        ReviewState.REJECTED,
        SendBackReason.WRONG_FACTS,
        "日期看错",
    )
    assert counts(house, chen) == (0, 0) and counts(house, lin) == (0, 1)
    house.clock.passes(days=3)
    again = Description(title="停水通知", class_code="WS.02", doc_date="2026-03-09")
    with house.work(lin) as work:
        records.submit_for_review(work, paper, FACTS, PLACE, revision=revision, description=again)
    assert counts(house, chen) == (1, 0) and counts(house, lin) == (0, 0)
    with house.archive.reading() as session:
        states = [r.state for r in reviews_of(session, paper)]
        actions = {event.action for event in audit.trail(session, subject=f"document:{paper}")}
    assert states == [ReviewState.PENDING, ReviewState.ANSWERED]
    assert {"document.submitted", "document.sent-back"} <= actions


def test_a_bad_scan_goes_back_before_anybody_handed_it_in(house: House, chen: Actor, lin: Actor) -> None:
    paper = brought_in(house, lin)
    with house.work(chen) as work:
        records.send_back(work, paper, SendBackReason.BAD_SCAN, revision=1)
    assert counts(house, lin) == (0, 1)
    with house.work(lin) as work:
        records.discard(work, paper)
    with house.archive.reading() as session:
        assert [r.state for r in reviews_of(session, paper)] == [ReviewState.ANSWERED]


def test_what_changed_meanwhile_is_neither_handed_in_nor_sent_back(
    house: House, chen: Actor, lin: Actor
) -> None:
    paper = handed_in(house, lin)
    with pytest.raises(StaleDescription), house.work(lin) as work:
        records.submit_for_review(work, paper, FACTS, PLACE, revision=1, description=NOTICE)
    with pytest.raises(StaleDescription), house.work(chen) as work:
        records.send_back(work, paper, SendBackReason.BAD_SCAN, revision=1)


@pytest.mark.parametrize("step", ReviewStep)
@pytest.mark.parametrize("state", ReviewState)
def test_only_open_reviews_move_and_none_comes_to_life_again(state: ReviewState, step: ReviewStep) -> None:
    after = REVIEW_MOVES.get((state, step))
    if state in (ReviewState.PENDING, ReviewState.REJECTED):
        assert after is not None and after is not ReviewState.PENDING
    else:
        assert after is None
