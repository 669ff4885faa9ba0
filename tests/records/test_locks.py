"""Two people at one document: who works on it, who waits, who breaks in, and what two at once leave behind."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from archive_service import audit, premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.records import LOCK_LASTS, BeingEdited, Description, LockRow, NeedsReason
from archive_service.records.queries.reviewing import lock_breaks
from archive_service.records.service.documents import StaleDescription
from tests.records.test_filing import file_it, notice
from tests.support.house import House

TOLD = Description(title="停电通知", class_code="WS.02", doc_date="2026-03-08")


@pytest.fixture
def zhou(house: House) -> Actor:
    return house.person("周", "archivist")


def takes(house: House, actor: Actor, paper: DocumentId) -> LockRow:
    with house.work(actor) as work:
        return records.take_lock(work, paper)


def describes(house: House, actor: Actor, paper: DocumentId, revision: int) -> None:
    with house.work(actor) as work:
        records.describe(work, paper, TOLD, revision=revision)


def test_one_person_works_on_a_paper_and_others_wait_until_it_is_saved(
    house: House, chen: Actor, zhou: Actor
) -> None:
    paper = house.paper(pages=["停电"])
    held = takes(house, chen, paper)
    assert held.held_by == chen.user_id
    with pytest.raises(BeingEdited):
        takes(house, zhou, paper)
    with pytest.raises(BeingEdited):
        describes(house, zhou, paper, 1)
    with pytest.raises(BeingEdited), house.work(zhou) as work:
        records.discard(work, paper)
    describes(house, chen, paper, 1)
    assert takes(house, zhou, paper).held_by == zhou.user_id


def test_a_page_that_stays_open_keeps_it_and_a_forgotten_one_does_not(
    house: House, chen: Actor, zhou: Actor
) -> None:
    paper = house.paper(pages=["停电"])
    first = takes(house, chen, paper)
    house.clock.passes(seconds=LOCK_LASTS.total_seconds() - 1)
    again = takes(house, chen, paper)
    assert (again.taken_at, again.expires_at) == (first.taken_at, house.clock.now() + LOCK_LASTS)
    house.clock.passes(seconds=LOCK_LASTS.total_seconds())
    with house.archive.reading() as session:
        assert records.lock_of(session, paper, house.clock.now()) is None
    assert takes(house, zhou, paper).taken_at == house.clock.now()


def test_given_back_it_is_free_and_nobody_gives_back_what_is_another_s(
    house: House, chen: Actor, zhou: Actor
) -> None:
    paper = house.paper(pages=["停电"])
    takes(house, chen, paper)
    with house.work(zhou) as work:
        records.release_lock(work, paper)
    with pytest.raises(BeingEdited):
        takes(house, zhou, paper)
    with house.work(chen) as work:
        records.release_lock(work, paper)
    takes(house, zhou, paper)


def test_a_lock_is_broken_by_right_and_with_a_reason(
    house: House, chen: Actor, zhou: Actor, lin: Actor
) -> None:
    paper = house.paper(lin, class_code="WS.02", pages=["停电"])
    takes(house, chen, paper)
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.break_lock(work, paper, "急用")
    with pytest.raises(NeedsReason), house.work(zhou) as work:
        records.break_lock(work, paper, "  ")
    with house.work(zhou) as work:
        assert records.break_lock(work, paper, "陈已下班").held_by == zhou.user_id
    with pytest.raises(BeingEdited):
        takes(house, chen, paper)
    with house.archive.reading() as session:
        broken = [e for e in audit.trail(session, subject=f"document:{paper}") if "broken" in e.action]
        assert lock_breaks(session, paper) == {broken[0].at: "陈已下班"}
    assert broken[0].facts["held_by"] == chen.user_id
    with pytest.raises(DBAPIError), house.work() as work:
        work.session.execute(text("DELETE FROM lock_break"))


def test_nobody_locks_what_they_may_not_change(house: House, chen: Actor, lin: Actor) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    paper = notice(house)
    file_it(house, chen, paper)
    assert house.document(paper, lin).archival_no
    with pytest.raises(Forbidden):
        takes(house, lin, paper)
    own = house.paper(lin, pages=["停电"])
    assert takes(house, lin, own).held_by == lin.user_id
    assert takes(house, chen, paper).held_by == chen.user_id


def test_of_two_at_once_one_gets_the_lock(house: House, chen: Actor, zhou: Actor) -> None:
    paper = house.paper(pages=["停电"])
    start = Barrier(2)

    def tries(actor: Actor) -> bool:
        start.wait()
        try:
            takes(house, actor, paper)
        except BeingEdited:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(tries, (chen, zhou))) == [False, True]


def test_of_two_who_save_at_once_without_a_lock_one_is_shown_the_other_s(
    house: House, chen: Actor, zhou: Actor
) -> None:
    paper = house.paper(pages=["停电"])
    start = Barrier(2)

    def saves(actor: Actor) -> bool:
        start.wait()
        try:
            describes(house, actor, paper, 1)
        except StaleDescription:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(saves, (chen, zhou))) == [False, True]
    assert house.document(paper).revision == 2
