"""The upload protocol (tus 1.0) at both of its doors, request by request."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import pytest
from flask import Flask

from archive_service import people, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Busy
from archive_service.kernel.ids import UserId
from archive_service.web import lines
from tests.intake.browser import OCTETS, Browser, metadata
from tests.support.house import House

Opener = Callable[[Actor], Browser]
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def browser(browser_of: Opener, chen: Actor) -> Browser:
    return browser_of(chen)


def documents(archive: Archive) -> list[records.DocumentRow]:
    with archive.reading() as session:
        return records.documents(session, service_actor())


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    digest = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


def test_the_server_says_what_it_can(browser: Browser, archive: Archive) -> None:
    for path in ("/uploads/tus", browser.begin(3)):
        answer = browser.tus("OPTIONS", path, Tus_Resumable="")
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert set(answer.headers["Tus-Extension"].split(",")) == {
            "creation", "creation-with-upload", "expiration", "checksum", "termination",
        }  # fmt: skip
        assert answer.headers["Tus-Max-Size"] == str(archive.settings.max_upload_bytes)
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_a_file_in_two_parts(browser: Browser, archive: Archive) -> None:
    address = browser.begin(6, filename="3-1201 图纸.pdf", filetype="application/pdf", unit="3-1201")
    first = browser.send(address, 0, b"abc")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "3")
    head = browser.tus("HEAD", address)
    assert (head.status_code, head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (200, "3", "6")
    assert head.headers["Cache-Control"] == "no-store"
    assert head.headers["Upload-Expires"] == "Mon, 16 Mar 2026 01:00:00 GMT"
    assert metadata({"unit": "3-1201"}) in head.headers["Upload-Metadata"]
    assert browser.result(address)["state"] == "pending"
    last = browser.send(address, 3, b"def")
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "6")
    assert last.headers["Tus-Resumable"] == "1.0.0"
    [row] = documents(archive)
    assert browser.result(address) == {
        "state": "received",
        "document_url": f"/documents/{row.id}",
        "title": "3-1201 图纸",
        "existing": [],
        "keep_url": None,
        "drop_url": None,
        "document": str(row.id),
        "message": "已安全保存。",
    }
    again = browser.tus("HEAD", address)
    assert (again.status_code, again.headers["Upload-Offset"]) == (200, "6")


def test_a_small_file_comes_with_its_announcement(browser: Browser, archive: Archive) -> None:
    answer = browser.tus(
        "POST", "/uploads/tus", b"abc", kind=OCTETS, Upload_Length="3", Upload_Checksum=checksum(b"abc")
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "3")
    assert browser.result(answer.headers["Location"])["state"] == "received"
    partly = browser.tus("POST", "/uploads/tus", b"xy", kind=OCTETS, Upload_Length="3")
    assert (partly.status_code, partly.headers["Upload-Offset"]) == (201, "2")


def test_a_duplicate_is_told_with_its_ways_out(browser: Browser, house: House, chen: Actor) -> None:
    there = house.paper(chen, b"abc", title="原件 330102199003071230")
    address = browser.begin(3, filename="copy.pdf")
    browser.send(address, 0, b"abc")
    result = browser.result(address)
    assert result["state"] == "duplicate"
    [existing] = result["existing"]  # type: ignore[misc]  # a list
    assert existing["url"] == f"/documents/{there}"
    assert "330102199003071230" not in existing["title"]
    kept = browser.post(str(result["keep_url"]), Accept="application/json")
    assert kept.json is not None and kept.json["state"] == "received"
    assert browser.result(address)["document_url"] == kept.json["document_url"]


def test_asked_once_more_it_is_the_same_question_with_one_answer(
    browser: Browser, house: House, chen: Actor
) -> None:
    house.paper(chen, b"abc")
    first, again = browser.begin(3, filename="copy.pdf"), browser.begin(3, filename="copy 2.pdf")
    for address in (first, again):
        assert browser.send(address, 0, b"abc").status_code == 204
    asked, joined = browser.result(first), browser.result(again)
    assert asked["state"] == "duplicate"
    assert joined == asked
    kept = browser.post(str(joined["keep_url"]), Accept="application/json").json
    assert kept is not None
    assert (
        browser.result(again)["document_url"] == browser.result(first)["document_url"] == kept["document_url"]
    )


def test_a_copy_of_an_older_version_leads_to_that_version(
    browser: Browser, house: House, chen: Actor
) -> None:
    there = house.paper(chen, b"abc", title="验收单")
    with house.work(chen) as work:
        records.add_version(work, there, house.blob(b"renewed"), "补签")
    address = browser.begin(3, filename="copy.pdf")
    browser.send(address, 0, b"abc")
    result = browser.result(address)
    assert result["existing"] == [{"url": f"/documents/{there}/versions/1", "title": "验收单（第 1 版）"}]
    assert "旧版本" in str(result["message"])
    assert browser.get(f"/documents/{there}/versions/1").status_code == 200


def test_a_new_version_with_the_bytes_of_another_document(
    browser: Browser, house: House, chen: Actor
) -> None:
    other, paper = house.paper(chen, b"abc", title="收据"), house.paper(chen, b"first", title="验收单")
    address = browser.begin(3, document_id=str(paper), reason="补签")
    browser.send(address, 0, b"abc")
    result = browser.result(address)
    assert (result["state"], result["title"]) == ("received", "验收单")
    assert result["existing"] == [{"url": f"/documents/{other}", "title": "收据"}]
    assert "选错" in str(result["message"])


def test_a_failed_upload_says_why(browser: Browser, house: House, chen: Actor) -> None:
    paper = house.paper(chen, b"abc")
    address = browser.begin(3, document_id=str(paper), reason="again")
    assert browser.send(address, 0, b"abc").status_code == 204
    result = browser.result(address)
    assert result["state"] == "failed"
    assert "1" in str(result["message"]) and "%(" not in str(result["message"])


ANNOUNCEMENTS: Final[list[tuple[dict[str, str], int]]] = [
    ({"Tus_Resumable": ""}, 412),
    ({"Tus_Resumable": "0.2.2"}, 412),
    ({"Upload_Length": ""}, 400),
    ({"Upload_Length": "-1"}, 400),
    ({"Upload_Length": "1e3"}, 400),
    ({"Upload_Length": "１２"}, 400),
    ({"Upload_Length": "9" * 30}, 400),
    ({"Upload_Length": "0"}, 422),
    ({"Upload_Length": str(2**40)}, 413),
    ({"Upload_Defer_Length": "1"}, 400),
    ({"Upload_Concat": "partial"}, 400),
    ({"Upload_Metadata": "filename"}, 201),
    ({"Upload_Metadata": "filename ###"}, 400),
    ({"Upload_Metadata": "filename YWJj,filename YWJj"}, 400),
    ({"Upload_Metadata": "filename /w=="}, 400),
    ({"Upload_Metadata": " YWJj"}, 400),
    ({"Upload_Metadata": "role YWRtaW4="}, 400),
    ({"Upload_Metadata": "owner_id MQ=="}, 400),
    ({"Upload_Metadata": "level U0VDUkVU"}, 422),
    ({"Upload_Metadata": "reason YQ=="}, 400),
    ({"Upload_Metadata": "filename " + "YWFh" * 4000}, 400),
    ({"Upload_Checksum": "crc32 AAAAAA=="}, 400),
    ({"X_CSRFToken": ""}, 400),
    ({"X_CSRFToken": "made up"}, 400),
    ({"Origin": "https://evil.example"}, 403),
]


@one_database
def test_announcements_that_are_not_right(browser: Browser) -> None:
    for headers, status in ANNOUNCEMENTS:
        answer = browser.tus("POST", "/uploads/tus", **{"Upload_Length": "3", **headers})
        assert answer.status_code == status, (headers, answer.text)
        if status >= 400:
            assert answer.content_type == "application/problem+json"
            assert answer.json is not None and answer.json["code"]


PARTS: Final[list[tuple[bytes, dict[str, str], int]]] = [
    (b"abc", {"Upload_Offset": "1"}, 409),
    (b"abc", {"Upload_Offset": ""}, 400),
    (b"abc", {"Upload_Offset": "-0"}, 400),
    (b"abc", {"Tus_Resumable": ""}, 412),
    (b"abc", {"kind": "application/octet-stream"}, 415),
    (b"abcdefg", {}, 413),
    (b"abc", {"Upload_Checksum": "sha1 " + base64.b64encode(b"x" * 20).decode()}, 460),
    (b"abc", {"Upload_Checksum": "sha256 " + base64.b64encode(b"x" * 32).decode()}, 460),
    (b"abc", {"Upload_Checksum": "sha1 eA=="}, 400),
    (b"abc", {"Upload_Checksum": "md5 " + base64.b64encode(b"x" * 16).decode()}, 400),
    (b"abc", {"X_CSRFToken": ""}, 400),
]


@one_database
def test_parts_that_are_not_right_leave_nothing(browser: Browser) -> None:
    address = browser.begin(6)
    for body, headers, status in PARTS:
        answer = browser.tus("PATCH", address, body, **{"Upload_Offset": "0", **headers})
        assert answer.status_code == status, (body, headers, answer.text)
        assert browser.tus("HEAD", address).headers["Upload-Offset"] == "0"


def test_right_checksums_are_believed(browser: Browser) -> None:
    address = browser.begin(6)
    assert browser.send(address, 0, b"abc", Upload_Checksum=checksum(b"abc")).status_code == 204
    assert browser.send(address, 3, b"def", Upload_Checksum=checksum(b"def", "sha256")).status_code == 204
    assert browser.result(address)["state"] == "received"


def test_no_method_is_put_in_the_place_of_another(browser: Browser) -> None:
    address = browser.begin(3)
    answer = browser.tus("POST", address, b"abc", X_HTTP_Method_Override="PATCH", Upload_Offset="0")
    assert answer.status_code == 405
    assert browser.tus("HEAD", address).headers["Upload-Offset"] == "0"


def test_given_up_is_gone(browser: Browser) -> None:
    address = browser.begin(6)
    browser.send(address, 0, b"abc")
    assert browser.tus("DELETE", address).status_code == 204
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = browser.tus(method, address, b"def" if method == "PATCH" else b"", Upload_Offset="3")
        assert answer.status_code == 410
        assert "Upload-Offset" not in answer.headers


def test_expired_is_gone(browser: Browser, house: House) -> None:
    from archive_service import intake

    address = browser.begin(6)
    house.clock.passes(days=8)
    intake.expire_uploads(house.archive)
    assert browser.tus("HEAD", address).status_code == 410


def test_the_uploads_of_others_are_not_there(browser: Browser, browser_of: Opener, li: Actor) -> None:
    address = browser.begin(6)
    other = browser_of(li)
    assert other.tus("HEAD", address).status_code == 404
    assert other.send(address, 0, b"abc").status_code == 404
    assert other.tus("DELETE", address).status_code == 404
    assert other.get(f"{address}/result").status_code == 404
    for decision in ("keep", "drop"):
        assert other.post(f"{address.replace('/tus', '')}/{decision}").status_code == 404
    assert browser.tus("HEAD", address).headers["Upload-Offset"] == "0"


def test_strangers_are_asked_to_sign_in(app: Flask, browser: Browser) -> None:
    stranger = app.test_client()
    from archive_service import web
    from archive_service.kernel.actor import ANONYMOUS

    web.set_actor_loader(app, lambda: ANONYMOUS)
    for door in ("/uploads/tus", "/api/v1/uploads"):
        answer = stranger.post(door, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "3"})
        assert answer.status_code in (400, 401)
        assert answer.content_type == "application/problem+json"
    assert stranger.get("/inbox").status_code == 303


class TestPrograms:
    """The same by token, under the API."""

    @pytest.fixture
    def token(self, house: House, chen: Actor, app: Flask) -> str:
        assert chen.user_id is not None
        with house.work() as work:
            _, token = people.create_token(
                work, UserId(chen.user_id), name="scanner", scopes=[people.Scope.READ, people.Scope.WRITE]
            )
        return token

    def test_a_file_by_token(self, app: Flask, token: str, archive: Archive) -> None:
        client = app.test_client()
        headers = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
        begun = client.post(
            "/api/v1/uploads",
            headers={**headers, "Upload-Length": "3", "Upload-Metadata": metadata({"filename": "a.pdf"})},
        )
        assert begun.status_code == 201
        address = begun.headers["Location"]
        assert address.startswith("/api/v1/uploads/")
        sent = client.patch(
            address, data=b"abc", headers={**headers, "Upload-Offset": "0"}, content_type=OCTETS
        )
        assert sent.status_code == 204
        result = client.get(f"{address}/result", headers=headers).json
        assert result is not None
        assert result["document_url"] == f"/api/v1/documents/{documents(archive)[0].id}"

    def test_a_copy_is_kept_or_dropped_by_token(self, app: Flask, token: str, house: House) -> None:
        house.paper(content=b"abc", class_code="WS.01")
        client = app.test_client()
        headers = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
        for decision, status, state in (("drop", 204, None), ("keep", 200, "received")):
            begun = client.post(
                "/api/v1/uploads", data=b"abc", headers={**headers, "Upload-Length": "3"}, content_type=OCTETS
            )
            result = client.get(f"{begun.headers['Location']}/result", headers=headers).json
            assert result is not None and result["state"] == "duplicate"
            where = result[f"{decision}_url"]
            refused = client.post(where, data={"role": "it_admin"}, headers=headers)
            assert refused.status_code == 400
            refused = client.post(where, json={"role": "it_admin"}, headers=headers)
            assert refused.status_code == 400
            decided = client.post(where, headers=headers)
            assert decided.status_code == status
            assert state is None or (decided.json is not None and decided.json["state"] == state)

    def test_a_cookie_alone_is_not_enough(self, browser: Browser) -> None:
        assert browser.tus("POST", "/api/v1/uploads", Upload_Length="3").status_code == 201
        answer = browser.tus("POST", "/api/v1/uploads", Upload_Length="3", X_CSRFToken="")
        assert answer.status_code == 400


def test_nobody_takes_all_the_places_for_bodies(chen: Actor, li: Actor) -> None:
    with ExitStack() as held:
        for _ in range(lines.MOST_LINES_EACH):
            held.enter_context(lines.upload_line(chen))
        with pytest.raises(Busy), lines.upload_line(chen):
            pass
        with lines.upload_line(li):
            pass
    with lines.upload_line(chen):
        pass


@one_database
def test_when_all_places_are_taken_the_sender_tries_again_later(
    browser: Browser, chen: Actor, archive: Archive
) -> None:
    address = browser.begin(3)
    with ExitStack() as held:
        for _ in range(lines.MOST_LINES_EACH):
            held.enter_context(lines.upload_line(chen))
        answer = browser.send(address, 0, b"abc")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert browser.upload(("a.pdf", b"aaa")).status_code == 503
    assert browser.send(address, 0, b"abc").status_code == 204
    assert len(documents(archive)) == 1
