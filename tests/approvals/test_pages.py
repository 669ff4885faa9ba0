"""The pages: what waits, two clicks from the start page, the next one follows; delegations; who approves what."""

import re
from datetime import timedelta

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from sqlalchemy import event

from archive_service.approvals import ChainStep, RequestRow, RequestState
from archive_service.approvals.web import register_kind
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from tests.approvals.keys import MANAGER, KeyRoom
from tests.support.pages import Desk, text_of

EVIL = '"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def desk(room: KeyRoom) -> Desk:
    made = Desk(room.house.archive)

    def preview(row: RequestRow) -> str:
        return render_template_string("<p>钥匙挂在 {{ hook }}</p>", hook=row.facts["hook"])

    register_kind(
        made.app, room.keys, preview, name="钥匙", cases={"day": "白天借用"}, facts={"hook": "挂钩"}
    )
    return made


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found
    return found[1]


def decides(page: FlaskClient, request: int, html: str, decision: str, comment: str = "") -> str:
    """Where it leads."""
    told = {"decision": decision, "comment": comment, "seen": seen(html)}
    answer = page.post(f"/approvals/{request}/decision", data=told)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.location)


def test_from_the_start_page_two_clicks_decide_and_the_next_one_follows(
    room: KeyRoom, desk: Desk, chen: Actor, wang: Actor
) -> None:
    first, second = room.asks(chen), room.asks(chen, key=2)
    page = desk.sits(wang)
    assert 'href="/approvals"' in page.get("/").text
    html = page.get("/approvals").text
    shown = text_of(html)
    for told in ("钥匙挂在 A7", "库房钥匙 2 号", "白天借用", "陈", "库房钥匙 1 号"):
        assert told in shown
    assert decides(page, second, html, "approve") == f"/approvals/{first}"
    assert decides(page, first, page.get(f"/approvals/{first}").text, "refuse", "盘点中") == "/approvals"
    assert (room.row(second).state, room.row(first).state) == (RequestState.APPROVED, RequestState.REFUSED)
    assert "盘点中" in text_of(
        page.get("/approvals?show=decided").text + page.get(f"/approvals/{first}").text
    )
    assert "盘点中" in text_of(desk.sits(chen).get(f"/approvals/{first}").text)


def test_what_can_not_be_taken_comes_back_with_what_was_typed(
    room: KeyRoom, desk: Desk, chen: Actor, wang: Actor
) -> None:
    request = room.asks(chen)
    page = desk.sits(wang)
    html = page.get(f"/approvals/{request}").text
    told = {"decision": "refuse", "comment": " ", "seen": seen(html)}
    assert page.post(f"/approvals/{request}/decision", data=told).status_code == 422
    assert page.post(f"/approvals/{request}/decision", data={**told, "state": "approved"}).status_code == 400
    room.withdraws(chen, request)
    late = page.post(f"/approvals/{request}/decision", data={**told, "decision": "approve"})
    assert late.status_code == 409
    assert "已撤回" in text_of(late.text)


def test_a_void_request_says_which_fact_changed(room: KeyRoom, desk: Desk, chen: Actor, wang: Actor) -> None:
    request = room.asks(chen)
    page = desk.sits(wang)
    html = page.get(f"/approvals/{request}").text
    room.keys.hook = "B3"
    shown = text_of(page.get(decides(page, request, html, "approve")).text)
    assert "挂钩: A7 → B3" in shown
    assert "已作废" in shown


def test_who_asked_comments_and_withdraws_and_markup_stays_text(
    room: KeyRoom, desk: Desk, chen: Actor, wang: Actor
) -> None:
    request = room.asks(chen, chain=[ChainStep(MANAGER, 2)])
    page = desk.sits(chen)
    html = page.get(f"/approvals/{request}").text
    assert "decision" not in html
    assert "人手不够" in text_of(html)  # one manager, and two are needed
    assert (
        page.post(f"/approvals/{request}/comments", data={"body": f"{EVIL}\n13812345678"}).status_code == 303
    )
    shown = page.get(f"/approvals/{request}").text
    assert "<img src=x" not in shown and "138****5678" in shown and "13812345678" not in shown
    assert page.post(f"/approvals/{request}/withdrawal").status_code == 303
    assert room.row(request).state is RequestState.WITHDRAWN
    assert page.post(f"/approvals/{request}/withdrawal").status_code == 409
    assert desk.sits(room.house.person("林", "front_desk")).get(f"/approvals/{request}").status_code == 404


def test_somebody_stands_in_for_a_week(
    room: KeyRoom, desk: Desk, chen: Actor, wang: Actor, gu: Actor
) -> None:
    request, today = room.asks(chen), business_day(room.house.clock.now())
    page = desk.sits(wang)
    told = {
        "to": str(gu.user_id),
        "first_day": str(today),
        "last_day": str(today + timedelta(6)),
        "reason": "年休假",
    }
    wrong = page.post("/approvals/delegations", data={**told, "last_day": "昨天"})
    assert wrong.status_code == 422 and "年休假" in wrong.text
    assert page.post("/approvals/delegations", data=told).status_code == 303
    assert page.post("/approvals/delegations", data=told).status_code == 409
    deputy = desk.sits(gu)
    html = deputy.get("/approvals").text
    assert "您代 王 审批" in text_of(html)
    decides(deputy, request, html, "approve")
    assert "顾（代 王）" in text_of(deputy.get(f"/approvals/{request}").text)
    listed = deputy.get("/approvals/delegations").text
    ending = re.search(r'action="(/approvals/delegations/\d+/ending)"', listed)
    assert ending and deputy.post(ending[1]).status_code == 303
    assert "提前结束" in text_of(deputy.get("/approvals/delegations").text)


def test_who_approves_what_is_changed_with_a_reason_and_shown_with_its_history(
    room: KeyRoom, desk: Desk, gu: Actor, wang: Actor
) -> None:
    address = "/approvals/chains/key/night"
    assert 'name="reason"' not in desk.sits(wang).get(address).text
    page = desk.sits(gu)
    told = {
        "seen": seen(page.get(address).text),
        "role_2": "company_leader",
        "deciders_2": "2",
        "reason": "试行",
    }
    for wrong in ({"reason": ""}, {"role_2": "it_admin"}, {"deciders_2": "9"}):
        assert page.post(address, data={**told, **wrong}).status_code == 422
    assert page.post(address, data=told).status_code == 303
    shown = text_of(page.get(address).text)
    assert "试行" in shown and "公司领导 （2 人）" in shown
    assert page.get("/approvals/chains/key/weekend").status_code == 404
    assert "公司领导" in text_of(page.get("/approvals/chains").text)


def test_a_long_list_is_paged_with_as_many_statements_as_a_short_one(
    room: KeyRoom, desk: Desk, chen: Actor, wang: Actor
) -> None:
    counts = []
    page = desk.sits(wang)
    asked = 0
    for more in (2, 21):
        for _ in range(more):
            asked += 1
            room.asks(chen, key=asked)
        statements: list[str] = []
        engine = room.house.archive.sessions.engine
        event.listen(engine, "before_cursor_execute", lambda *told, into=statements: into.append(told[2]))
        html = page.get("/approvals").text
        counts.append(len(statements))
    assert counts[0] == counts[1] or counts[1] - counts[0] == counts[0]  # the first listener hears both
    further = re.search(r'href="(/approvals\?before=\d+)"', html)
    assert further and "库房钥匙 1 号" in text_of(page.get(further[1]).text)
