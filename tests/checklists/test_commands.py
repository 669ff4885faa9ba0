"""Checklists on the command line."""

import json

from click.testing import CliRunner, Result

from archive_service.checklists.cli import checklist
from archive_service.kernel.actor import Actor
from tests.checklists.centre import Centre
from tests.support.house import House


def run(house: House, *words: str | int) -> Result:
    return CliRunner().invoke(checklist, [str(word) for word in words], obj=house.archive)


def done(house: House, *words: str | int) -> str:
    result = run(house, *words)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_a_list_is_opened_filled_and_told_of(house: House, centre: Centre, chen: Actor) -> None:
    assert len(json.loads(done(house, "lists", "--json"))) == 17
    assert "装修申请表" in done(house, "lists", "CL-ZX")
    opened = done(house, "open", "CL-ZX", "--unit", "3-1201", "--on", "2026-03-01", "--as", "陈")
    told = json.loads(done(house, "show", opened, "--json"))
    assert (told["stage"], told["needed"], told["settled"]) == ("application", 6, 0)
    items = {item["code"]: item["id"] for item in told["items"]}
    paper = house.document(centre.filed("装修申请表", file=centre.file()))
    assert done(house, "link", items["CL-ZX-01"], paper.archival_no) == "CL-ZX-01 satisfied"
    assert done(house, "promise", items["CL-ZX-02"], "2026-03-20") == "CL-ZX-02 promised"
    assert (
        done(house, "waive", items["CL-ZX-11"], "--reason", "统一签", "--as", "陈")
        == "CL-ZX-11 not_applicable"
    )
    assert done(house, "take-back", items["CL-ZX-11"], "--reason", "要签") == "CL-ZX-11 missing"
    assert "1 undecided" in done(house, "facts", opened, *_no(told, house))
    assert done(house, "stage", opened, "approval") == "approval"
    missing = json.loads(done(house, "missing", "--unit", "3-1201", "--steward", "陈", "--json"))
    assert missing["total"] == len(missing["missing"]) == 6
    assert "0 open" in done(house, "tasks")


def _no(told: dict[str, object], house: House) -> list[str]:
    (listed,) = json.loads(done(house, "lists", str(told["checklist"]), "--json"))
    return [f"{fact}=no" for fact in listed["facts"] if fact != "tenant_applies"]


def test_what_can_not_be_says_why(house: House, centre: Centre, lin: Actor) -> None:
    for words, why in (
        (("lists", "CL-XX"), "nothing here"),
        (("open", "CL-TG"), "What is the list for?"),
        (("open", "CL-RH", "--unit", "九栋九"), "No unit"),
        (("open", "CL-RH", "--unit", "3-1201", "--as", "nobody"), "nobody with the sign-in name"),
        (("open", "CL-RH", "--file", "WY01-ZX·01·2026-0009"), "nothing here"),
        (("facts", "1", "moon=maybe"), "write it like"),
        (("take-back", "999", "--reason", "x"), "nothing here"),
    ):
        result = run(house, *words)
        assert result.exit_code == 1 and why in result.output, (words, result.output)
