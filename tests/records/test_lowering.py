"""A level rises by itself and falls only by two people."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import (
    Dept,
    Description,
    NeedsReason,
    Place,
    RequestState,
)
from archive_service.records.rules.placing import (
    LevelChanged,
    NotLower,
    OwnRequest,
    RequestDecided,
    RequestWaits,
)
from tests.records.test_filing import file_it, notice, opened
from tests.support.filed import WHY, archivist_of_a_project, moved
from tests.support.house import House


@pytest.fixture
def chen(house: House) -> Actor:
    return archivist_of_a_project(house)


def test_the_level_rises_with_the_class_and_falls_only_by_two(house: House, chen: Actor) -> None:
    paper = notice(house)
    file_it(house, chen, paper)
    moved(house, chen, paper, "WS.09", Place(file_no=opened(house, chen, "WS.09").file_no))
    assert house.document(paper).level is Level.CONFIDENTIAL
    moved(house, chen, paper, "WS.02", Place(dept=Dept.KF), revision=3)
    assert house.document(paper).level is Level.CONFIDENTIAL
    zhou, lin = house.person("周", "archive_head"), house.person("林", "front_desk")
    with pytest.raises(NotFound), house.work(lin) as work:
        records.ask_lower_level(work, paper, Level.PUBLIC, reason=WHY)
    with pytest.raises(NotLower), house.work(chen) as work:
        records.ask_lower_level(work, paper, Level.SENSITIVE, reason=WHY)
    with house.work(chen) as work:
        asked = records.ask_lower_level(work, paper, Level.PUBLIC, reason=WHY)
    with pytest.raises(RequestWaits), house.work(chen) as work:
        records.ask_lower_level(work, paper, Level.INTERNAL, reason=WHY)
    with pytest.raises(OwnRequest), house.work(chen) as work:
        records.decide_level(work, asked.id, approve=True)
    with pytest.raises(NeedsReason), house.work(zhou) as work:
        records.decide_level(work, asked.id, approve=False)
    assert house.document(paper).level is Level.CONFIDENTIAL
    with house.archive.reading() as session:
        assert [one.id for one in records.waiting_level_requests(session, zhou)] == [asked.id]
        assert not records.waiting_level_requests(session, lin)
    with house.work(zhou) as work:
        decided = records.decide_level(work, asked.id, approve=True)
    assert (decided.state, decided.decided_by) == (RequestState.APPROVED, zhou.user_id)
    assert house.document(paper).level is Level.PUBLIC
    with pytest.raises(RequestDecided), house.work(zhou) as work:
        records.decide_level(work, asked.id, approve=False, comment="不")
    with pytest.raises(IntegrityError), house.work() as work:
        work.session.execute(text("UPDATE level_request SET decided_by = asked_by"))


def test_a_request_ends_when_the_level_is_raised(house: House, chen: Actor) -> None:
    zhou, gao = house.person("周", "archive_head"), house.person("高", "archivist")

    def asks(paper: DocumentId) -> int:
        with house.work(chen) as work:
            return records.ask_lower_level(work, paper, Level.PUBLIC, reason=WHY).id

    def state(paper: DocumentId) -> RequestState:
        with house.archive.reading() as session:
            assert not records.waiting_level_requests(session, zhou)
            return records.level_requests_of(session, paper)[0].state

    described = house.paper(title="停水通知", class_code="WS.02", level=Level.INTERNAL, pages=["a"])
    request = asks(described)
    with house.work(gao) as work:
        told = Description(title="停水通知", class_code="WS.02", level=Level.CONFIDENTIAL)
        records.describe(work, described, told, revision=1)
    assert state(described) is RequestState.WITHDRAWN
    with pytest.raises(RequestDecided), house.work(zhou) as work:
        records.decide_level(work, request, approve=True)
    assert house.document(described).level is Level.CONFIDENTIAL
    asks(described)  # anew, of the level it has now
    with house.work(chen) as work:  # what raises nothing leaves it waiting
        records.describe(work, described, Description(title="停电通知", class_code="WS.02"), revision=2)
    with house.archive.reading() as session:
        assert [one.document_id for one in records.waiting_level_requests(session, zhou)] == [described]
    with house.work(chen) as work:
        records.describe(work, described, Description(title="停水", class_code="YZ.02"), revision=3)
    assert state(described) is RequestState.WITHDRAWN

    placed = house.paper(
        title="停水通知", class_code="WS.02", level=Level.INTERNAL, doc_date="2026-03-08", pages=["a"]
    )
    file_it(house, chen, placed)
    asks(placed)
    moved(house, gao, placed, "WS.09", Place(file_no=opened(house, chen, "WS.09").file_no))
    assert state(placed) is RequestState.WITHDRAWN

    planned = house.paper(title="停水通知", class_code="WS.02", level=Level.INTERNAL, pages=["a"])
    asks(planned)
    with house.work() as work:
        work.session.execute(text("UPDATE record_class SET level = 'PERSONAL' WHERE code = 'WS.02'"))
        assert records.raise_levels(work, "WS.02") == 1
    assert state(planned) is RequestState.WITHDRAWN


def test_an_old_request_lowers_no_paper_that_has_another_level_by_now(house: House, chen: Actor) -> None:
    zhou = house.person("周", "archive_head")
    paper = house.paper(class_code="WS.02", level=Level.INTERNAL, pages=["a"])
    with house.work(chen) as work:
        asked = records.ask_lower_level(work, paper, Level.PUBLIC, reason=WHY)
    with house.work() as work:
        work.session.execute(text("UPDATE document SET level = 'SENSITIVE'"))
    with pytest.raises(LevelChanged), house.work(zhou) as work:
        records.decide_level(work, asked.id, approve=True)
    assert house.document(paper).level is Level.SENSITIVE
    with house.work(zhou) as work:
        assert records.decide_level(work, asked.id, approve=False, comment="旧").state is RequestState.REFUSED


def test_a_request_is_refused_or_taken_back(house: House, chen: Actor) -> None:
    zhou = house.person("周", "archive_head")
    paper = house.paper(class_code="WS.03", level=Level.PERSONAL, pages=["a"])
    for answer in ("refuse", "take back"):
        with house.work(chen) as work:
            asked = records.ask_lower_level(work, paper, Level.INTERNAL, reason=WHY)
        if answer == "refuse":
            with house.work(zhou) as work:
                done = records.decide_level(work, asked.id, approve=False, comment="有手机号")
            assert (done.state, done.comment) == (RequestState.REFUSED, "有手机号")
        else:
            with pytest.raises(Forbidden), house.work(zhou) as work:
                records.take_back_level_request(work, asked.id)
            with house.work(chen) as work:
                assert records.take_back_level_request(work, asked.id).state is RequestState.WITHDRAWN
    assert house.document(paper).level is Level.PERSONAL
