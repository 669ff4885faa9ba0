"""Programs open lists, settle items and read what is missing, with the rights of whose token they carry."""

from archive_service.kernel.actor import Actor
from tests.api.conftest import Calls
from tests.checklists.centre import Centre
from tests.premises.town import Town
from tests.support.house import House


def test_a_program_keeps_a_list(house: House, calls: Calls) -> None:
    chen: Actor = house.person("陈", "archivist")
    lin = house.person("林", "front_desk")
    centre = Centre(house, chen, Town(house, chen))
    call = calls(chen)
    assert len(call.get("/api/v1/checklists").json["checklists"]) == 17  # type: ignore[index]  # it has them
    file = centre.file()
    told = {"checklist": "CL-ZX", "case_file_id": file.id, "event_on": "2026-03-01"}
    key = {"Idempotency-Key": "once"}
    made = call.post("/api/v1/opened-checklists", json=told, headers=key)
    assert made.status_code == 201
    again = call.post("/api/v1/opened-checklists", json=told, headers=key)
    assert again.json == made.json
    opened = made.json
    assert isinstance(opened, dict)
    assert opened["unit_id"] == centre.unit and opened["completeness"]["missing"] == 6
    items = {item["code"]: item for item in opened["items"]}
    paper = house.document(centre.filed("装修申请表", file=file))
    address = f"/api/v1/checklist-items/{items['CL-ZX-01']['id']}/settlements"
    linked = call.post(address, json={"kind": "link", "archival_no": paper.archival_no, "seen": "0"})
    assert linked.status_code == 201 and linked.json["state"] == "satisfied"  # type: ignore[index]
    stale = call.post(address, json={"kind": "not_applicable", "reason": "x", "seen": "0"})
    assert stale.status_code == 409
    (settled,) = linked.json["settlements"]  # type: ignore[index]
    end = f"/api/v1/checklist-settlements/{settled['id']}/end"
    assert call.post(end, json={"reason": "错件"}).json["state"] == "missing"  # type: ignore[index]
    one = f"/api/v1/opened-checklists/{opened['id']}"
    told_facts = call.post(f"{one}/facts", json={"facts": {"deposit": True, "tenant_applies": True}})
    assert told_facts.json["completeness"]["needed"] == 7  # type: ignore[index]
    assert call.post(f"{one}/facts", json={"facts": {"moon": True}}).status_code == 422
    moved = call.post(f"{one}/stage", json={"stage": "approval", "seen": "application"})
    assert moved.json["stage"] == "approval"  # type: ignore[index]
    missing = call.get(f"/api/v1/missing-papers?unit_id={centre.unit}&class=ZX").json
    assert missing["total"] == 7  # type: ignore[index]
    assert call.get("/api/v1/supplement-tasks").json["total"] == 0  # type: ignore[index]
    # The front desk reads the same list without what is hidden from it.
    seen = {item["code"]: item["state"] for item in calls(lin).get(one).json["items"]}  # type: ignore[index]
    assert seen["CL-ZX-03"] == "closed" and seen["CL-ZX-01"] == "missing"
