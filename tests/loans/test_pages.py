"""Lending at the counter, as the pages show it: asked for, looked at, handed out, taken back, checked, made good."""

import pytest

from archive_service.loans import UNDERTAKING_VERSION, LoanState, UseMode
from tests.loans.counter import Counter
from tests.support.house import House
from tests.support.pages import Desk, text_of


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def number(counter: Counter, paper: object) -> str:
    return counter.house.document(paper).archival_no  # type: ignore[arg-type]  # filed


def form(counter: Counter, *papers: object, **told: str) -> dict[str, str]:
    items = "\n".join(number(counter, one) for one in papers)
    sent = {"items": items, "form": "original", "purpose": "work", "use": "take_out", "days": "3"}
    return sent | {"borrower": "user", "undertaking": UNDERTAKING_VERSION, "act": "ask"} | told


def test_a_request_is_looked_at_and_handed_in(counter: Counter, desk: Desk) -> None:
    paper = counter.paper(pages=3)
    page = desk.sits(counter.lin)
    assert number(counter, paper) in page.get(f"/loans/new?item={paper}").text
    assert "/loans/new?item=WY01" in page.get(f"/documents/{paper}").text
    look = page.post("/loans/new", data=form(counter, paper, act="look", undertaking=""))
    shown = text_of(look.text)
    assert look.status_code == 200 and "公司领导" in shown and "应于" in shown
    assert "没有符合条件的借阅单" in text_of(page.get("/loans/mine").text)  # nothing of a look is kept
    refused = page.post("/loans/new", data=form(counter, paper, undertaking=""))
    assert refused.status_code == 422 and number(counter, paper) in refused.text
    unknown = page.post("/loans/new", data=form(counter, paper, items="WY01-XX-1"))
    assert unknown.status_code == 422 and "WY01-XX-1" in text_of(unknown.text)
    sent = page.post("/loans/new", data=form(counter, paper))
    assert sent.status_code == 303
    assert "待部门审批" in text_of(page.get(sent.location).text)


def test_a_slip_goes_out_comes_back_and_is_checked(counter: Counter, desk: Desk) -> None:
    loan = counter.approved(counter.asks(counter.lin, counter.paper(pages=3)))
    (item,) = counter.items(loan)
    address = f"/loans/{loan.id}"
    page = desk.sits(counter.chen)
    assert loan.number in page.get("/loans").text  # to hand out comes first
    differs = page.post(f"{address}/issue", data={f"pages-{item.id}": "2"})
    assert differs.status_code == 422 and 'value="2"' in differs.text
    told = {f"pages-{item.id}": "2", f"note-{item.id}": "原缺第3页", f"condition-{item.id}": "worn"}
    assert page.post(f"{address}/issue", data=told).status_code == 303
    assert counter.row(loan).state is LoanState.ISSUED
    assert page.post(f"{address}/issue", data=told).status_code == 409  # somebody was faster
    assert page.post(f"{address}/return", data={"item": str(item.id)}).status_code == 303
    found = {f"outcome-{item.id}": "incomplete", f"pages-{item.id}": "1", f"condition-{item.id}": "worn"}
    assert page.post(f"{address}/check", data=found).status_code == 303
    assert counter.row(loan).state is LoanState.REMEDY


def test_a_lost_page_is_made_good_step_by_step(counter: Counter, desk: Desk) -> None:
    loan = counter.out(counter.lin, counter.paper())
    page, address = desk.sits(counter.chen), f"/loans/{loan.id}"
    assert page.post(f"{address}/lost", data={"comment": "找不到"}).status_code == 303
    remedy = f"{address}/remedies/1"
    assert page.post(remedy, data={"step": "note", "text": "先写"}).status_code == 409
    steps = (
        {"step": "statement", "text": "搬家时遗失"},
        {"step": "rebuild", "how": "master", "text": "电子原件"},
        {"step": "compensate", "amount": "50.5", "text": ""},
        {"step": "note", "text": "原件遗失"},
    )
    assert page.post(remedy, data={**steps[0], "text": ""}).status_code == 422
    for told in steps:
        assert page.post(remedy, data=told).status_code == 303
    assert counter.row(loan).state is LoanState.CLOSED_WITH_REMEDY
    assert "¥50.50" in text_of(page.get(address).text)


def test_buttons_are_there_for_whom_they_are(counter: Counter, desk: Desk) -> None:
    loan = counter.out(counter.lin, counter.paper())
    address = f"/loans/{loan.id}"
    borrower = desk.sits(counter.lin).get(address).text
    assert f"{address}/renewal" in borrower and f"{address}/return" not in borrower
    assert desk.sits(counter.lin).post(f"{address}/return", data={}).status_code == 403
    assert desk.sits(counter.wang).get(address).status_code == 404
    counter.house.clock.passes(days=9)
    late = desk.sits(counter.lin).get(address)
    assert "disabled" in late.text and "逾期" in text_of(late.text)
    assert "逾期" in text_of(desk.sits(counter.lin).get("/loans/mine").text)
    page = desk.sits(counter.chen)
    assert loan.number in page.get("/loans?show=overdue").text
    assert page.post(f"{address}/chase").status_code == 303
    assert page.post(f"{address}/chase").status_code == 409
    own = counter.approved(counter.asks(counter.chen, counter.paper(), use=UseMode.ON_SITE, days=1))
    assert (
        "须由他人" in text_of(page.get(f"/loans/{own.id}").text)
        or "disabled" in page.get(f"/loans/{own.id}").text
    )


def test_the_list_is_filtered_and_taken_along(counter: Counter, desk: Desk) -> None:
    loan = counter.asks(counter.lin, counter.paper())
    page = desk.sits(counter.chen)
    assert loan.number in page.get(f"/loans?show=all&text={loan.number}&borrower={counter.lin.user_id}").text
    assert f'/loans/{loan.id}"' not in page.get("/loans?show=all&last=2020-01-01").text
    assert page.get("/loans/slips.xlsx?show=all").data[:2] == b"PK"


def test_an_outside_organisation_needs_its_letter(counter: Counter, desk: Desk) -> None:
    paper = counter.paper()
    outside = {
        "borrower": "organisation",
        "use": "copy",
        "days": "1",
        "organisation": "公安分局",
        "person": "赵某",
    }
    outside |= {"id_type": "id_card", "id_no": "110101199003070011", "contact": "13800000000"}
    page = desk.sits(counter.chen)
    unseen = page.post("/loans/new", data=form(counter, paper, **outside))
    assert unseen.status_code == 422 and "公安分局" in unseen.text
    sent = page.post(
        "/loans/new", data=form(counter, paper, **outside, id_checked="yes", letter_no="介字12号")
    )
    assert sent.status_code == 303
    shown = page.get(sent.location).text
    assert "110101199003070011" not in shown and "公安分局" in shown


def test_whoever_decides_sees_the_slip_beside_the_buttons(counter: Counter, desk: Desk) -> None:
    loan = counter.asks(counter.lin, counter.paper(pages=3), purpose_text="核对会议记录")
    page = desk.sits(counter.decider("sc_manager"))
    shown = text_of(page.get("/approvals/1").text)
    assert loan.number in shown and "核对会议记录" in shown and "3 页" in shown
