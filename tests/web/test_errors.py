"""Whatever goes wrong, a person reads what to do next and a program reads a stable code."""

import errno
import sqlite3

import psycopg
import pytest
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from structlog.testing import capture_logs
from werkzeug.test import Client

STATUS_OF = {
    "not-found": 404,
    "forbidden": 403,
    "invalid": 422,
    "conflict": 409,
    "too-large": 413,
    "too-many-requests": 429,
    "storage-full": 507,
    "storage-broken": 503,
    "busy": 503,
    "sign-in-needed": 401,
}
HTTP = (400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 416, 422, 423, 428, 429, 500, 501, 503)


@pytest.mark.parametrize(("code", "status"), STATUS_OF.items())
def test_an_error_has_its_status_as_a_page_and_as_problem_details(
    visitor: FlaskClient, code: str, status: int
) -> None:
    page = visitor.get(f"/fails/{code}")
    assert page.status_code == status
    assert page.mimetype == "text/html"
    answer = visitor.get(f"/api/v1/fails/{code}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == code
    assert answer.json["status"] == status
    assert answer.json["detail"]


@pytest.mark.parametrize("status", HTTP)
def test_every_refusal_of_the_framework_has_a_page_with_a_way_on(visitor: FlaskClient, status: int) -> None:
    page = visitor.get(f"/fails/{status}")
    assert page.status_code == status
    assert 'href="/"' in page.text
    assert "回到首页" in page.text
    assert visitor.get(f"/api/v1/fails/{status}").json["status"] == status  # type: ignore[index]


def test_an_error_speaks_the_language_of_the_reader(visitor: FlaskClient) -> None:
    assert "磁盘已满" in visitor.get("/fails/storage-full").text
    visitor.set_cookie("language", "en")
    assert "The disk is full" in visitor.get("/fails/storage-full").text


def test_a_program_may_ask_for_english(visitor: FlaskClient) -> None:
    def asked(language: str) -> str:
        answer = visitor.get("/api/v1/fails/busy", headers={"Accept-Language": language})
        return str(answer.json["detail"])  # type: ignore[index]

    assert asked("en-GB,en;q=0.8").startswith("The service is busy")
    assert asked("zh-CN") == "服务正忙，请稍后再试。"
    assert asked("fr") == "服务正忙，请稍后再试。"


def test_the_places_of_a_message_are_filled(visitor: FlaskClient) -> None:
    assert "文件超过了上限 2.0 GB。" in visitor.get("/fails/too-large").text


@pytest.mark.parametrize("path", ["/fails/inner", "/api/v1/fails/inner"])
def test_an_unexpected_failure_shows_a_reference_that_stands_in_the_log_and_nothing_else(
    visitor: FlaskClient, path: str
) -> None:
    visitor.application.config["PROPAGATE_EXCEPTIONS"] = False
    with capture_logs() as logs:
        answer = visitor.get(path)
    assert answer.status_code == 500
    (line,) = (entry for entry in logs if entry["event"] == "web.failed")
    assert line["reference"] in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EFBIG, 507), (errno.EIO, 503), (errno.EROFS, 503)],
)
def test_a_disk_that_refuses_is_told_as_such(visitor: FlaskClient, number: int, status: int) -> None:
    assert visitor.get(f"/fails/errno-{number}").status_code == status


def test_another_error_of_the_system_is_unexpected(visitor: FlaskClient) -> None:
    visitor.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert visitor.get(f"/fails/errno-{errno.EBADF}").status_code == 500


DATABASE: dict[str, tuple[Exception, int]] = {
    "nobody is let in": (OperationalError(None, None, psycopg.OperationalError("refused")), 503),
    "it stops": (OperationalError("SELECT 1", {}, psycopg.errors.AdminShutdown("ends")), 503),
    "too slow": (OperationalError("SELECT 1", {}, psycopg.errors.QueryCanceled("took too long")), 503),
    "no connection free": (NoConnectionFree("QueuePool limit"), 503),
    "locked": (OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")), 503),
    "cut off": (DBAPIError("SELECT 1", {}, Exception("EOF"), connection_invalidated=True), 503),
    "full": (OperationalError("INSERT", {}, psycopg.errors.DiskFull("no space left on device")), 507),
    "our mistake": (ProgrammingError("SELEC", {}, psycopg.errors.SyntaxError("near SELEC")), 500),
}


@pytest.mark.parametrize("when", ["in a view", "before it"])
@pytest.mark.parametrize("what", DATABASE)
def test_a_database_that_is_away_is_told_as_such(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, what: str, when: str
) -> None:
    error, status = DATABASE[what]

    def fails(*_: object, **__: object) -> None:
        raise error

    visitor.application.config["PROPAGATE_EXCEPTIONS"] = False
    if when == "in a view":
        monkeypatch.setitem(visitor.application.view_functions, "api.fails", fails)
    else:
        monkeypatch.setattr(SecureCookieSessionInterface, "open_session", fails)
    answer = Client(visitor.application).get("/api/v1/fails/busy")  # Flask's own opens the session once more
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert ("Retry-After" in answer.headers) == (status != 500)


def test_an_error_page_comes_even_if_nobody_can_say_who_is_looking(visitor: FlaskClient) -> None:
    def broken() -> None:
        raise RuntimeError("no database")

    visitor.application.extensions["archive_actor_loader"] = broken
    with capture_logs() as logs:
        answer = visitor.get("/fails/busy")
    assert answer.status_code == 503
    assert "服务正忙" in answer.text
    assert [entry["event"] for entry in logs] == ["web.refused", "web.error-page-failed"]


def test_a_script_of_the_page_gets_problem_details(visitor: FlaskClient) -> None:
    assert (
        visitor.get("/fails/conflict", headers={"HX-Request": "true"}).mimetype == "application/problem+json"
    )
    assert (
        visitor.get("/fails/conflict", headers={"Accept": "application/json"}).mimetype
        == "application/problem+json"
    )


def test_a_wrong_method_says_which_are_right(visitor: FlaskClient) -> None:
    answer = visitor.delete("/fails/1")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_an_unknown_page_is_not_found(visitor: FlaskClient) -> None:
    assert visitor.get("/nowhere").status_code == 404
    assert visitor.get("/api/v1/nowhere").mimetype == "application/problem+json"
