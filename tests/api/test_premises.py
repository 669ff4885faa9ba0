"""Programs keep the register of units: the same rules, rights and masking as at the counter."""

import io
from datetime import date
from typing import Any

import pytest

from archive_service.kernel.actor import Actor
from archive_service.people import Scope
from archive_service.premises.models import Unit
from archive_service.premises.service.seals import seal_of
from tests.api.conftest import Caller, Calls
from tests.premises.test_parties import ID, MOBILE, ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.house import House

UNITS = "/api/v1/units"


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def call(calls: Calls, chen: Actor) -> Caller:
    return calls(chen)


def made(call: Caller, path: str, **told: Any) -> dict[str, Any]:
    answer = call.post(path, json=told)
    assert answer.status_code == 201, answer.text
    body = answer.json
    assert isinstance(body, dict)
    return body


def test_a_program_fills_the_register(call: Caller) -> None:
    project = made(call, "/api/v1/projects", number="WY01", name_zh="云栖花园")
    assert call.post("/api/v1/projects", json={"number": "WY01", "name_zh": "x"}).status_code == 409
    assert call.post("/api/v1/projects", json={"number": "1", "name_zh": "x"}).status_code == 422
    building = made(call, f"/api/v1/projects/{project['id']}/buildings", name="3", phase="一期")
    told = {
        "building_id": building["id"],
        "entrance": "2",
        "room": "1201",
        "kind": "flat",
        "build_area": "89.5",
    }
    unit = made(call, UNITS, **told)
    assert (unit["display"], unit["build_area"], unit["phase"]) == ("3栋2单元1201", "89.50", "一期")
    assert call.post(UNITS, json=told).status_code == 409
    assert call.post(UNITS, json=told | {"room": "12 01"}).json["field"] == "room"  # type: ignore[index]  # it has one
    assert call.post(UNITS, json=told | {"owner_id": 1}).status_code == 400
    assert call.post(UNITS, json=told | {"building_id": 10**30}).status_code == 422
    assert call.get("/api/v1/projects").json == {"projects": [project]}
    found = call.get(f"{UNITS}?q=3-1201").json
    assert found == {"total": 1, "page": 1, "size": 50, "units": [unit]}
    assert call.get(f"{UNITS}/{unit['id']}").json == unit | {"occupants": []}
    assert call.get(f"{UNITS}/{10**25}").status_code == 404


def test_one_key_makes_one_unit(call: Caller) -> None:
    project = made(call, "/api/v1/projects", number="WY01", name_zh="云栖花园")
    building = made(call, f"/api/v1/projects/{project['id']}/buildings", name="3")
    told = {"building_id": building["id"], "room": "1201", "kind": "flat"}
    first, second = (call.post(UNITS, json=told, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json == second.json and second.headers["Idempotency-Replayed"] == "true"


def test_a_unit_is_changed_closed_and_opened(call: Caller, town: Town) -> None:
    unit = town.unit("3栋", "1201")
    address = f"{UNITS}/{unit}"
    changed = call.patch(address, json={"revision": 1, "reason": "核对", "use_state": "let"})
    assert changed.status_code == 200 and changed.json is not None and changed.json["revision"] == 2
    assert call.patch(address, json={"revision": 1, "reason": "x", "use_state": "vacant"}).status_code == 409
    assert call.patch(address, json={"revision": 2, "reason": "x"}).status_code == 422
    assert call.patch(address, json={"revision": 2, "reason": "", "note": "x"}).status_code == 422
    closed = call.patch(address, json={"revision": 2, "reason": "合并", "closed": True})
    assert closed.json is not None and closed.json["closed"] is True
    assert call.get(UNITS).json["total"] == 0  # type: ignore[index]  # it has one
    opened = call.patch(address, json={"revision": 3, "reason": "误关", "closed": False, "note": "恢复"})
    assert opened.json is not None and (opened.json["closed"], opened.json["note"]) == (False, "恢复")


def test_numbers_in_a_remark_come_covered_and_stay(call: Caller, town: Town, house: House) -> None:
    unit = town.unit("3栋", "1201", note=f"女儿{MOBILE}")
    address = f"{UNITS}/{unit}"
    shown = call.get(address).json
    assert shown is not None and shown["note"] == "女儿138****0000" and MOBILE not in call.get(UNITS).text
    told = {"revision": 1, "reason": "核对", "use_state": "let", "note": shown["note"]}
    assert call.patch(address, json=told).status_code == 200
    with house.archive.reading() as session:
        assert session.get_one(Unit, unit).note == f"女儿{MOBILE}"
    refused = call.patch(address, json={"revision": 2, "reason": "核对", "note": "138****0000"})
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["code"] == "premises.covered-number"


def test_who_lives_there_is_told_masked_or_not_at_all(
    calls: Calls, call: Caller, town: Town, house: House
) -> None:
    unit = town.unit("3栋", "1201")
    holds(town, unit, entered(town, seal_of(house.archive), ZHANG), since=date(2024, 3, 8), share=10_000)
    answer = call.get(f"{UNITS}/{unit}")
    assert answer.json is not None and answer.json["occupants"] == [
        {
            "role": "owner", "name": "张*例", "id_no": "110***********002X", "mobile": "138****0000", "share": "100%",
            "since": "2024-03-08", "until": None,
        }
    ]  # fmt: skip
    assert ID not in answer.text and MOBILE not in answer.text
    for role in ("cashier", "engineering"):
        hidden = calls(house.person("小钱" + role, role)).get(f"{UNITS}/{unit}")
        assert hidden.json is not None and hidden.json["occupants"] is None
    assert calls(house.person("管理员", "it_admin")).get(UNITS).status_code == 403


def test_a_table_comes_in_whole_or_not_at_all(call: Caller, town: Town) -> None:
    good, bad = "楼栋,房号,类型\n3,1201,住宅\n", "楼栋,房号,类型\n3,1201,住宅\n3,1202,城堡\n"

    def send(content: str, **told: str) -> Any:
        return call.post(f"{UNITS}/import", data={"file": (io.BytesIO(content.encode()), "u.csv"), **told})

    refused = send(bad, reason="移交")
    assert refused.status_code == 409
    assert [(p["row"], p["column"], p["code"]) for p in refused.json["problems"]] == [
        (3, "类型", "premises.bad-kind")
    ]
    assert send(good, dry_run="true").json["added"] == 1 and town.listed() == []
    assert send(good).status_code == 422  # no reason
    assert send(good, reason="移交").json["imported"] is True and town.listed() == ["3栋1201"]
    assert send(good, reason="移交").json["same"] == 1
    assert send(bad, reason="移交", skip_problems="true").json["left_out"] == 1
    assert send("PK 什么都不是", reason="x").status_code == 422
    assert (
        call.post(f"{UNITS}/import", data={"reason": "x"}, content_type="multipart/form-data").status_code
        == 422
    )
    assert send(good, reason="x", role="admin").status_code == 400


def test_a_token_that_reads_writes_nothing(calls: Calls, chen: Actor, town: Town) -> None:
    reader = calls(chen, Scope.READ)
    assert reader.get(UNITS).status_code == 200
    assert reader.post("/api/v1/projects", json={"number": "WY02", "name_zh": "x"}).status_code == 403


@pytest.fixture
def town(house: House, chen: Actor) -> Town:
    return Town(house, chen)


def test_a_program_renames_and_closes_a_building(call: Caller) -> None:
    project = made(call, "/api/v1/projects", number="WY01", name_zh="云栖花园")
    building = made(call, f"/api/v1/projects/{project['id']}/buildings", name="3")
    made(call, UNITS, building_id=building["id"], room="1201", kind="flat")
    address = f"/api/v1/buildings/{building['id']}"
    told = {"revision": 1, "reason": "门牌更换"}
    assert call.patch(address, json=told | {"closed": True}).status_code == 409
    assert call.patch(address, json=told | {"name": "12栋", "revision": 2}).status_code == 409
    renamed = call.patch(address, json=told | {"name": "12栋"})
    assert renamed.status_code == 200
    assert call.get(f"/api/v1/projects/{project['id']}/buildings").json == {"buildings": [renamed.json]}
    assert call.get(f"{UNITS}?q=12-1201").json["total"] == 1  # type: ignore[index]  # it has one
    assert call.get("/api/v1/projects/999/buildings").status_code == 404


def test_a_program_brings_in_owners_and_is_told_what_is_wrong_by_row(call: Caller) -> None:
    project = made(call, "/api/v1/projects", number="WY01", name_zh="云栖花园")
    building = made(call, f"/api/v1/projects/{project['id']}/buildings", name="3")
    unit = made(call, UNITS, building_id=building["id"], room="1201", kind="flat")
    table = f"房号,姓名,身份证号,起始日期\n3-1201,张示例,{ID},2024-03-08\n9-901,李示例,,2024-03-08\n"

    def sent(**told: str) -> Any:
        data = {"file": (io.BytesIO(table.encode()), "业主.csv"), "reason": "移交", **told}
        return call.post("/api/v1/parties/import", data=data)

    refused = sent()
    assert refused.status_code == 409 and refused.json["problems"][0]["row"] == 3
    assert sent(dry_run="true").json["added"] == 1
    done = sent(skip_problems="true").json
    assert (done["imported"], done["added"], done["people"], done["left_out"]) == (True, 1, 1, 1)
    occupants = call.get(f"{UNITS}/{unit['id']}").json["occupants"]  # type: ignore[index]  # it has some
    assert [(one["name"], one["role"]) for one in occupants] == [("张*例", "owner")]
