"""The mark of a state secret comes to light only when the paper is read, after its sender was told that it is stored:
from then on it stands in nobody's way of work, and whoever has to do something about it is told why and what."""

from collections.abc import Callable

import pytest

from archive_service import premises, records, scans, suggestions
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import (
    Dept,
    FiledFacts,
    Form,
    MarkedPaper,
    Medium,
    Pii,
    Place,
    Queue,
    SourceKind,
)
from archive_service.records.queries.finding import described_with
from tests.intake.browser import Browser
from tests.support.house import House, page_facts

Opener = Callable[[Actor], Browser]
FACTS = FiledFacts(("客服中心",), Form.ELECTRONIC, Medium.ELECTRONIC, SourceKind.RECEIVED, Pii.NONE)
TITLE = "地下人防工程说明"


@pytest.fixture
def wang(house: House) -> Actor:
    """Another archivist, who didn't bring it in."""
    return house.person("wang", "archivist")


def marked(house: House, by: Actor, **told: str) -> DocumentId:
    paper = house.paper(by, title=TITLE, **{"class_code": "WS.02", "doc_date": "2026-03-08"} | told)
    version = house.document(paper).version_id
    with house.work() as work:
        records.start_reading(work, version, media_type="application/pdf", pages_total=2, flags=())
        records.keep_page(work, version, page_facts(1, "人防工程"))
    with house.work() as work:
        records.keep_from_all(work, version, 2)
    return paper


def in_queue(house: House, actor: Actor) -> tuple[int, bool]:
    """(how many wait, whether there is a next one)"""
    with house.archive.reading() as session:
        found = records.next_waiting(session, actor, Queue.FILING, house.clock.now())
        return records.waiting_count(session, actor, Queue.FILING), found is not None


def test_it_leaves_the_queue_of_the_desk_until_a_person_says_that_it_is_none(
    browser_of: Opener, house: House, chen: Actor, wang: Actor
) -> None:
    papers = [marked(house, chen), marked(house, chen, class_code="")]
    assert in_queue(house, chen) == (0, False)
    for paper in papers:
        answer = browser_of(chen).get(f"/inbox/desk/{paper}")
        assert answer.status_code == 403 and "国家秘密" in answer.text and TITLE not in answer.text
    with house.work(wang) as work:
        records.unmark(work, papers[0], 1, "是本公司旧章，并非国家秘密")
    house.is_read(papers[0], ["人防工程"])
    assert in_queue(house, chen) == (1, True)


def test_the_row_of_the_upload_says_why_and_what_to_do(browser_of: Opener, house: House, li: Actor) -> None:
    paper = marked(house, li, class_code="")
    said = browser_of(li).get(f"/upload/reading?document={paper}").text
    assert "data-marked" in said and "data-underway" not in said
    assert "保密人员" in said and "专门保管" in said
    assert "data-retry" not in said and "原样保存" not in said, "nothing is to be tried again"


def test_the_inbox_says_it_to_who_brought_it_in_and_to_who_resolves_it(
    browser_of: Opener, house: House, chen: Actor, li: Actor, wang: Actor
) -> None:
    paper = marked(house, li)
    for somebody in (li, wang):
        for part in ("all", "stuck"):
            page = browser_of(somebody).get(f"/inbox?show={part}").text
            assert f"/documents/{paper}" in page and "专门保管" in page
            assert f"/inbox/{paper}/versions/1/retry" not in page and f"/inbox/desk/{paper}" not in page
            assert f'value="{paper}"' not in page, "it can't be ticked to be taken along"
        for part in ("unclassified", "described", "review"):
            assert str(paper) not in browser_of(somebody).get(f"/inbox?show={part}").text
    assert f"resolve-{paper}" in browser_of(wang).get("/inbox").text
    assert f"resolve-{paper}" not in browser_of(li).get("/inbox").text
    other = house.person("zhao", "front_desk")
    assert str(paper) not in browser_of(other).get("/inbox?show=stuck").text


def test_counts_and_rows_of_the_inbox_agree(house: House, chen: Actor) -> None:
    house.paper(chen, title="没有分类的")
    marked(house, chen, class_code="")
    marked(house, chen)
    with house.archive.reading() as session:
        counts = records.inbox_counts(session, chen)
        assert (counts.all, counts.unclassified, counts.stuck, counts.mine, counts.described) == (
            3,
            1,
            2,
            3,
            0,
        )
        for part in records.InboxPart:
            assert len(records.inbox(session, chen, part)) == counts.of(part), part


def test_no_list_and_no_search_shows_it(browser_of: Opener, house: House, chen: Actor, wang: Actor) -> None:
    paper = marked(house, chen, unit="3-1201")
    with house.archive.reading() as session:
        assert records.documents(session, wang, records.DocumentFilter(class_code="WS")) == []
        assert records.document_count(session, wang, records.DocumentFilter()) == 0
        assert described_with(session, wang, ["人防"]) == []
        row = house.document(paper)
        assert suggestions.of_document(session, wang, paper) is None
        assert scans.look_alikes(session, wang, paper, house.clock.now()) == ()
        assert not row.has_thumbnail
    page = browser_of(wang)
    assert page.get(f"/documents/{paper}/versions/1/original").status_code == 403


def test_it_is_neither_filed_nor_handed_in(house: House, chen: Actor, wang: Actor) -> None:
    paper = marked(house, chen)
    with pytest.raises(MarkedPaper), house.work(wang) as work:
        records.file_document(work, paper, FACTS, Place(dept=Dept.KF), revision=1)
    with pytest.raises(MarkedPaper), house.work(chen) as work:
        records.submit_for_review(work, paper, FACTS, Place(dept=Dept.KF), revision=1)


def test_counts_of_classes_and_of_the_bench_agree_with_the_lists(
    house: House, chen: Actor, li: Actor
) -> None:
    marked(house, chen)
    marked(house, chen, class_code="")
    house.paper(chen, class_code="WS.02")
    for actor in (chen, li):
        with house.archive.reading() as session:
            listed = records.documents(session, actor, records.DocumentFilter())
            waiting = records.inbox_counts(session, actor)
            assert records.class_counts(session, actor) == {"WS.02": 1} and len(listed) == 1
            counts = records.counts(session, actor)
            assert (counts.documents, counts.unclassified) == (1, 0)
            assert counts.stuck == waiting.stuck == (2 if actor == chen else 0)


def test_what_is_filed_keeps_its_row_by_its_number_and_is_closed(
    browser_of: Opener, house: House, chen: Actor, wang: Actor
) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    paper = house.paper(chen, title=TITLE, class_code="WS.02", doc_date="2026-03-08", pages=["人防工程"])
    with house.work(wang) as work:
        records.file_document(work, paper, FACTS, Place(dept=Dept.KF), revision=1)
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new"), "重扫")
    version = house.document(paper).version_id
    with house.work() as work:
        records.start_reading(work, version, media_type="application/pdf", pages_total=2, flags=())
        records.keep_from_all(work, version, 2)
    with house.archive.reading() as session:
        row = records.document(session, wang, paper)
        assert row.archival_no and row.trouble == records.MARKED and not row.has_thumbnail
        for wanted in (records.DocumentFilter(class_code="WS"), records.DocumentFilter(filed=True)):
            assert [found.id for found in records.documents(session, wang, wanted)] == [paper]
            assert records.document_count(session, wang, wanted) == 1
        assert records.class_counts(session, wang) == {"WS.02": 1}
        assert records.counts(session, wang).documents == 1
        assert described_with(session, wang, ["人防"]) == [], "no search finds it, nor does the index"
        assert records.version_texts(session, [version]) == []
    page = browser_of(wang)
    assert row.archival_no in page.get("/files/WS.02").text
    assert page.get(f"/documents/{paper}/versions/2/original").status_code == 403
