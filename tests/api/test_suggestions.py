"""What is proposed for a document, told to programs."""

from archive_service import suggestions
from archive_service.kernel.levels import Level
from tests.api.conftest import DOCUMENTS, Calls
from tests.support.house import House

LETTER = "物业费催缴函 CJ-2026-0033\n房号11栋0201，业主魏设定，手机12000000003。\n欠缴物业服务费2916.00元。"


def test_a_program_gets_the_proposals_its_owner_would_see(house: House, calls: Calls) -> None:
    chen, lin = calls(house.person("chen", "archivist")), calls(house.person("lin", "front_desk"))
    paper = house.paper(title="IMG_1", pages=[LETTER])
    address = f"{DOCUMENTS}/{paper}/suggestions"
    before = chen.get(address)
    assert before.json == {"version_id": None, "model": None, "fields": []}
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    told = chen.get(address).json
    first = {proposed["field"]: proposed for proposed in reversed(told["fields"])}
    assert first["class_code"]["value"] == "KF.05"
    assert first["doc_number"]["value"] == "CJ-2026-0033"
    assert first["doc_number"]["evidence"] == [{"page": 1, "words": "CJ-2026-0033", "boxes": []}]
    assert (first["unit"]["value"], first["owner"]["value"]) == ("11-0201", "魏设定")
    assert "12000000003" not in lin.get(address).text


def test_what_is_hidden_has_no_proposals(house: House, calls: Calls) -> None:
    paper = house.paper(level=Level.SENSITIVE, pages=[LETTER])
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    wu = calls(house.person("wu", "engineering"))
    assert wu.get(f"{DOCUMENTS}/{paper}/suggestions").status_code == 404
    assert wu.get(f"{DOCUMENTS}/00000000-0000-0000-0000-000000000000/suggestions").status_code == 404
