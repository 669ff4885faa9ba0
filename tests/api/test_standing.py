"""Filed papers for programs: due dates, another place, links, older rules, versions of the plan."""

from archive_service import premises
from tests.api.conftest import Calls
from tests.records.test_filing import file_it, notice, opened
from tests.records.test_retention import keep_for
from tests.support.filed import a_register
from tests.support.house import House


def test_programs_see_due_dates_move_papers_and_link_them(house: House, calls: Calls) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    chen, gao = house.person("陈", "archivist"), house.person("高", "archive_head")
    client = calls(chen)
    paper, other = notice(house), notice(house)
    for one in (paper, other):
        file_it(house, chen, one)
    url = f"/api/v1/documents/{paper}"
    told = client.get(f"{url}/retention").json
    assert told is not None and "standing" in told, told
    assert (told["standing"], told["due_date"], told["rule"]["version"]) == ("running", "2037-01-01", "1.0")
    asked = {"class_code": "WS.02.Z", "revision": 2, "reason": "类别错"}
    answer = client.post(f"{url}/place", json=asked)
    assert answer.status_code == 200 and answer.json is not None
    assert answer.json["archival_no"] == "WY01-WS·02·Z·2026-D30-KF-0001"
    gone = client.get("/api/v1/empty-numbers?number=wy01-ws.02.2026-d10-kf-0001").json
    assert gone is not None and (gone["kind"], gone["now"]) == ("reclassed", answer.json["archival_no"])
    linked = client.post(f"{url}/relations", json={"kind": "see_also", "other": f"/api/v1/documents/{other}"})
    assert linked.status_code == 201 and linked.json is not None
    relation = linked.json["relations"][0]
    assert (relation["document"], relation["kind"]) == (f"/api/v1/documents/{other}", "see_also")
    assert client.post(f"/api/v1/relations/{relation['id']}/removal").status_code == 200
    drop = client.post(f"{url}/withdrawal", json={"revision": 3, "reason": "重复"})
    assert drop.json is not None and len(drop.json["former_numbers"]) == 2
    keep_for(house, gao, "WS.02", 5)
    older = client.get("/api/v1/retention/older-rules").json
    assert older is not None and older["older_rules"][0]["shift"] == "earlier"
    one = client.get("/api/v1/retention/older-rules/WS.02").json
    assert one is not None and one["papers"][0]["under_newer_rule"]["due_date"] == "2032-01-01"
    versions = client.get("/api/v1/classes/versions").json
    assert versions is not None and [v["version"] for v in versions["versions"]] == ["1.1", "1.0"]
    assert versions["versions"][0]["changes"] == [
        {"kind": "changed", "code": "WS.02", "fields": ["retention"]}
    ]
    first = client.get("/api/v1/classes/versions/1.0").json
    assert first is not None
    assert next(c for c in first["classes"] if c["code"] == "WS.02")["retention_zh"] == "定期10年"


def test_programs_link_files_ask_for_a_lower_level_and_list_a_unit(house: House, calls: Calls) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    chen = house.person("陈", "archivist")
    client, unit = calls(chen), a_register(house)
    one, other = opened(house, chen, "ZX.01", unit="5-0301"), opened(house, chen, "ZX.04")
    asked = {"kind": "refers_to", "other": other.file_no}
    linked = client.post(f"/api/v1/case-files/{one.id}/relations", json=asked)
    assert linked.status_code == 201
    back = client.get(f"/api/v1/case-files/{other.id}/relations").json
    assert back is not None and back["relations"][0]["number"] == one.file_no
    assert client.post(f"/api/v1/case-files/{one.id}/relations", json=asked).status_code == 409
    paper = house.paper(title="申请", class_code="ZX.03", level=None, unit="5栋0301", pages=["a"])
    lower = {"level": "PUBLIC", "reason": "x"}
    assert client.post(f"/api/v1/documents/{paper}/level-requests", json=lower).status_code == 422
    held = client.get(f"/api/v1/units/{unit}/papers").json
    assert held is not None
    assert [d["title"] for d in held["documents"]] == ["申请"]
    assert [f["file_no"] for f in held["case_files"]] == [one.file_no]
