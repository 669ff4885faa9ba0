"""What every request is held to, and what every answer carries."""

import re

import pytest
from flask.testing import FlaskClient

from archive_service.settings import Settings
from archive_service.web import safe_target
from archive_service.web.lines import STRANGERS_FORM_BYTES
from tests.web.conftest import CHEN, small_service

TOKEN = re.compile(r'name="csrf_token" type="hidden" value="([^"]+)"')


def token(client: FlaskClient) -> str:
    found = TOKEN.search(client.get("/upload").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ["/", "/nowhere", "/fails/500", "/api/v1/fails/404", "/static/dist/none.js"])
def test_every_answer_is_protected(visitor: FlaskClient, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["Content-Security-Policy"]
    for rule in (
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_pages_carry_no_inline_code(chen: FlaskClient) -> None:
    for path in ("/", "/upload", "/nowhere"):
        page = chen.get(path).text
        assert not re.search(r"<[^>]+\son\w+=", page)
        assert not re.search(r"<[^>]+\sstyle=", page)
        assert not re.search(r"<script(?![^>]*(?:\ssrc=|application/json))", page)
        assert "https://" not in page


@pytest.mark.parametrize(
    "host", ["archive.example", "ARCHIVE.lan:8000", "localhost:5000", "127.0.0.1", "[::1]:80"]
)
def test_the_service_answers_to_its_names(visitor: FlaskClient, host: str) -> None:
    assert visitor.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "archive.example.evil.example", "archive.example@evil.example", "127.0.0.1.nip.io", ""],
)
def test_a_forged_host_is_refused_and_not_repeated(visitor: FlaskClient, host: str) -> None:
    answer = visitor.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_forwarded_headers_are_not_believed(visitor: FlaskClient) -> None:
    answer = visitor.get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 200
    assert "evil.example" not in answer.text
    assert "Strict-Transport-Security" not in answer.headers


def test_a_declared_proxy_is_believed(settings: Settings) -> None:
    client = small_service(settings.model_copy(update={"trusted_proxies": 1})).test_client()
    headers = {"X-Forwarded-Host": "archive.example", "X-Forwarded-Proto": "https"}
    assert client.get("/", headers=headers).headers["Strict-Transport-Security"]
    assert client.get("/", headers={"X-Forwarded-Host": "evil.example"}).status_code == 400


def test_a_form_sent_from_its_own_page_is_taken(chen: FlaskClient) -> None:
    answer = chen.post(
        "/upload",
        data={"title": "电施-12", "csrf_token": token(chen)},
        headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200
    assert "电施-12" in answer.text


def test_the_public_address_is_an_origin_of_ours(chen: FlaskClient) -> None:
    answer = chen.post(
        "/upload",
        data={"title": "a", "csrf_token": token(chen)},
        headers={"Origin": "https://archive.example"},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_write_from_elsewhere_is_refused_even_with_a_token(
    chen: FlaskClient, headers: dict[str, str]
) -> None:
    answer = chen.post("/upload", data={"title": "a", "csrf_token": token(chen)}, headers=headers)
    assert answer.status_code == 403
    assert chen.post("/api/v1/things", data=b"x", headers=headers).status_code == 403


def test_a_form_without_its_token_is_refused(chen: FlaskClient) -> None:
    answer = chen.post("/upload", data={"title": "a"})
    assert answer.status_code == 400
    assert "刷新页面" in answer.text


def test_the_token_may_come_in_a_header(chen: FlaskClient) -> None:
    answer = chen.post("/upload", data={"title": "a"}, headers={"X-CSRFToken": token(chen)})
    assert answer.status_code == 200


def test_the_method_can_not_be_overridden(chen: FlaskClient) -> None:
    answer = chen.get("/upload?_method=POST&title=a", headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code == 200
    assert "<form" in answer.text
    assert chen.post("/fails/1", data={"_method": "GET"}).status_code == 405


@pytest.mark.parametrize("field", ["role", "level", "owner_id", "approved_by"])
def test_a_field_that_the_form_does_not_have_is_refused(chen: FlaskClient, field: str) -> None:
    answer = chen.post("/upload", data={"title": "a", field: "x", "csrf_token": token(chen)})
    assert answer.status_code == 400
    assert field in answer.text


def test_a_form_has_a_limit(chen: FlaskClient) -> None:
    assert chen.post("/api/v1/things", data=b"x" * (2 * 1024 * 1024 + 1)).status_code == 413
    assert chen.post("/api/v1/things", data=b"x" * 1024).json == {"bytes": 1024}


def test_a_strangers_form_has_a_smaller_one(visitor: FlaskClient) -> None:
    assert visitor.post("/api/v1/things", data=b"x" * STRANGERS_FORM_BYTES).json == {
        "bytes": STRANGERS_FORM_BYTES
    }
    for language, words in (("zh", "未登录时一次最多只能发送 16.0 KB"), ("en", "at most 16.0 KB at once")):
        answer = visitor.post(
            "/api/v1/things",
            data=b"x" * (STRANGERS_FORM_BYTES + 1),
            headers={"Accept-Language": language},
        )
        assert answer.status_code == 413
        assert answer.json is not None
        assert answer.json["code"] == "too-large.form"
        assert words in answer.json["detail"]


def test_a_door_for_files_may_lift_the_limit(chen: FlaskClient) -> None:
    size = 3 * 1024 * 1024
    assert chen.post("/api/v1/files", data=b"x" * size).json == {"bytes": size}


@pytest.mark.parametrize("target", ["/", "/documents/1?q=电施&page=2", "/a/b#c"])
def test_a_path_of_ours_is_followed(target: str) -> None:
    assert safe_target(target, "/home") == target


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "evil", "", None,
        "javascript:alert(1)", "/\t/evil.example", "/a\r\nSet-Cookie: a=b", "/a\\..\\b", "http:evil.example",
        " //evil.example",
    ],
)  # fmt: skip
def test_a_way_out_is_not_followed(target: str | None) -> None:
    assert safe_target(target, "/home") == "/home"


def test_cookies_are_for_tls_where_tls_is(settings: Settings) -> None:
    app = small_service(settings, CHEN)
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert app.config["SESSION_COOKIE_SECURE"] is True
    plain = small_service(settings.model_copy(update={"public_url": ""}), CHEN)
    assert plain.config["SESSION_COOKIE_NAME"] == "session"
    cookie = plain.test_client().get("/upload").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
