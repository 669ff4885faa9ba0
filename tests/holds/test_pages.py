"""Holds as pages: placed from a paper, seen in the list, looked at again, released; hidden papers stay hidden."""

import pytest

from archive_service import holds, records
from archive_service.holds import Cause, HoldKind, Scope
from archive_service.kernel.levels import Level
from tests.loans.counter import Counter
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of

FORM = {
    "scope": "paper",
    "class_code": "",
    "kind": "preserve",
    "cause": "litigation",
    "reason": "(2026)示01民初12号，王律师",
    "review_on": "2026-09-09",
    "first_day": "",
    "last_day": "",
}


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def test_a_hold_from_the_paper_to_its_release(counter: Counter, desk: Desk) -> None:
    paper = counter.paper()
    page = desk.sits(counter.chen)
    with counter.house.archive.reading() as session:
        number = records.lendable_papers(session, [paper])[paper].archival_no
    assert "/holds/new?what=" in page.get(f"/documents/{paper}").text
    assert number in page.get("/holds/new", query_string={"what": number}).text
    answer = page.post("/holds/new", data={**FORM, "what": number})
    assert answer.status_code == 303 and answer.location == "/holds/HOLD-2026-0001"
    shown = text_of(page.get("/holds").text)
    assert number in shown and "诉讼" in shown and "2026-09-09" in shown
    assert "HOLD-2026-0001" in text_of(page.get(f"/documents/{paper}").text)
    one = text_of(page.get("/holds/HOLD-2026-0001").text)
    assert "王律师" in one and "须由他人解除" in one
    assert page.post("/holds/HOLD-2026-0001/release", data={"reason": "结案", "seen": "1"}).status_code == 403
    page.post("/holds/HOLD-2026-0001/review", data={"review_on": "2026-12-01", "seen": "1"})
    assert "2026-12-01" in text_of(page.get("/holds").text)
    manager = desk.sits(counter.decider("sc_manager"))
    late = manager.post("/holds/HOLD-2026-0001/release", data={"reason": "结案", "seen": "1"})
    assert late.status_code == 409 and "结案" in late.text
    empty = manager.post("/holds/HOLD-2026-0001/release", data={"reason": " ", "seen": "2"})
    assert empty.status_code == 422
    done = manager.post("/holds/HOLD-2026-0001/release", data={"reason": "结案", "seen": "2"})
    assert done.status_code == 303
    assert "HOLD-2026-0001" in text_of(manager.get("/holds?state=released").text)
    assert "没有冻结" in text_of(manager.get("/holds").text)


def test_what_is_typed_wrong_comes_back_with_what_was_typed(counter: Counter, desk: Desk) -> None:
    page = desk.sits(counter.chen)
    for wrong in (
        {"what": ""},
        {"what": "WY01-没有"},
        {"what": "\0" * 9},
        {"what": "WS", "kind": "none"},
        {"what": "WS", "cause": ""},
        {"scope": "unit", "what": "99-9999"},
        {"scope": "class"},
        {"scope": "class", "class_code": "QQ"},
        {"scope": "class", "class_code": "WS", "first_day": "2026-13-01"},
        {"scope": "class", "class_code": "WS", "first_day": "2026-05-01", "last_day": "2026-01-01"},
        {"scope": "class", "class_code": "WS", "review_on": "2026-03-09"},
        {"scope": "class", "class_code": "WS", "review_on": "bald"},
        {"scope": "class", "class_code": "WS", "reason": ""},
    ):
        answer = page.post("/holds/new", data={**FORM, **wrong})
        assert answer.status_code == 422, wrong
        if "reason" not in wrong:
            assert "王律师" in answer.text, wrong
    assert "没有冻结" in text_of(page.get("/holds").text)


def test_a_class_and_a_unit_are_held(counter: Counter, desk: Desk) -> None:
    counter.town.unit("3栋", "1201")
    page = desk.sits(counter.chen)
    asked = {"scope": "class", "class_code": "WS", "first_day": "2026-01-01"}
    assert page.post("/holds/new", data={**FORM, **asked}).status_code == 303
    assert page.post("/holds/new", data={**FORM, "scope": "unit", "what": "3-1201"}).status_code == 303
    shown = text_of(page.get("/holds").text)
    assert "WS " in shown and "2026-01-01" in shown and "1201" in shown


def test_finance_is_told_that_it_holds_fee_papers_only(counter: Counter, desk: Desk) -> None:
    page = desk.sits(counter.decider("finance"))
    answer = page.post("/holds/new", data={**FORM, "scope": "class", "class_code": "WS"})
    assert answer.status_code == 422 and "KU" in text_of(answer.text)


def test_the_number_of_a_paper_that_one_may_not_see_is_not_told(counter: Counter, desk: Desk) -> None:
    paper = counter.paper(level=Level.SENSITIVE)
    with counter.house.work(counter.chen) as work:
        row = holds.place(
            work, Scope(document_id=paper), HoldKind.NO_ACCESS, Cause.INVESTIGATION, reason="调查"
        )
        number = work.session.connection().exec_driver_sql(
            "SELECT archival_no FROM document WHERE archival_no IS NOT NULL"
        ).scalar_one()  # fmt: skip
    page = desk.sits(counter.decider("finance"))
    for address in ("/holds", f"/holds/{row.number}"):
        shown = text_of(page.get(address).text)
        assert row.number in shown and number not in shown and "无权查看" in shown


def test_the_list_takes_the_same_statements_however_long(counter: Counter, desk: Desk) -> None:
    page = desk.sits(counter.chen)
    counts = []
    for _ in range(2):
        for _ in range(3):
            paper, file = counter.paper(), counter.file()
            for scope in (Scope(document_id=paper), Scope(case_file_id=file.id), Scope(class_code="WS")):
                with counter.house.work(counter.chen) as work:
                    holds.place(work, scope, HoldKind.PRESERVE, Cause.AUDIT, reason="审计")
        page.get("/holds")
        with counted(counter.house.archive.sessions.engine) as seen:
            assert page.get("/holds").status_code == 200
        counts.append(seen.count)
    assert counts[0] == counts[1]
