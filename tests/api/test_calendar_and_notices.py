"""The calendar and one's notices for programs."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from archive_service import people, reminders
from archive_service.app import create_app
from archive_service.kernel.actor import Actor
from archive_service.people import Scope
from archive_service.reminders.rules import TRIAL
from tests.support.house import House

DAYS = [{"day": "2027-01-01", "working": False, "name": "元旦"}]


@pytest.fixture
def client(house: House) -> FlaskClient:
    return create_app(house.archive).test_client()


def key_of(house: House, who: Actor, *scopes: Scope) -> dict[str, str]:
    assert who.user_id is not None
    with house.work() as work:
        _, token = people.create_token(work, who.user_id, name="test", scopes=list(scopes or Scope))
    return {"Authorization": f"Bearer {token}"}


def test_a_year_is_entered_once_by_who_saw_it(house: House, client: FlaskClient) -> None:
    head = key_of(house, house.person("洪", "archive_head"))
    body: dict[str, Any] = {"days": DAYS, "source": "国务院办公厅的通知", "seen": 0}
    told = client.post("/api/v1/working-days/2027", json=body, headers=head)
    assert told.status_code == 200 and told.json is not None
    assert (told.json["complete"], told.json["revision"], told.json["days"]) == (True, 1, DAYS)
    assert client.post("/api/v1/working-days/2027", json=body, headers=head).status_code == 409
    counted = client.get("/api/v1/working-days?day=2027-01-01", headers=head).json
    assert counted == {"day": "2027-01-01", "working": False, "counted": "2027-01-04"}
    change = {"day": "2027-01-01", "working": None, "reason": "误录", "seen": 1}
    assert client.post("/api/v1/working-days/changes", json=change, headers=head).status_code == 200
    assert client.get("/api/v1/working-days/1999", headers=head).status_code == 404


def test_who_only_reads_changes_nothing(house: House, client: FlaskClient) -> None:
    reading = key_of(house, house.person("洪", "archive_head"), Scope.READ)
    body = {"days": DAYS, "source": "通知", "seen": 0}
    assert client.post("/api/v1/working-days/2027", json=body, headers=reading).status_code == 403
    assert client.get("/api/v1/working-days/2026", headers=reading).status_code == 200
    assert client.post("/api/v1/notices/reading", json={"up_to": 1}, headers=reading).status_code == 403


def test_ones_own_notices(house: House, client: FlaskClient) -> None:
    lin, chen = house.person("林", "front_desk"), house.person("陈", "archivist")
    assert lin.user_id is not None
    with house.work() as work:
        for key in ("a", "b", "c"):
            reminders.notify(work, lin.user_id, TRIAL, "user:1", key, {})
    mine, theirs = key_of(house, lin), key_of(house, chen)
    told = client.get("/api/v1/notices?size=2", headers=mine).json
    assert told is not None
    assert (told["total"], told["unread"], len(told["notices"])) == (3, 3, 2)
    assert "测试消息" in told["notices"][0]["says"]
    assert client.post("/api/v1/notices/1/reading", headers=theirs).status_code == 404
    assert client.post("/api/v1/notices/1/reading", headers=mine).json == {"marked": 1}
    assert client.post("/api/v1/notices/1/reading", headers=mine).json == {"marked": 0}
    assert client.post("/api/v1/notices/reading", json={"up_to": 3}, headers=mine).json == {"marked": 2}
