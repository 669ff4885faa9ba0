"""A list is opened by its event, fills with papers that are filed, and keeps what was said of each item."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from archive_service import checklists, records
from archive_service.checklists import ItemStanding, OpenedFilter
from archive_service.checklists.queries.lists import entries as entries_of
from archive_service.checklists.rules import (
    BadEventDay,
    BadPromise,
    ListClosed,
    NeedsPaper,
    NeedsSubject,
    NotFiled,
    SettledMeanwhile,
    UnknownChecklist,
)
from archive_service.checklists.rules.shipped import shipped_lists
from archive_service.classification import class_rows
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records import NeedsReason
from tests.checklists.centre import Centre
from tests.support.house import House


def test_the_service_ships_seventeen_lists_of_197_items_whose_classes_are_in_the_plan(house: House) -> None:
    with house.archive.reading() as session:
        rows, entries = checklists.lists(session), entries_of(session)
        classes = {row.code: row for row in class_rows(session)}
    assert len(rows) == 17 and sum(map(len, entries.values())) == 197
    for row in rows:
        facts, stages = {f.code for f in row.facts}, {s.code for s in row.stages} | {""}
        assert {e.fact for e in entries[row.id]} - {""} == facts, row.code
        assert {e.stage for e in entries[row.id]} <= stages, row.code
        assert {e.class_code for e in entries[row.id]} | set(row.opens_for) <= set(classes), row.code
    with house.work() as work:
        assert checklists.load_shipped_lists(work) == 0  # they are there


def test_a_new_version_stands_beside_the_one_that_opened_lists_keep(
    house: House, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from archive_service.checklists.service import loading

    before = centre.renovation()
    shipped = shipped_lists()
    (renovation,) = (one for one in shipped.lists if one.code == "CL-ZX")
    shorter = replace(renovation, entries=renovation.entries[:5])
    monkeypatch.setattr(loading, "shipped_lists", lambda: replace(shipped, version="1.1", lists=(shorter,)))
    with house.work() as work:
        assert checklists.load_shipped_lists(work) == 1
    with house.archive.reading() as session:
        called = checklists.list_called(session, "CL-ZX")
        assert called is not None and called.version == "1.1"
    after = centre.renovation()
    assert (len(centre.items(before)), len(centre.items(after))) == (34, 5)


def test_a_case_file_opens_the_lists_of_its_class_once(house: House, centre: Centre, chen: Actor) -> None:
    file = centre.file()
    with house.archive.reading() as session:
        told = session.execute(text("SELECT topic, payload FROM outbox_message")).all()
    assert any(topic == "case-file.opened" for topic, _ in told)
    (renovation,) = centre.lists_of(file)
    assert renovation.checklist.code == "CL-ZX" and renovation.stage == "application"
    assert (renovation.unit_id, renovation.steward_id) == (centre.unit, chen.user_id)
    assert centre.lists_of(file) == [renovation]  # a message that comes twice
    assert centre.lists_of(centre.file("ZX.04")) == []


def test_a_list_is_opened_by_hand_with_its_event_and_day(house: House, centre: Centre, lin: Actor) -> None:
    today = business_day(house.clock.now())
    with house.work(lin) as work:
        opened = checklists.open_list(work, "CL-RH", unit_id=centre.unit, event_on=today - timedelta(days=3))
    assert opened.event_on == today - timedelta(days=3) and opened.steward_id == lin.user_id
    assert centre.state(opened, "CL-RH-14") == "missing"  # housing: the register says that it is a flat
    for wrong, error in (
        ({"code": "CL-XX", "case_name": "x"}, UnknownChecklist),
        ({"code": "CL-TG"}, NeedsSubject),
        ({"code": "CL-TG", "case_name": "x", "event_on": today + timedelta(days=1)}, BadEventDay),
        ({"code": "CL-RH", "unit_id": 999}, NotFound),
        ({"code": "CL-ZX", "case_file_id": 999}, NotFound),
    ):
        with pytest.raises(error), house.work(lin) as work:
            checklists.open_list(work, **wrong)
    with pytest.raises(Forbidden), house.work(house.person("何", "auditor")) as work:
        checklists.open_list(work, "CL-TG", case_name="停水通知")


def test_one_paper_stands_for_several_items_and_is_taken_back_with_a_reason(
    house: House, centre: Centre, chen: Actor
) -> None:
    file = centre.file()
    (opened,) = centre.lists_of(file)
    paper = centre.filed("装修申请表", file=file)
    assert centre.links(opened, "CL-ZX-01", paper).state is ItemStanding.SATISFIED
    row = centre.links(opened, "CL-ZX-02", paper)
    assert row.state is ItemStanding.SATISFIED
    with pytest.raises(SettledMeanwhile):
        centre.links(opened, "CL-ZX-02", paper)
    with pytest.raises(NeedsReason), house.work(chen) as work:
        checklists.take_back(work, row.live[0].id, reason=" ")
    with house.work(chen) as work:
        back = checklists.take_back(work, row.live[0].id, reason="不是这份合同")
    assert back.state is ItemStanding.MISSING and not back.live
    assert back.settlements[0].end_reason == "不是这份合同" and back.settlements[0].ended_by == chen.user_id
    with pytest.raises(SettledMeanwhile), house.work(chen) as work:
        checklists.take_back(work, row.live[0].id, reason="再来一次")
    assert centre.state(opened, "CL-ZX-01") == "satisfied"


def test_only_what_is_filed_stands_for_an_item(house: House, centre: Centre, chen: Actor) -> None:
    opened = centre.renovation()
    draft = house.paper(title="装修申请表", class_code="ZX.01", pages=["装修申请表"])
    item = centre.item(opened, "CL-ZX-01")
    with pytest.raises(NotFiled), house.work(chen) as work:
        checklists.link_paper(work, item.id, document_id=draft)
    with pytest.raises(NeedsPaper), house.work(chen) as work:
        checklists.link_paper(work, item.id)
    with pytest.raises(NotFound), house.work(chen) as work:
        checklists.link_paper(work, item.id, archival_no="WY01-ZX·01·2026-0001-099")


def test_a_paper_is_named_by_its_number_in_any_spelling(house: House, centre: Centre, chen: Actor) -> None:
    file = centre.file()
    (opened,) = centre.lists_of(file)
    paper = house.document(centre.filed("装修申请表", file=file))
    typed = paper.archival_no.replace("·", ".").lower()
    with house.work(chen) as work:
        row = checklists.link_paper(work, centre.item(opened, "CL-ZX-01").id, archival_no=typed)
    assert row.live[0].document_id == paper.id


def test_set_aside_and_promised_with_history(house: House, centre: Centre, lin: Actor) -> None:
    opened = centre.renovation()
    today = business_day(house.clock.now())
    item = centre.item(opened, "CL-ZX-11")
    with pytest.raises(NeedsReason), house.work(lin) as work:
        checklists.set_aside(work, item.id, reason="")
    for day in (None, today - timedelta(days=1), today + timedelta(days=800)):
        with pytest.raises(BadPromise), house.work(lin) as work:
            checklists.promise(work, item.id, day=day)
    with house.work(lin) as work:
        row = checklists.promise(
            work, item.id, day=today + timedelta(days=7), reason="业主出差", seen=item.seen
        )
    assert row.state is ItemStanding.PROMISED and row.promised_for == today + timedelta(days=7)
    with pytest.raises(SettledMeanwhile), house.work(lin) as work:
        checklists.set_aside(work, item.id, reason="不装修了", seen=item.seen)  # seen before the promise
    with house.work(lin) as work:
        row = checklists.promise(work, item.id, day=today + timedelta(days=14))
    with house.work(lin) as work:
        row = checklists.set_aside(work, item.id, reason="改用统一协议", seen=row.seen)
    assert row.state is ItemStanding.NOT_APPLICABLE
    kinds = [(s.kind.value, s.is_live) for s in row.settlements]
    assert kinds == [("not_applicable", True), ("promise", True), ("promise", False)]
    full = centre.fullness(opened)
    assert (full.settled, full.promised) == (1, 0)


def test_the_database_keeps_what_was_said(house: House, centre: Centre, chen: Actor) -> None:
    opened = centre.renovation()
    with house.work(chen) as work:
        row = checklists.set_aside(work, centre.item(opened, "CL-ZX-11").id, reason="统一签")
    for statement in (
        "UPDATE checklist_settlement SET reason = 'x'",
        "DELETE FROM checklist_settlement",
        "DELETE FROM checklist_item",
        "DELETE FROM checklist_change",
        "UPDATE checklist_settlement SET ended_at = at",  # without a reason
    ):
        with pytest.raises(DBAPIError), house.work() as work:
            work.session.execute(text(statement))
    with house.work(chen) as work:
        checklists.take_back(work, row.live[0].id, reason="还是要")
    with pytest.raises(DBAPIError), house.work() as work:
        work.session.execute(text("UPDATE checklist_settlement SET ended_at = NULL, end_reason = ''"))


def test_a_closed_list_takes_nothing_until_it_is_opened_again(
    house: House, centre: Centre, chen: Actor, lin: Actor
) -> None:
    zhao = house.person("赵", "sc_manager")
    with house.work(lin) as work:
        opened = checklists.open_list(work, "CL-TG", case_name="停水通知")
    with pytest.raises(NeedsReason), house.work(zhao) as work:
        checklists.close_list(work, opened.id)  # with gaps
    with house.work(zhao) as work:
        closed = checklists.close_list(work, opened.id, reason="通知撤回")
    assert not closed.is_open
    with pytest.raises(ListClosed), house.work(lin) as work:
        checklists.set_aside(work, centre.item(opened, "CL-TG-01").id, reason="x")
    with house.work(chen) as work:
        assert checklists.reopen_list(work, opened.id, reason="重新发文").is_open
    with house.work(zhao) as work:
        assert checklists.entrust(work, opened.id, chen.user_id or 0).steward_id == chen.user_id
    with pytest.raises(Forbidden), house.work(lin) as work:
        checklists.entrust(work, opened.id, zhao.user_id or 0)
    assert [row.id for row in centre.listed(OpenedFilter(steward_id=chen.user_id))] == [opened.id]


def test_filing_a_paper_proposes_it_and_a_person_confirms(house: House, centre: Centre, chen: Actor) -> None:
    file = centre.file()
    (opened,) = centre.lists_of(file)
    paper = centre.filed("装修管理服务协议", file=file)
    with house.archive.reading() as session:
        fits = checklists.fits_of(session, chen, paper)
        rows = checklists.items(session, chen, opened.id)
        proposed = checklists.proposals(session, chen, opened, rows)
    assert fits[0].entry.code == "CL-ZX-11" and fits[0].likeness == 1
    assert proposed[fits[0].item_id][0].paper.id == paper
    assert {fit.entry.class_code for fit in fits} == {"ZX.01"}
    assert centre.state(opened, "CL-ZX-11") == "missing"
    centre.links(opened, "CL-ZX-11", paper)
    with house.archive.reading() as session:
        assert checklists.proposals(session, chen, opened, checklists.items(session, chen, opened.id)) == {}
        assert records.filed_papers(session, chen, classes={"ZX.01"}, unit_id=centre.unit)[0].id == paper
