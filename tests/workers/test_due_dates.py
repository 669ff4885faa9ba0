"""In the background: an approved rule reaches every paper, units find their papers, old numbers are searched by."""

from datetime import date

import pytest

from archive_service import premises, records, search
from archive_service.jobs import JobName
from archive_service.kernel.actor import Actor
from archive_service.records.service import retention, unit_links
from tests.records.test_filing import file_it, notice
from tests.records.test_retention import due, keep_for, rule_id
from tests.support.filed import a_register, moved
from tests.support.house import House
from tests.workers.test_handing_out import Post, Worker, settle, worker
from workers.job_runs import run_job

__all__ = ["worker"]


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def test_an_approved_rule_reaches_every_paper_of_the_class(
    house: House, chen: Actor, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_AT_ONCE", 2)
    papers = [notice(house) for _ in range(5)]
    for paper in papers:
        file_it(house, chen, paper)
    keep_for(house, house.person("高", "archive_head"), "WS.02", 5)
    with house.work(chen) as work:
        approval = records.approve_rule(work, "WS.02", rule_id=rule_id(house, "WS.02"), reason="照新规定")
        work.publish("retention.rule-approved", approval_id=approval.id)  # told twice
    settle(worker, Post())
    assert {due(house, paper) for paper in papers} == {date(2032, 1, 1)}
    with house.archive.reading() as session:
        done = records.approvals(session)[0]
    assert (done.done, done.total, done.finished_at is not None) == (5, 5, True)


def test_units_that_came_later_find_their_papers_at_night(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_links, "MOST_AT_ONCE", 2)
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    papers = [house.paper(title=f"第{n}件", unit="5-0301") for n in range(5)]
    unit = a_register(house)
    assert run_job(worker.tools, JobName.UNIT_LINKS)
    assert {house.document(paper).unit_id for paper in papers} == {unit}


def test_a_paper_is_found_by_the_number_it_had_before(house: House, chen: Actor, worker: Worker) -> None:
    paper, other = notice(house), notice(house)
    for one in (paper, other):
        file_it(house, chen, one)
    moved(house, chen, paper, "WS.02.Z")
    settle(worker, Post())
    for typed in ("WY01-WS·02·2026-D10-KF-0001", "no:wy01-ws.02.z.2026-d30-kf-0001"):
        answer = search.find(house.archive, chen, search.SearchRequest(typed))
        assert [hit.document.id for hit in answer.hits] == [paper], typed
