"""What stays away becomes a task of whoever is in charge, and after a while the manager's business."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from archive_service import audit, checklists, records
from archive_service.checklists import TaskFilter, TaskRow
from archive_service.checklists.models import OpenedChecklist
from archive_service.checklists.rules import StageMeanwhile, TaskEnd, UnknownFact, UnknownStage
from archive_service.checklists.service import chasing
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.clock import business_day
from archive_service.records import Pii, Place
from tests.checklists.centre import FACTS, Centre
from tests.support.house import House
from tests.support.pages import Desk, text_of

OPEN = TaskFilter()


def tasks(house: House, actor: Actor | None = None, wanted: TaskFilter = OPEN) -> list[TaskRow]:
    with house.archive.reading() as session:
        today = business_day(house.clock.now())
        return checklists.tasks(session, actor or service_actor(), today, wanted)


def waiting(house: House, actor: Actor) -> int:
    with house.archive.reading() as session:
        return checklists.waiting_count(session, actor, business_day(house.clock.now()))


def test_after_thirty_days_a_gap_is_a_task_and_after_sixty_the_managers(
    house: House, centre: Centre, chen: Actor, desk: Desk
) -> None:
    zhao = house.person("赵", "sc_manager")
    centre.renovation()
    house.clock.passes(days=29)
    assert checklists.chase_gaps(house.archive) == (0, 0)
    house.clock.passes(days=1)
    assert checklists.chase_gaps(house.archive) == (6, 0)
    assert checklists.chase_gaps(house.archive) == (0, 0)  # once
    today = business_day(house.clock.now())
    assert {row.due_on for row in tasks(house)} == {today + timedelta(days=30)}
    assert {row.steward_id for row in tasks(house)} == {chen.user_id}
    assert (waiting(house, chen), waiting(house, zhao)) == (6, 0)
    assert "待补齐资料 6" in text_of(desk.sits(chen).get("/").text)
    house.clock.passes(days=30)
    assert checklists.chase_gaps(house.archive) == (0, 6)
    assert checklists.chase_gaps(house.archive) == (0, 0)
    assert waiting(house, zhao) == 6
    page = text_of(desk.sits(zhao).get("/checklists/tasks").text)
    assert "装修申请表" in page and "经理督办" in page


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(
    house: House, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.renovation()
    house.clock.passes(days=30)
    monkeypatch.setattr(chasing, "BATCH", 2)
    told: list[tuple[int, int | None]] = []

    def break_off(done: int, total: int | None) -> None:
        told.append((done, total))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checklists.chase_gaps(house.archive, break_off)
    assert told == [(2, 6), (4, 6)] and len(tasks(house)) == 4
    assert checklists.chase_gaps(house.archive) == (2, 0)
    assert len({row.item_id for row in tasks(house)}) == 6


def test_a_promise_holds_the_task_back_until_its_day(house: House, centre: Centre, chen: Actor) -> None:
    opened = centre.renovation()
    day = business_day(house.clock.now()) + timedelta(days=40)
    with house.work(chen) as work:
        checklists.promise(work, centre.item(opened, "CL-ZX-01").id, day=day)
    house.clock.passes(days=35)
    assert checklists.chase_gaps(house.archive) == (5, 0)
    house.clock.passes(days=6)
    assert checklists.chase_gaps(house.archive) == (1, 0)


def test_of_a_takeover_the_promise_itself_opens_the_task(house: House, centre: Centre, chen: Actor) -> None:
    with house.work(chen) as work:
        opened = checklists.open_list(work, "CL-TZ", case_name="一期承接查验")
        day = business_day(work.now) + timedelta(days=20)
        checklists.promise(work, checklists.items(work.session, chen, opened.id)[0].id, day=day)
    (task,) = tasks(house)
    assert (task.reason, task.due_on) == ("promised", day)


def test_a_task_is_closed_by_its_evidence_or_when_nothing_is_needed_any_more(
    house: House, centre: Centre, chen: Actor, desk: Desk
) -> None:
    file = centre.file()
    (opened,) = centre.lists_of(file)
    house.clock.passes(days=30)
    checklists.chase_gaps(house.archive)
    by_code = {row.entry.code: row for row in tasks(house)}
    paper = house.document(centre.filed("装修申请表", file=file))
    client = desk.sits(chen)
    address = f"/checklists/tasks/{by_code['CL-ZX-01'].id}/closing"
    assert client.post(address, data={"archival_no": "WY01-?"}).status_code == 404
    copied = f"https://archive.example/{'behind/a/proxy/' * 4}documents/{paper.id}"
    assert client.post(address, data={"archival_no": copied}).status_code == 303
    assert centre.state(opened, "CL-ZX-01") == "satisfied"
    with house.work(chen) as work:
        checklists.set_aside(work, by_code["CL-ZX-05"].item_id, reason="只换家具")
    done = {row.entry.code: row for row in tasks(house, wanted=TaskFilter(open=False))}
    assert done["CL-ZX-01"].evidence == paper.id and done["CL-ZX-01"].outcome is TaskEnd.EVIDENCE
    assert done["CL-ZX-05"].outcome is TaskEnd.NOT_NEEDED and len(tasks(house)) == 4
    # What is taken back is a gap again, and the next night makes a task of it.
    with house.work(chen) as work:
        item = checklists.item(work.session, chen, by_code["CL-ZX-01"].item_id)[1]
        checklists.take_back(work, item.live[0].id, reason="错件")
    assert checklists.chase_gaps(house.archive) == (1, 0)
    assert "装修申请表" in text_of(client.get("/checklists/tasks?show=mine").text)


def test_a_closed_list_is_nobodys_business_until_it_is_opened_again(
    house: House, centre: Centre, chen: Actor
) -> None:
    zhao = house.person("赵", "sc_manager")
    opened = centre.renovation()
    house.clock.passes(days=30)
    checklists.chase_gaps(house.archive)
    with house.work(zhao) as work:
        checklists.close_list(work, opened.id, reason="业主取消装修")
    assert tasks(house) == [] and waiting(house, chen) == 0
    assert {row.outcome for row in tasks(house, wanted=TaskFilter(open=False))} == {TaskEnd.NOT_NEEDED}
    with house.archive.reading() as session:
        ended = [e for e in audit.trail(session, limit=30) if e.action == "supplement-task.closed"]
    assert len(ended) == 6
    house.clock.passes(days=30)
    assert checklists.chase_gaps(house.archive) == (0, 0) and waiting(house, zhao) == 0
    with house.work(chen) as work:
        checklists.reopen_list(work, opened.id, reason="又开工了")
    assert checklists.chase_gaps(house.archive) == (6, 6)


def test_the_tasks_of_a_list_that_was_closed_before_end_by_night(
    house: House, centre: Centre, chen: Actor
) -> None:
    opened = centre.renovation()
    house.clock.passes(days=30)
    checklists.chase_gaps(house.archive)
    with house.work() as work:
        closed = {"state": "closed", "closed_at": work.now}
        work.session.execute(update(OpenedChecklist).where(OpenedChecklist.id == opened.id).values(**closed))
    house.clock.passes(days=60)
    assert checklists.chase_gaps(house.archive) == (0, 0) and tasks(house) == []


def test_a_paper_whose_filing_was_cancelled_stands_for_nothing_until_it_is_filed_again(
    house: House, centre: Centre, chen: Actor, desk: Desk
) -> None:
    file = centre.file()
    (opened,) = centre.lists_of(file)
    paper = centre.filed("装修申请表", file=file)
    centre.links(opened, "CL-ZX-01", paper)
    house.clock.passes(days=30)
    assert checklists.chase_gaps(house.archive) == (5, 0)
    before = centre.fullness(opened)
    with house.work(chen) as work:
        records.withdraw_filing(work, paper, revision=2, reason="放错了")
    for actor in (None, chen, house.person("林", "front_desk")):
        assert centre.state(opened, "CL-ZX-01", actor) == "missing"
    assert centre.fullness(opened).missing == before.missing + 1
    with house.archive.reading() as session:
        told = checklists.missing(session, chen)
    assert "CL-ZX-01" in {row.entry.code for row in told}
    client = desk.sits(chen)
    assert "归档已撤销" in text_of(client.get(f"/checklists/{opened.id}").text)
    assert checklists.chase_gaps(house.archive) == (1, 0)
    with house.work(chen) as work:
        # What is said of the item meanwhile does not close its task by a paper without a number.
        day = business_day(work.now) + timedelta(days=5)
        checklists.promise(work, centre.item(opened, "CL-ZX-01").id, day=day)
    assert len(tasks(house)) == 6
    with house.work(chen) as work:
        place = Place(file_no=file.file_no)
        records.file_document(work, paper, replace(FACTS, carries_pii=Pii.PERSONAL), place, revision=3)
    assert (
        centre.state(opened, "CL-ZX-01") == "satisfied" and centre.fullness(opened).missing == before.missing
    )
    checklists.chase_gaps(house.archive)
    (done,) = tasks(house, wanted=TaskFilter(open=False))
    assert (done.entry.code, done.outcome, done.evidence) == ("CL-ZX-01", TaskEnd.EVIDENCE, paper)


def test_conditional_items_follow_the_facts_and_the_stages(house: House, centre: Centre, chen: Actor) -> None:
    opened = centre.renovation()
    assert centre.state(opened, "CL-ZX-04") == "undecided"  # does a tenant apply?
    assert centre.state(opened, "CL-ZX-13") == "later"
    with house.work(chen) as work:
        checklists.tell_facts(work, opened.id, {"tenant_applies": True, "deposit": True})
    assert centre.state(opened, "CL-ZX-04") == "missing"
    assert centre.state(opened, "CL-ZX-32") == "later"
    house.clock.passes(days=30)
    checklists.chase_gaps(house.archive)
    assert "CL-ZX-04" in {row.entry.code for row in tasks(house)}
    with house.work(chen) as work:
        checklists.tell_facts(work, opened.id, {"tenant_applies": False})
    assert centre.state(opened, "CL-ZX-04") == "not_needed"
    assert "CL-ZX-04" not in {row.entry.code for row in tasks(house)}
    with house.work(chen) as work:
        checklists.enter_stage(work, opened.id, "approval", seen="application", facts={"structure": False})
    row = centre.item(opened, "CL-ZX-13")
    assert row.state.value == "missing" and row.needed_since == business_day(house.clock.now())
    with pytest.raises(StageMeanwhile), house.work(chen) as work:
        checklists.enter_stage(work, opened.id, "payment", seen="application")
    with pytest.raises(UnknownStage), house.work(chen) as work:
        checklists.enter_stage(work, opened.id, "refund", seen="approval")
    with pytest.raises(UnknownFact), house.work(chen) as work:
        checklists.tell_facts(work, opened.id, {"moon": True})
