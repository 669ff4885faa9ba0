"""The index is a cache: it may be lost, damaged or wrong, and the database makes it right again."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive_service import records, search
from archive_service.home.service import check_consistency
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.search import Reconciled, SearchRequest
from search_index.engine import WhooshEngine
from tests.search.test_finding import titles
from tests.support.house import House
from tests.support.papers import indexed


def damage(house: House) -> None:
    for path in sorted(house.archive.settings.index_dir.rglob("*")):
        if path.is_file() and "lock" not in path.name.lower():
            path.write_bytes(b"rubbish")


def three_papers(house: House, chen: Actor) -> None:
    papers = [
        house.paper(chen, title=f"收楼验收单{n}", class_code="YZ.01", unit=f"{n}-1201", pages=["密封胶"])
        for n in (1, 2, 3)
    ]
    indexed(house, *papers)


def test_without_the_index_titles_and_numbers_are_still_found(house: House) -> None:
    chen, lin = house.person("陈", "archivist"), house.person("林", "front_desk")
    three_papers(house, chen)
    house.paper(chen, title="收款日结", class_code="KU.02", unit="2-1201", pages=["密封胶"])
    damage(house)
    found = search.find(house.archive, lin, SearchRequest("2-1201"))
    assert not found.from_index
    assert [hit.document.title for hit in found.hits] == ["收楼验收单2"]
    assert search.find(house.archive, chen, SearchRequest("21201")).total == 2
    assert search.find(house.archive, chen, SearchRequest("密封胶")).total == 0
    assert search.find(house.archive, chen, SearchRequest("收 -款")).total > 0
    chosen = SearchRequest("收", filters={"building": ("3栋",)}, sort="oldest")
    assert [h.document.title for h in search.find(house.archive, chen, chosen).hits] == ["收楼验收单3"]
    assert search.suggest(house.archive, chen, "收") == ()
    assert not search.index_status(house.archive).healthy


def test_without_the_index_too_nothing_is_found_whose_pages_are_closed(house: House) -> None:
    chen, auditor = house.person("陈", "archivist"), house.person("何", "auditor")
    open_to_all = house.paper(chen, title="公告 凤凰阁", class_code="WS.01", level=Level.PUBLIC, pages=["一"])
    closed = house.paper(chen, title="收楼单 凤凰阁", class_code="YZ.01", unit="3-1201", pages=["二"])
    indexed(house, open_to_all, closed)
    assert house.document(closed, auditor).title == "收楼单 凤凰阁"  # its facts stand in the lists
    for query in ("凤凰阁", "房号:3-1201", "类别:YZ", ""):
        expected = titles(house, auditor, query)
        assert "收楼单 凤凰阁" not in expected
    damage(house)
    for query, found in (("凤凰阁", ["公告 凤凰阁"]), ("房号:3-1201", []), ("类别:YZ", []), ("收楼单", [])):
        answer = search.find(house.archive, auditor, SearchRequest(query))
        assert (answer.from_index, answer.total) == (False, len(found))
        assert [hit.document.title for hit in answer.hits] == found
    assert search.find(house.archive, chen, SearchRequest("凤凰阁")).total == 2


def test_a_hidden_number_is_not_found_by_trying_while_the_index_is_away(house: House) -> None:
    chen = house.person("陈", "archivist")
    house.paper(chen, title="联系 13812340000", class_code="YZ.01", pages=["一"])
    assert search.find(house.archive, chen, SearchRequest("13812340000")).total == 0
    assert search.find(house.archive, chen, SearchRequest("联系")).total == 1


def test_an_index_that_was_deleted_counts_as_lost_and_not_as_empty(house: House) -> None:
    chen = house.person("陈", "archivist")
    assert search.find(house.archive, chen, SearchRequest("收楼")).from_index
    three_papers(house, chen)
    shutil.rmtree(house.archive.settings.index_dir)
    found = search.find(house.archive, chen, SearchRequest("收楼"))
    assert (found.from_index, found.total) == (False, 3)


def test_a_damaged_index_is_built_anew(house: House) -> None:
    chen = house.person("陈", "archivist")
    three_papers(house, chen)
    damage(house)
    assert search.reconcile(house.archive) == Reconciled(0, 0, rebuilt=True)
    assert search.find(house.archive, chen, SearchRequest("密封胶")).total == 3
    assert search.index_status(house.archive) == search.IndexStatus(healthy=True, entries=3)
    assert search.expected_entries(house.archive) == 3


def test_a_rebuilt_index_equals_the_database(house: House) -> None:
    chen = house.person("陈", "archivist")
    three_papers(house, chen)
    told: list[int] = []
    assert search.rebuild(house.archive, told.append) == 3
    assert told
    assert search.reconcile(house.archive) == Reconciled(0, 0, rebuilt=False)


def test_what_the_index_lost_is_announced_again_and_strangers_go(house: House) -> None:
    chen = house.person("陈", "archivist")
    three_papers(house, chen)
    waiting = house.paper(chen, title="刚读完", class_code="YZ.01", pages=["还没编入"])
    with house.archive.reading() as session:
        first = next(iter(house.archive.index.uids()))
        row, _ = records.documents_by_version(session, chen, [first])[first]
    house.archive.index.remove([first])
    entry = search.service.entry_of
    with house.archive.reading() as session:
        text = records.version_texts(session, [house.document(waiting).version_id])[0]
    house.archive.index.put([replace(entry(text), uid=9999)])
    assert search.reconcile(house.archive) == Reconciled(missing=1, strange=1, rebuilt=False)
    # The one on its way has a message of its own and is not announced twice.
    assert house.document(row.id).state == "readable"
    assert list(house.archive.index.uids()) == [2, 3]


def test_a_check_tells_of_entries_that_the_paper_has_outgrown(house: House) -> None:
    chen = house.person("陈", "archivist")
    three_papers(house, chen)
    assert search.stale_versions(house.archive) == []
    stale, *_ = house.archive.index.uids()
    with house.archive.reading() as session:
        text = records.version_texts(session, [stale])[0]
    house.archive.index.put([replace(search.service.entry_of(text), title="旧题名", stamp=text.stamp - 2)])
    assert search.stale_versions(house.archive) == [stale]
    findings = check_consistency(house.archive).findings
    assert [(finding.part, finding.code) for finding in findings] == [("index", "index.stale")]
    assert f"version row {stale}" in findings[0].subject
    assert search.reconcile(house.archive).stale == 1
    assert search.stale_versions(house.archive) == []  # it was announced, and is on its way


def test_a_paper_that_was_described_anew_a_moment_ago_is_not_stale(house: House) -> None:
    chen = house.person("陈", "archivist")
    paper = house.paper(chen, title="收楼单", class_code="YZ.01", pages=["密封胶"])
    indexed(house, paper)
    with house.work(chen) as work:
        revision = house.document(paper).revision
        told = records.Description(title="验房单", class_code="YZ.01")
        records.describe(work, paper, told, revision=revision)
    assert search.stale_versions(house.archive) == []
    assert check_consistency(house.archive).findings == []


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("after:2026-03", {"三月", "四月"}),
        ("之后:2026-03-09", {"四月"}),
        ("before:2026-03", {"二月"}),
        ("年度:2026 -四月", {"二月", "三月"}),
        ("二月 OR 四月", {"二月", "四月"}),
        ("类别:YZ.03", {"四月"}),
        ("房号:3栋1201", {"三月"}),
        ("业主:1201", set()),
    ],
)
def test_while_the_index_is_away_the_same_words_mean_the_same(
    house: House, query: str, titles: set[str]
) -> None:
    chen = house.person("陈", "archivist")
    house.paper(chen, title="二月", class_code="YZ.01", doc_date="2026-02-28", pages=["一"])
    house.paper(chen, title="三月", class_code="YZ.01", doc_date="2026-03-08", unit="3-1201", pages=["一"])
    house.paper(chen, title="四月", class_code="YZ.03", doc_date="2026-04-01", pages=["一"])
    house.paper(chen, title="无日期", class_code="YZ.01", unit="5-0803", pages=["一"])
    without_index = search.find(house.archive, chen, SearchRequest(query))
    search.rebuild(house.archive)
    with_index = search.find(house.archive, chen, SearchRequest(query))
    assert (without_index.from_index, with_index.from_index) == (False, True)
    for found in (without_index, with_index):
        assert {hit.document.title for hit in found.hits} == titles


def test_the_index_is_walked_as_often_however_much_it_has_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = house.person("陈", "archivist")
    three_papers(house, chen)
    walks: list[int] = []
    real = WhooshEngine.stamps

    def stamps(engine: WhooshEngine, after: int = -1) -> Iterator[tuple[int, int]]:
        walks.append(after)
        return real(engine, after)

    monkeypatch.setattr(WhooshEngine, "stamps", stamps)
    monkeypatch.setattr(search.service, "_LOOKED_UP", 1)
    with house.archive.reading() as session:
        texts = records.version_texts(session, [1, 2, 3])
    house.archive.index.put(replace(search.service.entry_of(text), stamp=1) for text in texts)
    assert search.stale_versions(house.archive) == [1, 2, 3]
    assert len(walks) == 2
    house.archive.index.remove([1, 2])
    walks.clear()
    assert search.reconcile(house.archive) == Reconciled(missing=2, strange=0, rebuilt=False, stale=1)
    assert len(walks) == 2
