"""Reviews and locks by the API and by command; and how a form that came too late is put together again."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask import Flask

from archive_service import premises
from archive_service.app import create_app
from archive_service.cli import main
from archive_service.kernel.actor import Actor
from archive_service.web import set_actor_loader
from archive_service.web.meanwhile import both, taken, told_again
from tests.support.house import House

FACTS = {
    "responsible": ["客户服务中心"],
    "form": "original",
    "medium": "paper",
    "source_kind": "scan",
    "carries_pii": "none",
    "pages": 1,
    "dept": "KF",
}


@pytest.fixture(autouse=True)
def project(house: House) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")


def test_handed_in_and_sent_back_by_the_api(house: House, chen: Actor, lin: Actor) -> None:
    paper = house.paper(lin, title="停水通知", class_code="WS.02", doc_date="2026-03-08", pages=["停水"])
    who = [lin]
    app = create_app(house.archive)
    set_actor_loader(app, lambda: replace(who[0], via="api"))
    client, base = app.test_client(), f"/api/v1/documents/{paper}"
    assert client.get(f"{base}/review").status_code == 404
    lacking = client.post(f"{base}/review", json={"revision": 1})
    assert lacking.status_code == 422 and lacking.json is not None
    assert "dept" in {error["field"] for error in lacking.json["errors"]}
    handed = client.post(f"{base}/review", json={"revision": 1, **FACTS})
    assert handed.status_code == 201 and handed.json is not None
    assert handed.json["state"] == "pending" and handed.json["facts"]["dept"] == "KF"
    back = {"revision": 1, "reason": "wrong_facts", "comment": "日期 13800138000"}
    assert client.post(f"{base}/review/return", json=back).status_code == 403
    who[0] = chen
    waiting = client.get("/api/v1/reviews").json
    assert waiting is not None and waiting["total"] == 1
    assert waiting["reviews"][0]["document"].endswith(str(paper))
    returned = client.post(f"{base}/review/return", json=back)
    assert returned.status_code == 200 and returned.json is not None
    assert returned.json["reason"] == "wrong_facts" and "13800138000" not in returned.text
    who[0] = lin
    mine = client.get("/api/v1/reviews?state=rejected").json
    assert mine is not None and mine["total"] == 1


def test_a_lock_by_the_api(house: House, chen: Actor) -> None:
    paper = house.paper(class_code="WS.02", pages=["停水"])
    zhou = house.person("周", "archivist")
    who = [chen]
    app = create_app(house.archive)
    set_actor_loader(app, lambda: replace(who[0], via="api"))
    client, lock = app.test_client(), f"/api/v1/documents/{paper}/lock"
    assert client.get(lock).status_code == 404
    taken_by_chen = client.post(lock).json
    assert taken_by_chen is not None and taken_by_chen["mine"] is True
    who[0] = zhou
    seen = client.get(lock).json
    assert seen is not None and seen["mine"] is False
    refused = client.post(lock)
    assert refused.status_code == 409 and refused.json is not None
    assert refused.json["code"] == "document.being-edited"
    broken = client.post(f"{lock}/break", json={"reason": "急用"})
    assert broken.status_code == 200 and broken.json is not None and broken.json["mine"] is True
    assert client.delete(lock).status_code == 204
    assert client.get(lock).status_code == 404


def test_handed_in_and_sent_back_by_command(house: House, chen: Actor, lin: Actor) -> None:
    paper = house.paper(lin, title="停水通知", class_code="WS.02", doc_date="2026-03-08", pages=["停水"])

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, words, obj=house.archive)
        return result.output if result.exit_code == 0 else f"failed: {result.output}"

    facts = [
        "responsible=某",
        "form=original",
        "medium=paper",
        "source_kind=scan",
        "carries_pii=none",
        "pages=1",
    ]
    assert run("review", "submit", str(paper), *facts, "--as", "林").startswith("failed")
    assert str(paper) in run("review", "submit", str(paper), *facts, "--dept", "KF", "--as", "林")
    assert str(paper) in run("review", "list", "--as", "陈")
    assert "failed" not in run("review", "return", str(paper), "--reason", "bad_scan", "--as", "陈")
    assert "bad_scan" in run("review", "list", "--sent-back", "--as", "林")
    assert run("review", "list", "--as", "陈") == ""


def test_what_nobody_else_touched_stays_mine_and_what_i_did_not_touch_becomes_theirs() -> None:
    typed = {"title": "我的", "unit": "3-1201", "owner": "我改的"}
    stored = {"title": "他的", "unit": "5-0803", "owner": "原来的"}
    found = both(typed, stored, {"title": "原来的题名", "unit": "3-1201"})
    assert set(found) == {"title", "unit"} and found["title"].clash and not found["unit"].clash
    assert told_again(typed, found) == {"title": "我的", "unit": "5-0803", "owner": "我改的"}
    with Flask(__name__).test_request_context(method="POST", data={"take": ["title", "no_such"]}):
        assert taken(typed, stored) == {**typed, "title": "他的"}


def test_where_nobody_knows_what_was_seen_every_difference_is_shown() -> None:
    found = both({"title": "我的", "unit": "一样"}, {"title": "他的", "unit": "一样"})
    assert set(found) == {"title"} and found["title"].clash
