"""Holds: placed with a reason, found by what they cover, released by somebody else."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from archive_service import audit, holds, loans, records
from archive_service.holds import Cause, HoldKind, HoldRow, Scope
from archive_service.holds.rules import (
    BadReviewDay,
    DaysTheWrongWayRound,
    HoldMoved,
    HoldNeedsReason,
    HoldNeedsScope,
    OnlyFeePapers,
    OwnHold,
    ReleasedAlready,
    Thing,
    UnknownScope,
    days_meant,
    months_after,
)
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.loans import LoanState, UseMode
from archive_service.loans.rules.refusals import HeldAtTheArchive, KeptFromLending
from tests.loans.counter import Counter
from tests.support.counting import counted


def held(
    counter: Counter,
    scope: Scope,
    kind: HoldKind = HoldKind.PRESERVE,
    who: Actor | None = None,
    **told: object,
) -> HoldRow:
    with counter.house.work(who or counter.chen) as work:
        return holds.place(work, scope, kind, Cause.LITIGATION, **{"reason": "(2026)示01民初12号", **told})  # type: ignore[arg-type]


def released(counter: Counter, row: HoldRow, who: Actor | None = None) -> HoldRow:
    with counter.house.work(who or counter.decider("sc_manager")) as work:
        return holds.release(work, row.number, reason="已结案", seen=row.revision)


def over(counter: Counter, paper: DocumentId) -> list[str]:
    with counter.house.archive.reading() as session:
        things = records.lendable_papers(session, [paper])
        found = holds.against(session, list(things.values()))
    return [row.number for rows in found.values() for row in rows]


@pytest.mark.parametrize(
    ("iso", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-03-09", date(2026, 3, 9), date(2026, 3, 9)),
    ],
)
def test_a_partial_date_means_all_of_its_days(iso: str, first: date, last: date) -> None:
    assert days_meant(iso) == (first, last)


def test_months_end_with_the_shorter_month() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert days_meant("") is None


def test_days_narrow_a_class_and_what_has_no_date_falls_under_it() -> None:
    scope = Scope(class_code="ZX", first_day=date(2026, 2, 1), last_day=date(2026, 2, 28))

    def covers(iso: str, code: str = "ZX.01") -> bool:
        first, last = days_meant(iso) or (None, None)
        return scope.covers(Thing(uuid.uuid4(), None, None, code, first, last))

    assert covers("2026-02-28") and covers("2026-02") and covers("2026") and covers("")
    assert not covers("2026-03-01") and not covers("2026-01-31") and not covers("2025")
    assert not covers("2026-02-10", "ZXX.01")


def test_a_hold_covers_what_it_names_and_what_is_filed_there_later(counter: Counter) -> None:
    file = counter.file()
    first, loose = counter.paper(file=file), counter.paper()
    of_paper = held(counter, Scope(document_id=first))
    of_file = held(counter, Scope(case_file_id=file.id))
    of_class = held(counter, Scope(class_code="ZX"))
    later = counter.paper(file=file)
    assert over(counter, first) == [of_paper.number, of_file.number, of_class.number]
    assert over(counter, later) == [of_file.number, of_class.number]
    assert over(counter, loose) == []
    assert of_paper.number == "HOLD-2026-0001" and of_paper.review_on == date(2026, 9, 9)
    released(counter, of_class)
    assert over(counter, later) == [of_file.number]


def test_a_file_is_held_by_the_hold_on_a_paper_in_it(counter: Counter) -> None:
    file = counter.file()
    paper = counter.paper(file=file)
    row = held(counter, Scope(document_id=paper))
    with counter.house.archive.reading() as session:
        things = list(records.lendable_files(session, [file.id]).values())
        found = holds.against(session, things)
    assert [h.number for h in found[file.file_no]] == [row.number]


def test_a_unit_holds_all_of_its_papers(counter: Counter) -> None:
    counter.town.unit("3栋", "1201")
    paper = counter.paper(file=counter.file())
    with counter.house.archive.reading() as session:
        unit_id = records.lendable_papers(session, [paper])[paper].unit_id
    assert unit_id is not None
    row = held(counter, Scope(unit_id=unit_id, first_day=date(2026, 3, 1)))
    assert over(counter, paper) == [row.number]
    held(counter, Scope(unit_id=unit_id, first_day=date(2026, 4, 1)))
    assert over(counter, paper) == [row.number]


def test_how_many_things_are_asked_for_changes_no_count_of_statements(counter: Counter) -> None:
    file = counter.file()
    papers = [counter.paper(file=file) for _ in range(6)]
    for paper in papers:
        held(counter, Scope(document_id=paper))
    with counter.house.archive.reading() as session:
        things = list(records.lendable_papers(session, papers).values())
        files = list(records.lendable_files(session, [file.id]).values())
        engine = counter.house.archive.sessions.engine
        with counted(engine) as one:
            holds.against(session, [*files, things[0]])
        with counted(engine) as many:
            holds.against(session, [*files, *things])
    assert one.count == many.count == 2


@pytest.mark.parametrize("kind", list(HoldKind))
@pytest.mark.parametrize("use", [UseMode.TAKE_OUT, UseMode.ON_SITE, UseMode.COPY, UseMode.ELECTRONIC])
def test_what_each_hold_keeps_from(counter: Counter, kind: HoldKind, use: UseMode) -> None:
    paper = counter.paper()
    row = held(counter, Scope(document_id=paper), kind)
    refused = {
        HoldKind.PRESERVE: {UseMode.TAKE_OUT},
        HoldKind.NO_TAKEOUT: {UseMode.TAKE_OUT, UseMode.COPY},
        HoldKind.NO_ACCESS: set(UseMode),
    }[kind]
    days = 1 if use is UseMode.ON_SITE else 3
    if use not in refused:
        assert counter.asks(counter.lin, paper, use=use, days=days).state is not LoanState.DRAFT
        return
    wanted = KeptFromLending if kind is HoldKind.NO_ACCESS else HeldAtTheArchive
    with pytest.raises(wanted) as error:
        counter.asks(counter.lin, paper, use=use, days=days)
    assert error.value.facts["hold"] == row.number
    released(counter, row)
    assert counter.asks(counter.lin, paper, use=use, days=days).number == "JY-2026-0001"


def test_a_fresh_hold_voids_what_is_being_decided(counter: Counter) -> None:
    paper = counter.paper()
    slip = counter.says(counter.decider("sc_manager"), counter.asks(counter.lin, paper))
    held(counter, Scope(document_id=paper))
    slip = counter.says(counter.decider("archive_head"), slip)
    assert slip.state is LoanState.DRAFT


def test_a_fresh_hold_stops_the_handing_out(counter: Counter) -> None:
    paper = counter.paper()
    slip = counter.approved(counter.asks(counter.lin, paper))
    held(counter, Scope(class_code="WS"))
    with pytest.raises(HeldAtTheArchive):
        counter.hands_out(slip)
    assert counter.row(slip).state is LoanState.APPROVED


def test_a_fresh_hold_stops_a_renewal(counter: Counter) -> None:
    paper = counter.paper()
    slip = counter.out(counter.lin, paper)
    held(counter, Scope(document_id=paper))
    with pytest.raises(HeldAtTheArchive), counter.house.work(counter.lin) as work:
        loans.ask_renewal(work, slip.id, reason="还要用")
    assert counter.brings_back(slip).state is LoanState.RETURN_PENDING_CHECK


def test_who_placed_it_does_not_release_it(counter: Counter) -> None:
    manager = counter.decider("sc_manager")
    row = held(counter, Scope(class_code="WS"), who=manager)
    with pytest.raises(OwnHold):
        released(counter, row, manager)
    with pytest.raises(Forbidden):
        released(counter, row, counter.chen)
    done = released(counter, row, counter.decider("archive_head"))
    assert not done.stands and done.release_reason == "已结案"
    with pytest.raises(ReleasedAlready):
        released(counter, done, counter.decider("archive_head"))


def test_the_database_refuses_a_release_by_who_placed_it(counter: Counter) -> None:
    row = held(counter, Scope(class_code="WS"))
    with pytest.raises(DBAPIError), counter.house.work() as work:
        work.session.execute(
            text("UPDATE hold SET released_at = placed_at, released_by = placed_by, release_reason = 'x'")
        )
    with pytest.raises(DBAPIError), counter.house.work() as work:
        work.session.execute(text("UPDATE hold SET class_code = NULL"))
    assert row.stands


def test_what_can_not_be_so_is_refused(counter: Counter) -> None:
    today = date(2026, 3, 9)
    ws = Scope(class_code="WS")
    with pytest.raises(HoldNeedsReason):
        held(counter, ws, reason="  ")
    with pytest.raises(HoldNeedsReason):
        held(counter, ws, reason="字" * 501)
    for day in (today, today - timedelta(days=1), date(2028, 3, 10)):
        with pytest.raises(BadReviewDay):
            held(counter, ws, review_on=day)
    with pytest.raises(DaysTheWrongWayRound):
        held(counter, Scope(class_code="WS", first_day=today, last_day=date(2026, 1, 1)))
    with pytest.raises(HoldNeedsScope):
        held(counter, Scope())
    with pytest.raises(HoldNeedsScope):
        held(counter, Scope(class_code="WS", unit_id=1))
    with pytest.raises(UnknownScope):
        held(counter, Scope(class_code="QQ"))
    with pytest.raises(NotFound):
        held(counter, Scope(document_id=uuid.uuid4()))
    with pytest.raises(NotFound):
        held(counter, Scope(unit_id=999_999))
    with pytest.raises(Forbidden):
        held(counter, ws, who=counter.lin)


def test_finance_holds_its_own_papers_only(counter: Counter) -> None:
    finance = counter.decider("finance")
    assert held(counter, Scope(class_code="KU.01"), who=finance).stands
    with pytest.raises(OnlyFeePapers):
        held(counter, Scope(class_code="WS"), who=finance)


def test_two_at_once_and_the_second_looks_again(counter: Counter) -> None:
    row = held(counter, Scope(class_code="WS"))
    with counter.house.work(counter.chen) as work:
        again = holds.review(work, row.number, review_on=date(2027, 1, 4), seen=row.revision)
    assert again.review_on == date(2027, 1, 4)
    with pytest.raises(HoldMoved):
        released(counter, row)
    assert released(counter, again).released_by == counter.decider("sc_manager").user_id


def test_the_paper_tells_that_it_is_held(counter: Counter) -> None:
    paper = counter.paper()
    released(counter, held(counter, Scope(document_id=paper)))
    with counter.house.archive.reading() as session:
        actions = [row.action for row in audit.trail(session, subject=f"document:{paper}")]
    assert actions[:2] == ["document.hold-released", "document.hold-placed"]
