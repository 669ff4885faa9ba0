import base64

import pytest
from flask.testing import FlaskClient

from archive_service import people
from archive_service.app import create_app
from archive_service.kernel.actor import Actor
from archive_service.people import Scope
from tests.locations.store import Store, shelf
from tests.support.house import House

V1 = "/api/v1"


@pytest.fixture
def calls(house: House, chen: Actor, store: Store) -> FlaskClient:
    with house.work() as work:
        assert chen.user_id is not None
        _, token = people.create_token(work, chen.user_id, name="扫描枪", scopes=[Scope.READ, Scope.WRITE])
    client = create_app(house.archive).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_a_program_adds_places_and_moves_things(calls: FlaskClient, store: Store) -> None:
    added = calls.post(
        f"{V1}/places", json={"parent_id": store.section.id, "kind": "shelf", "code": "4", "capacity_mm": 900}
    )
    assert (added.status_code, added.json["path"]) == (201, "库1-D3-A-02-4")
    number = store.number(store.paper())
    asked = {"codes": [number], "to": added.json["label"], "reason": "上架"}
    looked = calls.post(f"{V1}/places/moves", json={**asked, "dry_run": True})
    assert (looked.json["moved"], looked.json["lines"][0]["standing"]) == (0, "ready")
    assert calls.post(f"{V1}/places/moves", json=asked).json["moved"] == 1
    found = calls.post(f"{V1}/places/where", json={"codes": [number, "X"]}).json["things"]
    assert [(one["known"], one["place"]) for one in found] == [(True, "库1-D3-A-02-4"), (False, "")]
    tree = calls.get(f"{V1}/places").json["places"]
    assert {row["path"]: row["things"] for row in tree}["库1"] == 1
    refused = calls.post(f"{V1}/places/moves", json={**asked, "codes": [number, "X"]})
    assert (refused.status_code, refused.json["code"]) == (409, "places.not-all-movable")


def test_a_program_takes_stock(calls: FlaskClient, store: Store) -> None:
    here, gone = store.paper(), store.paper()
    for item in (here, gone):
        store.puts(item, shelf(store.shelves[0]))
    begun = calls.post(f"{V1}/stock-takes", json={"place": store.cabinet.path})
    assert begun.status_code == 201
    count = f"{V1}/stock-takes/{begun.json['id']}"
    label = calls.post(f"{count}/scans", json={"code": store.shelves[0].label}).json["at"]
    scanned = calls.post(f"{count}/scans", json={"code": store.number(here), "at": label}).json
    assert scanned == {"at": store.shelves[0].label, "result": "found", "again": False}
    assert calls.post(f"{count}/steps", json={"step": "counted"}).json["unresolved"] == 1
    (line,) = calls.get(f"{count}/lines").json["lines"]
    said = {"resolution": "noted_missing", "result": line["result"], "note": "待查"}
    assert calls.post(f"{V1}/stock-take-lines/{line['id']}/resolution", json=said).json["unresolved"] == 0
    assert calls.post(f"{V1}/stock-take-lines/{line['id']}/resolution", json=said).status_code == 409
    assert calls.post(f"{count}/steps", json={"step": "closed"}).json["state"] == "closed"


def test_a_program_changes_closes_and_opens_a_box(calls: FlaskClient, store: Store) -> None:
    address = f"{V1}/boxes/{store.box().id}"
    wider = calls.patch(address, json={"revision": 1, "width_mm": 60})
    assert (wider.status_code, wider.json["width_mm"], wider.json["retention"]) == (200, 60, "D10")
    assert calls.patch(address, json={"revision": 1, "note": "x"}).status_code == 409
    assert calls.patch(address, json={"revision": 2, "closed": True}).json["closed"]
    assert calls.patch(address, json={"revision": 3, "note": "x"}).status_code == 409
    again = calls.patch(address, json={"revision": 3, "closed": False, "note": "第二盒"}).json
    assert (again["closed"], again["note"], again["revision"]) == (False, "第二盒", 5)


def test_a_program_gets_labels(calls: FlaskClient, store: Store) -> None:
    asked = {"codes": [store.shelves[0].label], "sheet": "4x10", "start": 40}
    made = calls.post(f"{V1}/places/labels", json=asked)
    assert base64.b64decode(made.json["pdf"]).startswith(b"%PDF")
    assert calls.post(f"{V1}/places/labels", json={**asked, "start": 41}).status_code == 422
