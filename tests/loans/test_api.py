"""Lending by programs: the same steps, the same refusals; nobody's word is given by a token."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service import approvals, people, web
from archive_service.app import create_app
from archive_service.kernel.actor import Actor
from archive_service.loans import UNDERTAKING_VERSION, LoanState, UseMode
from archive_service.people import Scope
from tests.loans.counter import Counter
from tests.support.house import House

V1 = "/api/v1"
Calls = Callable[[Actor], FlaskClient]


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house.archive)


@pytest.fixture
def calls(house: House, app: Flask) -> Calls:
    def client(who: Actor) -> FlaskClient:
        assert who.user_id is not None
        with house.work() as work:
            _, token = people.create_token(work, who.user_id, name="程序", scopes=[Scope.READ, Scope.WRITE])
        made = app.test_client()
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return made

    return client


def number(counter: Counter, paper: object) -> str:
    return str(counter.house.document(paper).archival_no)  # type: ignore[arg-type]  # filed


def test_a_slip_goes_its_whole_way_by_calls(counter: Counter, calls: Calls) -> None:
    lin, chen = calls(counter.lin), calls(counter.chen)
    form = {"items": [number(counter, counter.paper(pages=3))], "purpose": "work", "use": "take_out"}
    drafted = lin.post(f"{V1}/loans", json={**form, "days": 3})
    assert (drafted.status_code, drafted.json["state"]) == (201, "draft")
    slip = f"{V1}/loans/{drafted.json['id']}"
    changed = lin.patch(slip, json={**form, "days": 2, "revision": drafted.json["revision"]})
    assert changed.json["days"] == 2
    assert lin.patch(slip, json={**form, "days": 2, "revision": drafted.json["revision"]}).status_code == 409
    assert lin.post(f"{slip}/submission", json={"undertaking": "0"}).status_code == 422
    handed_in = lin.post(f"{slip}/submission", json={"undertaking": UNDERTAKING_VERSION})
    assert (handed_in.json["state"], handed_in.json["case"]) == ("submitted", "take_out")
    counter.approved(counter.row(_Named(drafted.json["id"])))  # type: ignore[arg-type]  # only its id is read
    (item,) = chen.get(slip).json["lent"]
    out = chen.post(
        f"{slip}/issue",
        json={"items": [{"item": item["id"], "pages": 3}]},
        headers={"Idempotency-Key": "k" * 16},
    )
    assert (out.status_code, out.json["state"]) == (200, "issued")
    again = chen.post(
        f"{slip}/issue",
        json={"items": [{"item": item["id"], "pages": 3}]},
        headers={"Idempotency-Key": "k" * 16},
    )
    assert again.json == out.json and again.headers["Idempotency-Replayed"] == "true"
    asked = lin.post(f"{slip}/renewal", json={"reason": "还没看完"})
    assert asked.json["state"] == "renewal_requested"
    assert lin.post(f"{slip}/renewal/withdrawal", json={}).json["state"] == "issued"
    assert chen.post(f"{slip}/chase", json={}).status_code == 409  # not due yet
    assert chen.post(f"{slip}/return", json={"items": [item["id"]]}).json["state"] == "return_pending_check"
    found = {"item": item["id"], "outcome": "incomplete", "pages": 2, "note": "缺第3页"}
    twice = [{**found, "outcome": "whole", "pages": 3}, found]
    assert chen.post(f"{slip}/check", json={"items": twice}).json["code"] == "loans.item-twice"
    checked = chen.post(f"{slip}/check", json={"items": [found]}).json
    assert checked["state"] == "remedy"
    remedy = f"{slip}/remedies/{checked['remedies'][0]['id']}"
    assert chen.post(remedy, json={"step": "note", "text": "先写"}).status_code == 409
    assert (
        chen.post(remedy, json={"step": "statement", "text": "搬家时遗失"}).json["remedies"][0]["next"]
        == "rebuild"
    )
    assert chen.post(remedy, json={"step": "rebuild"}).status_code == 422
    assert chen.post(remedy, json={"step": "rebuild", "how": "master", "text": "电子原件"}).status_code == 200
    assert chen.post(remedy, json={"step": "compensate"}).status_code == 422
    assert chen.post(remedy, json={"step": "compensate", "amount_fen": 0}).status_code == 200
    assert (
        chen.post(remedy, json={"step": "note", "text": "第3页为补制件"}).json["state"]
        == "closed_with_remedy"
    )
    assert chen.get(f"{V1}/loans?state=closed_with_remedy").json["total"] == 1


class _Named:
    """What ``Counter.row`` asks of a slip."""

    def __init__(self, loan_id: int) -> None:
        self.id = loan_id


def test_lists_tell_what_is_overdue_and_whose(counter: Counter, calls: Calls) -> None:
    late = counter.out(counter.lin, counter.paper())
    counter.asks(counter.wang, counter.paper())
    counter.house.clock.passes(days=9)
    chen, lin = calls(counter.chen), calls(counter.lin)
    (told,) = chen.get(f"{V1}/loans?overdue=true").json["loans"]
    assert (told["number"], told["days_overdue"] > 0, told["borrower"]) == (late.number, True, "林")
    assert chen.get(f"{V1}/loans?size=1&page=2").json["total"] == 2
    assert [one["number"] for one in lin.get(f"{V1}/loans").json["loans"]] == [late.number]
    assert chen.post(f"{V1}/loans/{late.id}/chase", json={}).status_code == 200
    assert chen.post(f"{V1}/loans/{late.id}/chase", json={}).status_code == 409  # once a day
    assert chen.post(f"{V1}/loans/{late.id}/loss", json={"comment": "找不到"}).json["state"] == "remedy"


def test_others_slips_do_not_exist_and_odd_input_is_refused(counter: Counter, calls: Calls) -> None:
    paper = counter.paper()
    loan = counter.asks(counter.lin, paper)
    wang, lin = calls(counter.wang), calls(counter.lin)
    slip = f"{V1}/loans/{loan.id}"
    assert wang.get(slip).status_code == 404
    assert wang.post(f"{slip}/cancellation", json={}).status_code == 404
    for revision in (1, loan.revision, 99):
        assert wang.post(f"{slip}/cancellation", json={"revision": revision}).status_code == 404
        asked = {"reason": "再看", "revision": revision}
        assert wang.post(f"{slip}/renewal", json=asked).status_code == 404
        handed = {"undertaking": UNDERTAKING_VERSION, "revision": revision}
        assert wang.post(f"{slip}/submission", json=handed).status_code == 404
    assert wang.post(f"{slip}/renewal/withdrawal", json={}).status_code == 404
    form = {"items": [number(counter, paper)], "purpose": "work", "use": "take_out", "days": 1}
    assert wang.patch(slip, json={**form, "revision": 1}).status_code == 404
    assert wang.post(f"{slip}/issue", json={"items": []}).status_code == 403
    assert lin.post(f"{V1}/loans", json={**form, "items": ["WY01-XX"]}).json["code"] == "loans.unknown-item"
    assert lin.post(f"{V1}/loans", json={**form, "items": []}).status_code == 422
    assert lin.post(f"{V1}/loans", json={**form, "items": ["x"] * 51}).status_code == 422
    assert lin.post(f"{V1}/loans", json={**form, "days": 10**9}).status_code == 422
    assert lin.post(f"{V1}/loans", json={**form, "state": "closed"}).status_code == 400
    assert lin.get(f"{V1}/loans?state=eaten").status_code == 422
    assert lin.post(f"{slip}/cancellation", json={"comment": "不用了", "revision": 99}).status_code == 409
    assert lin.post(f"{slip}/cancellation", json={"comment": "不用了"}).json["state"] == "cancelled"


def test_people_from_outside_are_asked_for_and_told_of_covered(counter: Counter, calls: Calls) -> None:
    chen = calls(counter.chen)
    form = {
        "items": [number(counter, counter.paper())],
        "purpose": "litigation",
        "use": "copy",
        "borrower": "organisation",
        "undertaking": UNDERTAKING_VERSION,
    }
    assert chen.post(f"{V1}/loans", json=form).json["code"] == "loans.needs-identity-check"
    outsider = {
        "person": "赵某某",
        "id_no": "11010519491231002X",
        "contact": "13800001234",
        "id_checked": True,
        "organisation": "示例区人民法院",
        "letter_no": "介字〔2026〕7号",
    }
    sent = chen.post(f"{V1}/loans", json={**form, "outsider": outsider})
    assert sent.status_code == 201 and sent.json["case"] == "external_copy"
    told = chen.get(f"{V1}/loans/{sent.json['id']}").text
    assert "赵某某" not in told and "1949" not in told and "13800001234" not in told


def test_the_case_table_is_read_and_changed_with_a_reason(
    counter: Counter, calls: Calls, house: House, app: Flask
) -> None:
    person = house.person("头", "archive_head")
    by_token = calls(person)
    rules = {one["case"]: one for one in calls(counter.lin).get(f"{V1}/loan-rules").json["rules"]}
    assert rules["take_out"]["days"] == 3
    address, change = f"{V1}/loan-rules/take_out", {"days": 5, "reason": "年底清查", "revision": 1}
    assert calls(counter.lin).patch(address, json=change).status_code == 403
    assert by_token.patch(address, json=change).status_code == 403
    web.set_actor_loader(app, lambda: person)  # signed in at a page
    head = app.test_client()
    page = head.get("/loans").text
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    head.environ_base["HTTP_X_CSRFTOKEN"] = token
    assert head.patch(address, json=change).json["days"] == 5
    assert head.patch(address, json=change).status_code == 409
    assert head.patch(f"{V1}/loan-rules/none", json=change).status_code == 404
    assert head.patch(address, json={**change, "revision": 2, "uses": ["fly"]}).status_code == 422


def test_a_token_says_no_word_on_a_slip(counter: Counter, calls: Calls) -> None:
    loan = counter.asks(counter.lin, counter.paper(), use=UseMode.TAKE_OUT)
    manager = calls(counter.decider("sc_manager"))
    with counter.house.archive.reading() as session:
        (asked,) = approvals.of_subject(session, loan.subject)
    said = {"approve": True, "revision": asked.revision}
    assert manager.post(f"{V1}/approvals/{asked.id}/decision", json=said).status_code == 403
    assert counter.row(loan).state is LoanState.SUBMITTED
