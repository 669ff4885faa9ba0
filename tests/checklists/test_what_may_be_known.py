"""Nobody learns from a checklist that a paper exists which is hidden from them."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
from sqlalchemy import text

from archive_service import checklists
from archive_service.checklists import OpenedFilter, OpenedRow, TaskFilter
from archive_service.checklists.rules import NeedsWholeSight
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.unit_of_work import UnitOfWork
from tests.checklists.centre import Centre
from tests.support.house import House
from tests.support.pages import Desk

TOKEN: Final = re.compile(r'(?:csrf[-_]token"|nonce=)[^>]*>')


def everything(house: House, centre: Centre, opened: OpenedRow, who: Actor, desk: Desk) -> str:
    """All that this person can be told of a list, at the page and as rows, without form tokens and times."""
    client = desk.sits(who)
    seen: list[Any] = [
        TOKEN.sub("", client.get(address).text)
        for address in (
            f"/checklists/{opened.id}",
            f"/checklists/{opened.id}/print",
            "/checklists",
            "/checklists/missing",
            "/checklists/missing/print",
            "/checklists/tasks?show=all",
            "/checklists/tasks?show=closed",
            f"/premises/units/{centre.unit}",
            "/",
        )
    ]
    with house.archive.reading() as session:
        today = business_day(house.clock.now())
        seen += [
            repr(checklists.items(session, who, opened.id)),
            repr(checklists.completeness(session, who, [opened.id])),
            repr(checklists.missing(session, who)),
            checklists.missing_count(session, who),
            repr(checklists.tasks(session, who, today, TaskFilter(open=None))),
            checklists.waiting_count(session, who, today),
        ]
    return json.dumps(seen, ensure_ascii=False)


@pytest.mark.parametrize("role", ["front_desk", "engineering"])
def test_a_hidden_paper_changes_no_byte_of_what_is_told(
    house: House, centre: Centre, chen: Actor, role: str, desk: Desk
) -> None:
    who = house.person("她", role)
    file = centre.file()
    (opened,) = centre.lists_of(file)
    identity = centre.filed("业主身份证复印件", "YZ.02", file=centre.file("YZ.02", "身份资料"))
    raised = centre.filed("装修申请表", file=file, level=Level.CONFIDENTIAL)  # of a class that she sees
    before = everything(house, centre, opened, who, desk)
    assert "装修申请表" in before
    # One stands for an item of a hidden class, one for an item of an open one.
    centre.links(opened, "CL-ZX-03", identity)
    centre.links(opened, "CL-ZX-01", raised)
    assert centre.state(opened, "CL-ZX-01") == centre.state(opened, "CL-ZX-03") == "satisfied"
    assert everything(house, centre, opened, who, desk) == before
    # Nor when one of them closes a task, and when it is taken back.
    with house.work(chen) as work:
        item = checklists.item(work.session, chen, centre.item(opened, "CL-ZX-01").id)[1]
        checklists.take_back(work, item.live[0].id, reason="先撤回")
    house.clock.passes(days=31)
    assert checklists.chase_gaps(house.archive)[0] > 0
    before = everything(house, centre, opened, who, desk)
    centre.links(opened, "CL-ZX-01", raised)
    assert everything(house, centre, opened, who, desk) == before
    house.clock.passes(days=31)
    told = everything(house, centre, opened, who, desk)
    checklists.chase_gaps(house.archive)
    assert everything(house, centre, opened, who, desk) == told


def test_items_of_hidden_classes_can_not_be_touched_nor_asked_about(
    house: House, centre: Centre, lin: Actor, chen: Actor
) -> None:
    opened = centre.renovation()
    hidden = centre.item(opened, "CL-ZX-03").id
    assert centre.state(opened, "CL-ZX-03", lin) == "closed"
    verbs: tuple[Callable[[UnitOfWork], object], ...] = (
        lambda work: checklists.set_aside(work, hidden, reason="x"),
        lambda work: checklists.promise(work, hidden, day=date(2026, 3, 20)),
        lambda work: checklists.link_paper(work, hidden, archival_no="x"),
        lambda work: checklists.take_back(work, 1, reason="x"),
    )
    for verb in verbs:
        with pytest.raises(NotFound), house.work(lin) as work:
            verb(work)
    # Whether the papers for a permit are complete is told only to who sees all of them.
    with house.work(chen) as work:
        checklists.tell_facts(work, opened.id, {fact.code: False for fact in opened.checklist.facts})
        for seen, stage in (("application", "approval"), ("approval", "payment")):
            checklists.enter_stage(work, opened.id, stage, seen=seen)
    with pytest.raises(NeedsWholeSight), house.work(lin) as work:
        checklists.enter_stage(work, opened.id, "permit", seen="payment")
    with pytest.raises(NeedsWholeSight), house.work(lin) as work:
        checklists.close_list(work, opened.id)


def test_she_goes_on_with_an_item_that_looks_open_to_her(house: House, centre: Centre, lin: Actor) -> None:
    """Refusing her would tell that something stands there."""
    file = centre.file()
    (opened,) = centre.lists_of(file)
    raised = centre.filed("装修申请表", file=file, level=Level.CONFIDENTIAL)
    centre.links(opened, "CL-ZX-01", raised)
    item = centre.item(opened, "CL-ZX-01", lin)
    assert item.state.value == "missing" and item.seen == "0" and not item.settlements
    with house.work(lin) as work:
        row = checklists.promise(work, item.id, day=date(2026, 3, 20), seen=item.seen)
    assert row.state.value == "promised"
    with pytest.raises(NotFound), house.work(lin) as work:
        checklists.link_paper(work, item.id, document_id=raised)
    own = centre.filed("装修申请表(补)", file=file)
    assert centre.links(opened, "CL-ZX-01", own, lin).state.value == "satisfied"


def test_a_list_of_a_hidden_case_file_is_hidden_with_it(house: House, centre: Centre, chen: Actor) -> None:
    wu = house.person("吴", "engineering")  # sees no personal papers
    (opened,) = centre.lists_of(centre.file("YZ.01", "3栋2单元1201入伙"))
    assert opened.checklist.code == "CL-RH"
    assert centre.listed(OpenedFilter(), wu) == []
    with house.archive.reading() as session, pytest.raises(NotFound):
        checklists.opened_list(session, wu, opened.id)
    with pytest.raises(NotFound), house.work(wu) as work:
        checklists.tell_facts(work, opened.id, {"agent": True})


def test_who_only_looks_changes_nothing(house: House, centre: Centre) -> None:
    opened = centre.renovation()
    item = centre.item(opened, "CL-ZX-01").id
    for role in ("auditor", "company_leader", "cashier", "it_admin"):
        who = house.person(role.replace("_", ""), role)
        for verb in (
            lambda work: checklists.set_aside(work, item, reason="x"),
            lambda work: checklists.open_list(work, "CL-TG", case_name="x"),
            lambda work: checklists.enter_stage(work, opened.id, "approval", seen="application"),
            lambda work: checklists.entrust(work, opened.id, 1),
            lambda work: checklists.close_list(work, opened.id, reason="x"),
        ):
            with pytest.raises(Forbidden), house.work(who) as work:
                verb(work)


def test_the_trail_names_ids_and_codes_and_nobody(house: House, centre: Centre, lin: Actor) -> None:
    with house.work(lin) as work:
        opened = checklists.open_list(work, "CL-TG", case_name="张示例投诉停水")
        rows = checklists.items(work.session, lin, opened.id)
        checklists.set_aside(work, rows[0].id, reason="张示例口头答应")
    with house.archive.reading() as session:
        told = session.execute(text("SELECT action, facts FROM audit_event")).all()
    ours = [str(row) for row in told if row[0].startswith("checklist.")]
    assert len(ours) == 2 and not any("张示例" in row for row in ours)
