"""A class that became more confidential takes its papers along."""

import pytest

from archive_service import records
from archive_service.classification import service as plans
from archive_service.classification.queries import plan_in_force
from archive_service.kernel.levels import Level
from archive_service.records import VersionState
from archive_service.records.service import levels
from tests.classification.test_rules import with_class
from tests.support.house import House
from tests.workers.test_handing_out import Post, Worker, settle, worker

__all__ = ["worker"]


def raise_class(house: House, code: str, level: Level) -> None:
    with house.work() as work:
        old = plan_in_force(work.session)
        assert old is not None
        plans.change_plan(work, with_class(old, code, level=level), reason="含个人信息", seen=old.number)


def test_papers_rise_with_their_class_and_are_hidden_from_who_must_not_see_them(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "MOST_AT_ONCE", 2)
    engineer = house.person("孙工", "engineering")
    papers = [house.paper(class_code="WS.02", pages=["停水通知"]) for _ in range(5)]
    higher = house.paper(class_code="WS.02", level=Level.CONFIDENTIAL)
    other = house.paper(class_code="WS.03")
    settle(worker, Post())
    raise_class(house, "WS.02", Level.PERSONAL)
    settle(worker, Post())
    assert {house.document(paper).level for paper in papers} == {Level.PERSONAL}
    assert {house.document(paper).state for paper in papers} == {VersionState.SEARCHABLE}
    assert house.document(higher).level is Level.CONFIDENTIAL
    assert house.document(other).level is Level.INTERNAL
    with house.archive.reading() as session:
        corrections = records.corrections(session, papers[0])
        assert records.class_counts(session, engineer) == {"WS.03": 1}
    assert [(c.before, c.after, c.by) for c in corrections] == [
        ({"level": "PUBLIC"}, {"level": "PERSONAL"}, None)
    ]


def test_told_twice_they_rise_once(house: House, worker: Worker) -> None:
    paper = house.paper(class_code="WS.02")
    raise_class(house, "WS.02", Level.PERSONAL)
    with house.work() as work:
        work.publish("class.level-raised", class_code="WS.02")
        work.publish("class.level-raised", class_code="WS.99")
    settle(worker, Post())
    assert house.document(paper).revision == 2
    with house.archive.reading() as session:
        assert len(records.corrections(session, paper)) == 1


def test_a_lower_level_of_the_class_lowers_nothing(house: House, worker: Worker) -> None:
    paper = house.paper(class_code="YZ.01")
    before = house.document(paper).level
    raise_class(house, "YZ.01", Level.PUBLIC)
    settle(worker, Post())
    assert house.document(paper).level is before
