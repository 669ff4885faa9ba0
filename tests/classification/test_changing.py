"""The plan in the database: every change a version, nothing taken away, one at a time."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import classification
from archive_service.classification import queries, service
from archive_service.classification.rules import FilePlan, shipped_plan
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.levels import Level
from tests.classification.test_rules import a_class, added, with_class
from tests.support.house import House


def in_force(house: House) -> FilePlan:
    with house.archive.reading() as session:
        found = queries.plan_in_force(session)
    assert found is not None
    return found


def test_the_shipped_plan_is_the_first_version_and_loaded_once(house: House) -> None:
    assert in_force(house) == shipped_plan()
    with house.work() as work:
        assert not service.load_shipped_plan(work)
        rows = {row.code: row for row in classification.class_rows(work.session)}
        assert [v.number for v in queries.scheme_versions(work.session)] == ["1.0"]
    assert rows["KU.03"].retention == shipped_plan().by_code["KU.03"].retention
    assert rows["KU"].retention is None
    assert list(rows) == [c.code for c in shipped_plan().classes]


def test_a_change_is_a_version_with_who_when_and_why(house: House, head: Actor) -> None:
    new = added(with_class(in_force(house), "WS.02", name_zh="通知与公告"), a_class())
    with house.work(head) as work:
        numbered = service.change_plan(work, new, reason="  分出会议\n纪要 ", seen="1.0")
    assert numbered.number == "1.1"
    assert in_force(house) == replace(new, number="1.1")
    with house.archive.reading() as session:
        newest, first = queries.scheme_versions(session)
        assert queries.plan_of_version(session, "1.0") == shipped_plan()
        minutes, notices = queries.class_row(session, "WS.20"), queries.class_row(session, "WS.02")
    assert (newest.number, newest.reason, newest.loaded_by) == ("1.1", "分出会议 纪要", head.user_id)
    assert newest.changes == (
        {"kind": "changed", "code": "WS.02", "fields": ["name_zh"]},
        {"kind": "added", "code": "WS.20", "fields": []},
    )
    assert first.reason == ""
    assert minutes is not None and minutes.takes_documents
    assert notices is not None and notices.name_zh == "通知与公告"


def test_a_new_period_leaves_the_old_rule_to_the_papers_that_have_it(house: House, head: Actor) -> None:
    old = in_force(house)
    rule = old.by_code["WS.02"].retention
    assert rule is not None
    longer = replace(rule, years=30, code="D30", label_zh="定期30年")
    with house.archive.reading() as session:
        before = queries.class_row(session, "WS.02")
    with house.work(head) as work:
        service.change_plan(work, with_class(old, "WS.02", retention=longer), reason="按新规定", seen="1.0")
    with house.archive.reading() as session:
        after = queries.class_row(session, "WS.02")
        rows = session.execute(
            text("SELECT years, in_force FROM retention_rule WHERE class_code = 'WS.02' ORDER BY id")
        ).all()
    assert before is not None and after is not None
    assert after.retention == longer and after.retention_id != before.retention_id
    assert [(years, bool(now)) for years, now in rows] == [(10, False), (30, True)]
    with pytest.raises(IntegrityError), house.work() as work:
        work.session.execute(text("UPDATE retention_rule SET in_force = true WHERE class_code = 'WS.02'"))


def test_a_closed_class_takes_no_more_papers_and_may_open_again(house: House, head: Actor) -> None:
    def close(closed: bool, seen: str) -> None:
        with house.work(head) as work:
            new = with_class(in_force(house), "WS.08", is_closed=closed)
            service.change_plan(work, new, reason="不再收", seen=seen)

    paper = house.paper(class_code="WS.08")
    close(True, "1.0")
    with pytest.raises(service.UnknownClass):
        house.paper(class_code="WS.08")
    assert house.document(paper).class_code == "WS.08"
    close(False, "1.1")
    house.paper(class_code="WS.08")


def test_who_comes_second_looks_again(house: House, head: Actor) -> None:
    old = in_force(house)
    with house.work(head) as work:
        service.change_plan(work, added(old, a_class()), reason="一", seen="1.0")
    with pytest.raises(service.PlanChangedMeanwhile), house.work(head) as work:
        service.change_plan(work, added(old, a_class("WS.21")), reason="二", seen="1.0")


def test_a_change_needs_a_right_a_reason_and_a_difference(house: House, head: Actor) -> None:
    old = in_force(house)
    with pytest.raises(Forbidden), house.work(house.person("小李", "archivist", "front_desk")) as work:
        service.change_plan(work, added(old, a_class()), reason="好", seen="1.0")
    for reason, error in ((" \n", service.ReasonNeeded), ("长" * 256, service.ReasonTooLong)):
        with pytest.raises(error), house.work(head) as work:
            service.change_plan(work, added(old, a_class()), reason=reason, seen="1.0")
    with pytest.raises(service.NothingChanges), house.work(head) as work:
        service.change_plan(work, old, reason="好", seen="1.0")
    with pytest.raises(service.OtherScheme), house.work(head) as work:
        service.change_plan(work, replace(old, scheme="XX-2020"), reason="好", seen="1.0")
    assert in_force(house).number == "1.0"


def test_a_raised_level_is_announced(house: House, head: Actor) -> None:
    old = in_force(house)
    raised = with_class(with_class(old, "WS.02", level=Level.PERSONAL), "KJ.02.DQ", level=Level.INTERNAL)
    with house.work(head) as work:
        service.change_plan(work, raised, reason="含业主姓名", seen="1.0")
    with house.archive.reading() as session:
        payloads = session.execute(text("SELECT topic, payload FROM outbox_message")).all()
    assert [topic for topic, _ in payloads] == ["class.level-raised"]
