"""Who comes in, and in what form things must come."""

import io
from datetime import timedelta

import pytest
from flask import Flask, Response

from archive_service import people
from archive_service.api import limits
from archive_service.kernel.errors import Busy
from archive_service.people import Scope
from tests.api.conftest import DOCUMENTS, Caller, Calls
from tests.support.house import House

OPEN = ("/health/live", "/health/ready", "/api/v1/openapi.json", "/api/v1/docs")


def test_strangers_and_wrong_tokens_get_nothing(app: Flask, house: House, stranger: Caller) -> None:
    paper = house.paper(class_code="WS.02")
    for method, path in (
        ("GET", DOCUMENTS),
        ("GET", f"{DOCUMENTS}/{paper}"),
        ("POST", DOCUMENTS),
        ("PATCH", f"{DOCUMENTS}/{paper}"),
        ("GET", "/api/v1/search?q=x"),
        ("GET", "/api/v1/nothing"),
    ):
        refused = stranger(method, path)
        assert (refused.status_code, refused.json["code"]) == (401, "sign-in-needed")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    for token in ("", "arc_x", "x" * 5000, "\u0100".encode().decode("latin-1")):
        refused = Caller(app, token).get(DOCUMENTS)
        assert (refused.status_code, refused.json["code"]) == (401, "token.unknown")
    basic = stranger.get(DOCUMENTS, headers={"Authorization": "Basic YTpi"})
    assert basic.status_code == 401


def test_a_token_ends_with_its_days_its_revocation_and_its_owner(house: House, app: Flask) -> None:
    chen = house.person("chen", "archivist")
    assert chen.user_id is not None
    with house.work() as work:
        made = [
            people.create_token(work, chen.user_id, name="t", scopes=[Scope.READ], days=days)
            for days in (1, 90, 90)
        ]
    callers = [Caller(app, token) for _, token in made]
    assert [c.get(DOCUMENTS).status_code for c in callers] == [200, 200, 200]
    house.clock.passes(days=1)
    with house.work() as work:
        people.revoke_token(work, made[1][0])
    assert [c.get(DOCUMENTS).status_code for c in callers] == [401, 401, 200]
    with house.work() as work:
        people.disable(work, chen.user_id)
    assert callers[2].get(DOCUMENTS).status_code == 401


def test_errors_speak_the_language_that_was_asked_for(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    english, chinese = calls(chen), calls(chen, language="zh-CN,zh;q=0.9,en;q=0.5")
    path = f"{DOCUMENTS}?role=admin"
    one, other = english.get(path), chinese.get(path)
    for answer in (one, other):
        assert answer.content_type == "application/problem+json"
        assert answer.json["type"] == "urn:archive-service:problem:invalid.unknown-field"
        assert (answer.json["title"], answer.json["status"]) == ("Bad Request", 400)
        assert answer.json["field"] == "role"
    assert one.json["detail"] == "The field “role” is not known here."
    assert any("\u4e00" <= char <= "\u9fff" for char in other.json["detail"])
    assert "role" in other.json["detail"]
    fields = english.get(f"{DOCUMENTS}?page=x&size=1000").json["errors"]
    assert fields == [
        {"place": "query", "field": "page", "code": "int-parsing"},
        {"place": "query", "field": "size", "code": "less-than-equal"},
    ]


def test_what_goes_wrong_inside_is_told_by_a_reference_only(
    app: Flask, house: House, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.testing = False
    program = calls(house.person("chen", "archivist"))
    assert program.get(DOCUMENTS).status_code == 200

    def breaks(**_: object) -> Response:
        raise RuntimeError("secret inner words")

    monkeypatch.setitem(app.view_functions, "documents_api.listing", breaks)
    failed = program.get(DOCUMENTS)
    assert (failed.status_code, failed.json["code"]) == (500, "internal")
    assert failed.json["instance"].endswith(failed.json["reference"])
    assert "secret" not in failed.text

    def is_busy(**_: object) -> Response:
        raise Busy()

    monkeypatch.setitem(app.view_functions, "documents_api.listing", is_busy)
    assert program.get(DOCUMENTS).headers["Retry-After"] == "30"


def test_only_json_is_taken_as_json(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen)}"
    program = calls(chen)
    good = b'{"revision": 1, "title": "x"}'
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
    ):
        refused = program.patch(at, data=good, content_type=kind)
        assert (refused.status_code, refused.json["code"]) == (415, "unsupported-media-type")
    deep = b"[" * 30_000 + b"]" * 30_000
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe{}",
        b"{" + deep + b"}",
        b'{"title":' + deep + b"}",
        b'{"revision": NaN}',
        b'{"revision": 1, "title": Infinity}',
        b'{"revision": -Infinity}',
        b'{"revision": 1e999}',
        b'{"revision": 1, "title": "x", "title": "y"}',
        b'{"revision": 1, "title": {"a": 1, "a": 2}}',
        b'{"revision": 1, "revision": 1, "title": "x"}',
    ):
        assert program.patch(at, data=body, content_type="application/json").status_code == 400
    long = b'{"revision": 1, "title": "' + b"x" * 70_000 + b'"}'
    assert program.patch(at, data=long, content_type="application/json").status_code == 413
    assert program.get(at).json["revision"] == 1
    assert program.patch(at, data=good, content_type="application/json; charset=utf-8").status_code == 200


def test_nothing_overrides_the_method_or_the_host(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen)}"
    program = calls(chen)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert program.post(at, headers={header: "PATCH"}, json={"revision": 1}).status_code == 405
        assert program.get(at, headers={header: "DELETE"}).status_code == 200
    assert program.get(f"{at}?_method=PATCH").json["code"] == "invalid.unknown-field"
    assert program.get(at, headers={"Host": "evil.example"}).status_code == 400
    received = program.brings(b"x").json
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Original-URL": "/health/live",
    }
    assert program.get(received["links"]["self"], headers=forged).json["links"]["self"].startswith("/api/v1/")


def test_fields_come_once(house: House, calls: Calls) -> None:
    program = calls(house.person("chen", "archivist"))
    assert program.get(f"{DOCUMENTS}?page=1&page=2").json["code"] == "invalid.repeated-field"
    assert program.get("/api/v1/classes?x=1").json["code"] == "invalid.unknown-field"
    twice = [("title", "a"), ("title", "b"), ("file", (io.BytesIO(b"x"), "x.pdf"))]
    from werkzeug.datastructures import MultiDict

    refused = program.post(DOCUMENTS, data=MultiDict(twice))
    assert refused.json["code"] == "invalid.repeated-field"


def test_odd_values_in_the_address_are_refused_and_never_break_anything(house: House, calls: Calls) -> None:
    program = calls(house.person("chen", "archivist"))
    for query in (
        "page=0", "page=-1", f"page={10**30}", "page=1e3", "size=0", "size=101", "sort=%27", "sort=-newest",
        "class=%00", "class=A%27--", "class=" + "A" * 13, "state=filed%00", "mine=maybe", "unclassified=2",
    ):  # fmt: skip
        answer = program.get(f"{DOCUMENTS}?{query}")
        assert (answer.status_code, answer.json["code"]) == (422, "invalid"), query


def test_a_signed_in_browser_needs_the_form_token_to_change_anything(app: Flask, house: House) -> None:
    house.person("chen", "front_desk", password="a very long pass phrase 7")
    browser = app.test_client()
    page = browser.get("/sign-in").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    told = {"name": "chen", "password": "a very long pass phrase 7", "csrf_token": token}
    signed_in = browser.post("/sign-in", data=told)
    assert signed_in.status_code in (302, 303), signed_in.text
    assert browser.get(DOCUMENTS).json["total"] == 0

    def sends(**headers: str) -> tuple[int, str]:
        data = {"file": (io.BytesIO(b"from a browser"), "a.pdf")}
        answer = browser.post(DOCUMENTS, data=data, headers=headers)
        return answer.status_code, answer.json.get("code", "")

    assert sends() == (400, "stale-form")
    assert sends(**{"X-CSRFToken": "x"}) == (400, "stale-form")
    assert sends(Origin="https://evil.example") == (403, "from-elsewhere")
    assert sends(**{"Sec-Fetch-Site": "cross-site"}) == (403, "from-elsewhere")
    assert sends(Authorization="Bearer arc_wrong")[0] == 401
    fresh = browser.get("/account").text
    token = fresh.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert sends(**{"X-CSRFToken": token}) == (201, "")


def test_strangers_who_knock_too_often_are_asked_to_wait(
    app: Flask, house: House, calls: Calls, stranger: Caller
) -> None:
    program = calls(house.person("chen", "archivist"))
    most = int(limits.STRANGERS.split()[0])
    assert {stranger.get(DOCUMENTS).status_code for _ in range(most)} == {401}
    refused = stranger.get(DOCUMENTS)
    assert (refused.status_code, refused.json["code"]) == (429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) == timedelta(minutes=15).total_seconds()
    assert Caller(app, "arc_guess").get(DOCUMENTS).status_code == 429
    # Somebody's wrong script shuts out nobody else, even behind the same address.
    assert program.get(DOCUMENTS).status_code == 200
    assert stranger.get("/health/live").status_code == 200


def test_every_answer_carries_the_protecting_headers(house: House, calls: Calls, stranger: Caller) -> None:
    program = calls(house.person("chen", "archivist"))
    answers = [stranger.get(path) for path in OPEN]
    answers += [stranger.get(DOCUMENTS), program.get(DOCUMENTS), program.get(f"{DOCUMENTS}/x")]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "object-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Server" not in answer.headers
