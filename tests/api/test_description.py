"""The API's description of itself is true and readable."""

import re
from typing import Any

import pytest
from flask import Flask

from archive_service import jobs
from archive_service.api.description import TAGS, spec_of
from archive_service.api.doors import PREFIX
from tests.api.conftest import Caller, Calls
from tests.support.house import House
from tests.support.json_schema import misfits, resolve


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


def test_it_is_openapi_3_1_with_nothing_dangling(house: House, stranger: Caller) -> None:
    house.person("chen", "archivist")  # before anybody can sign in there is no API
    spec = stranger.get(f"{PREFIX}/openapi.json").json
    assert spec["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(spec["info"])
    assert spec["security"] == [{"token": []}, {"session": []}]
    for reference in _references(spec):
        assert resolve(reference, spec)
    named = {r.removeprefix("#/components/schemas/") for r in _references(spec)}
    assert set(spec["components"]["schemas"]) == named, "schemas that nobody uses"
    seen: set[str] = set()
    for path, operations in spec["paths"].items():
        assert path.startswith(PREFIX)
        for method, operation in operations.items():
            assert method in ("get", "post", "patch", "delete")
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            assert operation["summary"]
            assert operation["tags"][0] in TAGS
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            in_path = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
            assert [f"{{{name}}}" in path for name in in_path] == [True] * path.count("{")
            for parameter in operation["parameters"]:
                assert {"name", "in", "schema", "required"} <= set(parameter)
            for response in operation["responses"].values():
                assert response["description"]


def test_every_call_of_the_api_is_described(app: Flask) -> None:
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, operations in spec_of(app)["paths"].items()
        for method in operations
    }
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.split(".")[0]
        if not blueprint.endswith("_api"):
            continue
        plain = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"<\1>", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert (plain, method) in described


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_people_read_it_as_a_page_in_both_languages(house: House, app: Flask, language: str) -> None:
    house.person("chen", "archivist")
    browser = app.test_client()
    browser.set_cookie("language", language)
    page = browser.get(f"{PREFIX}/docs")
    assert page.status_code == 200
    assert ("API 参考" in page.text) == (language == "zh_CN")
    assert ("Bring in a document" in page.text) == (language == "en")
    for path in spec_of(app)["paths"]:
        assert path in page.text
    assert "//cdn" not in page.text
    assert 'style="' not in page.text


def test_the_checker_of_these_tests_can_fail() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1}, "s": {"type": "string", "format": "uuid"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    assert not list(misfits({"n": 1}, schema, schema))
    for wrong in ({}, {"n": 0}, {"n": True}, {"n": "1"}, {"n": 1, "x": 1}, {"n": 1, "s": "x"}, [], None):
        assert list(misfits(wrong, schema, schema)), wrong
    with pytest.raises(ValueError, match="does not know"):
        list(misfits(1, {"oneOf": []}, {}))


def test_the_file_plan_and_the_state_of_the_service_are_told(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    classes = {one["code"]: one for one in chen.get(f"{PREFIX}/classes").json["classes"]}
    assert (classes["YZ.01"]["parent"], classes["YZ.01"]["selectable"]) == ("YZ", True)
    chen.brings(b"one")
    state = chen.get(f"{PREFIX}/status").json
    assert state["documents"] == {"total": 1, "unclassified": 1, "unread": 1, "stuck": 0}
    assert [(w["topic"], w["open"]) for w in state["waiting"]] == [
        ("version.read", 1),
        ("version.received", 1),
    ]
    assert state["index"] == {"healthy": True, "entries": 0}
    assert state["last_backup"] is None
    assert (state["workers"], state["unattended"]) == ([], ["read", "index", "jobs"])
    now = house.clock.now()
    with house.archive.sessions.writing() as session:
        jobs.sign(session, now, jobs.WorkerCard("w", "server-1", 4711, ("read",), now))
    state = chen.get(f"{PREFIX}/status").json
    assert state["unattended"] == ["index", "jobs"]
    assert [(w["host"], w["pid"], w["queues"], w["alive"]) for w in state["workers"]] == [
        ("server-1", 4711, ["read"], True)
    ]
    assert chen.get("/health/ready").json == {"status": "ready", "background": "running"}
    desk = calls(house.person("li", "front_desk"))
    assert desk.get(f"{PREFIX}/status").status_code == 403
    assert desk.get(f"{PREFIX}/classes").status_code == 200
