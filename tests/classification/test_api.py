"""The plan for programs: the same verbs, the same rights, never over somebody else's change."""

import io
from typing import Any

import pytest
from flask import Flask

from archive_service.classification import queries
from archive_service.classification.rules import (
    parse_plan,
    read_plan,
    replaced,
    shipped_plan,
    write_plan,
    write_sheets,
)
from archive_service.kernel.actor import Actor
from archive_service.people import Scope
from tests.api.conftest import Caller, Calls, app, calls, stranger
from tests.support.house import House

__all__ = ["app", "calls", "stranger"]

CLASSES = "/api/v1/classes"
MINUTES = {
    "code": "WS.20",
    "name_zh": "会议纪要",
    "name_en": "Minutes",
    "level": "INTERNAL",
    "on_exit": "retain",
    "retention": {"kind": "fixed", "years": 10, "trigger": "year_end"},
    "disposition": "review",
    "doc_types": ["=例会纪要"],
    "reason": "分开存放",
}


@pytest.fixture
def program(calls: Calls, head: Actor) -> Caller:
    return calls(head)


def number_in_force(house: House) -> str:
    with house.archive.reading() as session:
        return queries.scheme_versions(session, limit=1)[0].number


def test_the_plan_and_a_class_are_read_with_their_version(calls: Calls, house: House) -> None:
    clerk = calls(house.person("小李", "front_desk"), Scope.READ)
    answer = clerk.get(CLASSES)
    assert answer.headers["ETag"] == '"1.0"'
    told = answer.json
    assert (told["scheme"], told["version"], len(told["classes"])) == ("WYDA-2026", "1.0", 90)
    one = clerk.get(f"{CLASSES}/KU.03")
    assert one.headers["ETag"] == '"1.0"'
    assert one.json in told["classes"]
    assert one.json["retention"]["blocked_while"] == "deposit_unsettled"
    assert clerk.get(f"{CLASSES}/KU").json["retention"] is None
    for unknown in ("XX.99", "WS.02%00", "plans"):
        assert clerk.get(f"{CLASSES}/{unknown}").status_code == 404


def test_a_class_comes_changes_closes_and_opens(house: House, program: Caller) -> None:
    added = program.post(CLASSES, json={**MINUTES, "seen": "1.0"})
    assert (added.status_code, added.headers["ETag"]) == (201, '"1.1"'), added.text
    assert added.headers["Location"] == f"{CLASSES}/WS.20"
    assert added.json["retention_zh"] == "定期10年" and added.json["retention"]["code"] == "D10"
    house.paper(class_code="WS.20")
    named = program.patch(
        f"{CLASSES}/WS.20",
        headers={"If-Match": added.headers["ETag"]},
        json={"name_zh": "例会纪要", "reason": "改名"},
    )
    assert (named.status_code, named.headers["ETag"]) == (200, '"1.2"'), named.text
    assert named.json == added.json | {"name_zh": "例会纪要"}
    longer = program.patch(
        f"{CLASSES}/WS.20",
        json={
            "retention": {"kind": "event", "years": 5, "trigger": "case_closed"},
            "doc_types": [],
            "reason": "按办结算",
            "seen": "1.2",
        },
    )
    assert longer.json["retention"]["code"] == "E5" and longer.json["doc_types"] == []
    closed = program.post(f"{CLASSES}/WS/closing", json={"reason": "不再收", "seen": "1.3"})
    assert closed.status_code == 200 and closed.json["closed"]
    assert program.get(f"{CLASSES}/WS.20").json["closed"]
    blocked = program.post(f"{CLASSES}/WS.20/opening", json={"reason": "再收", "seen": "1.4"})
    assert (blocked.status_code, blocked.json["code"]) == (422, "classification.contradiction")
    assert blocked.json["detail"] == "WS.20: The class above it is closed."
    assert program.post(f"{CLASSES}/WS/opening", json={"reason": "再收", "seen": "1.4"}).status_code == 200
    assert program.post(f"{CLASSES}/WS.20/opening", json={"reason": "再收", "seen": "1.5"}).status_code == 200
    assert number_in_force(house) == "1.6"


def test_nobody_changes_what_they_did_not_look_at(house: House, program: Caller) -> None:
    path, patch = f"{CLASSES}/WS.02", {"name_zh": "公告", "reason": "改名"}
    needed = program.patch(path, json=patch)
    assert (needed.status_code, needed.json["code"]) == (428, "classification.needs-version")
    both = program.patch(path, json={**patch, "seen": "1.0"}, headers={"If-Match": '"1.1"'})
    assert both.status_code == 428
    assert program.patch(path, json={**patch, "seen": "1.0"}).status_code == 200
    stale = program.patch(path, json={**patch, "seen": "1.0"})
    assert (stale.status_code, stale.json["code"]) == (409, "classification.changed-meanwhile")
    for tag in ('"1.0"', '"x"', '"1.1", "1.2"', "*"):
        refused = program.patch(path, json=patch, headers={"If-Match": tag})
        assert refused.status_code in (412, 428), tag
    assert number_in_force(house) == "1.1"


def test_a_request_that_is_sent_twice_has_one_effect(house: House, program: Caller) -> None:
    for replayed in (None, "true"):
        answer = program.post(CLASSES, json={**MINUTES, "seen": "1.0"}, headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 201
        assert answer.headers.get("Idempotency-Replayed") == replayed
        assert answer.headers["ETag"] == '"1.1"'
    other = program.post(
        f"{CLASSES}/WS.02/closing", json={"reason": "x", "seen": "1.1"}, headers={"Idempotency-Key": "k1"}
    )
    assert other.json["code"] == "idempotency.key-reused"
    assert number_in_force(house) == "1.1"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"code": "WS.02"}, 422),
        ({"code": "ws"}, 422),
        ({"code": "QQ.01"}, 422),
        ({"name_zh": ""}, 422),
        ({"name_zh": "长" * 121}, 422),
        ({"name_zh": "a\x07"}, 422),
        ({"level": "SECRET"}, 422),
        ({"retention": None}, 422),
        ({"retention": {"kind": "fixed", "years": "10", "trigger": "year_end"}}, 422),
        ({"retention": {"kind": "fixed", "years": 10, "trigger": "when_it_rains"}}, 422),
        ({"retention": {"kind": "fixed", "years": 10, "trigger": "year_end", "code": "Y"}}, 400),
        ({"sources": ["NOPE"]}, 422),
        ({"doc_types": ["a\nb"]}, 422),
        ({"doc_types": ["x"] * 101}, 422),
        ({"reason": " "}, 422),
        ({"reason": "长" * 256}, 422),
        ({"seen": "newest"}, 422),
        ({"parent": "KJ"}, 400),
        ({"is_closed": True}, 400),
        ({"owner_id": 7}, 400),
    ],
)
def test_a_class_that_does_not_fit_is_refused(
    house: House, program: Caller, wrong: dict[str, Any], status: int
) -> None:
    answer = program.post(CLASSES, json={**MINUTES, "seen": "1.0", **wrong})
    assert answer.status_code == status, answer.text
    assert number_in_force(house) == "1.0"


def test_only_the_head_changes_it_and_only_with_a_token_that_may_write(
    house: House, calls: Calls, head: Actor
) -> None:
    for caller in (calls(house.person("小李", "archivist")), calls(head, Scope.READ)):
        why = {"reason": "x", "seen": "1.0"}
        for method, path, sent in (
            ("POST", CLASSES, {"json": {**MINUTES, "seen": "1.0"}}),
            ("PATCH", f"{CLASSES}/WS.02", {"json": {"name_zh": "x", **why}}),
            ("POST", f"{CLASSES}/WS.02/closing", {"json": why}),
            ("POST", f"{CLASSES}/WS.02/opening", {"json": why}),
            ("POST", f"{CLASSES}/plan", {"data": {"file": (io.BytesIO(b"x"), "a.yaml"), **why}}),
        ):
            assert caller(method, path, **sent).status_code == 403, path
    assert number_in_force(house) == "1.0"


def test_the_whole_plan_goes_out_and_comes_in(house: House, program: Caller) -> None:
    out = program.get(f"{CLASSES}/plan")
    assert out.headers["ETag"] == '"1.0"' and parse_plan(out.data) == shipped_plan()
    book = program.get(f"{CLASSES}/plan?format=xlsx&version=1.0")
    assert book.headers["Content-Disposition"] == "attachment; filename=WYDA-2026-1.0.xlsx"
    plan = read_plan(book.data)
    changed = replaced(plan, plan.by_code["WS.02"].__class__(**_named(plan, "公告")))

    def send(content: bytes, **told: str) -> Any:
        return program.post(f"{CLASSES}/plan", data={"file": (io.BytesIO(content), "计划"), **told})

    dry = send(write_sheets(changed), dry_run="true")
    assert dry.json == {
        "version": "1.0",
        "dry_run": True,
        "changes": [{"kind": "changed", "code": "WS.02", "fields": ["name_zh"]}],
    }
    assert number_in_force(house) == "1.0"
    assert send(write_sheets(changed), reason="改名").status_code == 428
    assert send(write_sheets(changed), seen="1.0").json["code"] == "classification.reason-needed"
    done = send(write_sheets(changed), seen="1.0", reason="改名")
    assert done.json == dry.json | {"version": "1.1", "dry_run": False}
    assert done.headers["ETag"] == '"1.1"'
    assert send(write_plan(plan).encode(), seen="1.0", reason="退回").status_code == 409
    assert send(write_plan(plan).encode(), seen="1.1", reason="退回").json["version"] == "1.2"
    same = send(write_plan(plan).encode(), seen="1.2", reason="再来")
    assert same.json["code"] == "classification.nothing-changes"
    assert program.get(f"{CLASSES}/plan?version=9.9").status_code == 404
    assert program.get(f"{CLASSES}/plan?format=pdf").status_code == 422


def _named(plan: Any, name: str) -> dict[str, Any]:
    from dataclasses import fields

    known = plan.by_code["WS.02"]
    return {f.name: getattr(known, f.name) for f in fields(known)} | {"name_zh": name}


def test_a_file_that_can_not_be_taken_is_told_with_its_place(house: House, calls: Calls, head: Actor) -> None:
    program = calls(head, language="zh-CN")

    def send(**told: Any) -> Any:
        return program.post(f"{CLASSES}/plan", data={"reason": "x", "seen": "1.0", **told})

    broken = send(file=(io.BytesIO(b"PK\x03\x04"), "a.xlsx"))
    assert (broken.status_code, broken.json["code"]) == (422, "classification.bad-plan")
    assert "这不是工作簿" in broken.json["detail"]
    none = program.post(f"{CLASSES}/plan", data={"reason": "x"}, content_type="multipart/form-data")
    assert none.json["code"] == "classification.bad-plan"
    assert send(file=(io.BytesIO(b"x"), "a"), role="admin").status_code == 400
    assert send(file=[(io.BytesIO(b"x"), "a"), (io.BytesIO(b"y"), "b")]).status_code == 422
    large = program.post(
        f"{CLASSES}/plan", data=b"x" * 3_000_000, content_type="multipart/form-data; boundary=b"
    )
    assert large.status_code == 413
    missing = write_plan(shipped_plan()).replace("- code: WS.08", "- code: WS.88").encode()
    assert send(file=(io.BytesIO(missing), "a")).json["code"] == "classification.class-missing"
    assert number_in_force(house) == "1.0"


def test_the_description_knows_both_kinds_of_file(app: Flask) -> None:
    from archive_service.api.description import spec_of

    answer = spec_of(app)["paths"][f"{CLASSES}/plan"]["get"]["responses"]["200"]
    assert set(answer["content"]) == {
        "application/yaml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
