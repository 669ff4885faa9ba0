"""Bodies that never come to an end and answers that nobody reads, over real sockets to the real server."""

import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import pytest

from archive_service import people, records, serving
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import Busy
from archive_service.kernel.ids import DocumentId
from archive_service.people import Scope
from archive_service.settings import Settings
from archive_service.web import assets, lines
from archive_service.web.lines import Places
from tests.support.web_server import WebServer, web_server

PASSWORD = "vier Worte am Stück 4711"
SLOWER_THAN_ANY_LINE: Final = 300
"""Bytes a second."""


@pytest.fixture
def house_of_today(sqlite_template: Path, tmp_path: Path) -> Iterator[Archive]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "archive.sqlite3").write_bytes(sqlite_template.read_bytes())
    archive = open_archive(Settings(data_dir=data, database_url=f"sqlite:///{data / 'archive.sqlite3'}"))
    password = people.hash_password(PASSWORD, "chen")
    with archive.unit_of_work(service_actor("cli")) as work:
        people.add_person(work, name="chen", display_name="陈", roles=["front_desk"], password=password)
    yield archive
    archive.close()


@pytest.fixture
def server(house_of_today: Archive) -> Iterator[WebServer]:
    with web_server(house_of_today.settings) as running:
        yield running


def sent(server: WebServer, head: str, body: bytes = b"", address: str = "127.0.0.1") -> socket.socket:
    """What has come so far from somebody at ``address``; ``head``: the first line and whatever else is told."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=120, source_address=(address, 0))
    method_and_path, *told = head.split("\n")
    lines_of_head = [f"{method_and_path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *told]
    line.sendall("\r\n".join([*lines_of_head, "", ""]).encode() + body)
    return line


def half_sent(server: WebServer, path: str, address: str, length: int = 1000) -> socket.socket:
    """A form of which four bytes come."""
    form = "Content-Type: application/x-www-form-urlencoded"
    return sent(server, f"POST {path}\n{form}\nContent-Length: {length}", b"name", address)


def status(line: socket.socket) -> str:
    """Of the answer; nothing if the server has shut the connection instead."""
    with suppress(ConnectionError):
        return line.recv(4000).decode("latin-1").partition("\r\n")[0].removeprefix("HTTP/1.1 ")
    return ""


def signs_in_again(visitor: httpx.Client) -> int:
    """As soon as the server has seen that the lines from there are gone."""
    deadline = time.monotonic() + 60
    while (answer := signs_in(visitor)) == 503:
        assert time.monotonic() < deadline
    return answer


@contextmanager
def dripping(drips: Sequence[socket.socket]) -> Iterator[None]:
    """From each of them a few bytes now and then, faster than would pass for silence."""
    ending = threading.Event()

    def drip() -> None:
        while not ending.wait(0.2):
            for line in drips:
                with suppress(OSError):  # shut by now
                    line.sendall(b"a" * (SLOWER_THAN_ANY_LINE // 5))

    sender = threading.Thread(target=drip)
    sender.start()
    try:
        yield
    finally:
        ending.set()
        sender.join()


def browser(server: WebServer, address: str = "127.0.0.1") -> httpx.Client:
    """Somebody who comes from ``address``."""
    return httpx.Client(base_url=server.url, timeout=30, transport=httpx.HTTPTransport(local_address=address))


def signs_in(visitor: httpx.Client) -> int:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/sign-in").text)
    assert found is not None
    form = {"csrf_token": found[1], "name": "chen", "password": PASSWORD}
    return visitor.post("/sign-in", data=form).status_code


def test_strangers_who_stop_in_the_middle_of_a_form_stop_nobody(server: WebServer) -> None:
    with ExitStack() as held:
        chen, elsewhere, there = (
            held.enter_context(browser(server, address))
            for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3")
        )
        assert signs_in(chen) == 302
        silent = [
            held.enter_context(closing(half_sent(server, path, "127.0.0.3")))
            for _ in range(serving.WEB_THREADS // 2 + 1)
            for path in ("/language", "/sign-in")
        ]
        assert elsewhere.get("/health/live").status_code == 200
        assert elsewhere.get("/sign-in").status_code == 200
        assert chen.post("/language", data={"language": "en"}).status_code == 303
        assert signs_in(elsewhere) == 302
        answers = [status(line) for line in silent]
        assert set(answers) <= {"", "503 Service Unavailable"}
        assert answers.count("503 Service Unavailable") >= len(silent) - 2 * lines.MOST_OF_STRANGERS
        assert signs_in_again(there) == 302


def test_strangers_whose_forms_drip_in_stop_nobody(server: WebServer) -> None:
    """At one address after the other, more than enough of them to take every place there is."""
    addresses = [f"127.0.1.{number}" for number in range(1, 5)]
    with ExitStack() as held:
        elsewhere, there = (
            held.enter_context(browser(server, address)) for address in ("127.0.0.2", addresses[0])
        )
        drips = [
            held.enter_context(closing(half_sent(server, "/sign-in", address, lines.STRANGERS_FORM_BYTES)))
            for address in addresses
            for _ in range(lines.MOST_OF_STRANGERS)
        ]
        with dripping(drips):
            assert elsewhere.get("/health/live").status_code == 200
            assert signs_in(elsewhere) == 302
            # They are cut off although they never pause, so nobody behind their own address waits for long.
            assert "" in {status(line) for line in drips}
            assert signs_in_again(there) == 302


@pytest.mark.parametrize("path", ["/sign-in", "/language", "/sign-in/code", "/sign-in/recovery", "/setup/x"])
@pytest.mark.parametrize(
    "told", [f"Content-Length: {lines.STRANGERS_FORM_BYTES + 1}", "Transfer-Encoding: chunked"]
)
def test_a_stranger_who_announces_much_is_refused_at_once(server: WebServer, path: str, told: str) -> None:
    """Nothing of the body comes, and nobody waits for it."""
    form = "Content-Type: application/x-www-form-urlencoded"
    with closing(sent(server, f"POST {path}\n{form}\n{told}")) as line:
        assert status(line) == "413 Payload Too Large"


@pytest.mark.parametrize(
    "path", ["POST /api/v1/documents", "POST /api/v1/uploads", "PATCH /api/v1/uploads/x"]
)
@pytest.mark.parametrize("token", ["", "\nAuthorization: Bearer of-nobody"])
def test_files_without_a_token_that_holds_are_refused_before_they_come(
    server: WebServer, path: str, token: str
) -> None:
    path = path.replace("/x", "/00000000-0000-4000-8000-000000000000")
    form = "Content-Type: multipart/form-data; boundary=x\nTus-Resumable: 1.0.0\nContent-Length: 1000000000"
    with closing(sent(server, f"{path}{token}\n{form}")) as line:
        assert status(line) == "401 Unauthorized"


def unread(server: WebServer, requests: str) -> socket.socket:
    """Asks for all of that and reads nothing of what comes."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.settimeout(30)
    line.connect(("127.0.0.1", server.port))
    line.sendall(requests.encode())
    return line


def test_strangers_who_ask_for_much_and_read_nothing_stop_nobody(server: WebServer) -> None:
    styles = next(path.name for path in assets.DIST.glob("app-*.css"))
    host = f"Host: 127.0.0.1:{server.port}\r\n\r\n"
    asked = f"GET /static/dist/{styles} HTTP/1.1\r\n{host}"
    with ExitStack() as held:
        chen = held.enter_context(browser(server))
        for _ in range(serving.WEB_THREADS + 18):
            # More than the kernel takes into its own buffers for each of them.
            held.enter_context(closing(unread(server, asked * 12)))
        # Each question waits behind one of every line, so after these all lines are stuck as deep as they get.
        for _ in range(40):
            assert chen.get("/health/live").status_code == 200
        assert signs_in(chen) == 302


def token_and_long_paper(archive: Archive) -> tuple[str, DocumentId]:
    """Of an archivist, and one of 30 MB."""
    with archive.unit_of_work(service_actor("cli")) as work:
        lin = people.add_person(work, name="lin", display_name="林", password=None, roles=["archivist"])
    with archive.reading() as session:
        actor = people.actor_of(session, lin, archive.clock.now(), via="page")
    assert actor is not None
    blob = archive.blobs.put([os.urandom(2**20)] * 30)
    with archive.unit_of_work(actor) as work:
        _, token = people.create_token(work, lin, name="scanner", scopes=(Scope.READ,))
        received = records.Received(blob.digest, blob.size, "scan.pdf")
        return token, records.add_document(work, received, records.Description(class_code="YZ.01"))


def test_files_that_nobody_reads_have_places_of_their_own(house_of_today: Archive, server: WebServer) -> None:
    token, paper = token_and_long_paper(house_of_today)
    asked = (
        f"GET /api/v1/documents/{paper}/versions/1/content HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    )
    with ExitStack() as held:
        here = held.enter_context(browser(server))
        waiting = [
            held.enter_context(closing(unread(server, asked))) for _ in range(serving.WEB_THREADS + 18)
        ]
        assert here.get("/health/live").status_code == 200
        assert signs_in(here) == 302
        first = [line.recv(100).decode("latin-1").partition("\r\n")[0] for line in waiting]
        assert first.count("HTTP/1.1 200 OK") == lines.MOST_DOWNLOADS_EACH
        assert first.count("HTTP/1.1 503 Service Unavailable") == len(first) - lines.MOST_DOWNLOADS_EACH


def test_there_are_always_threads_that_read_no_body() -> None:
    assert lines.MOST_OF_PEOPLE + lines.MOST_OF_STRANGERS + lines.MOST_DOWNLOADS <= serving.WEB_THREADS - 16
    assert lines.MOST_LINES < lines.MOST_OF_PEOPLE


def place(held: ExitStack, address: str) -> None:
    held.callback(Places({"strangers": lines.MOST_OF_STRANGERS}, f"from {address}").leave)


def test_one_address_after_the_other_leaves_places_for_the_next() -> None:
    with ExitStack() as held:
        for number in range(lines.FOR_OTHERS):
            place(held, f"10.0.0.{number}")
            with suppress(Busy):
                for _ in range(lines.MOST_OF_STRANGERS):
                    place(held, f"10.0.0.{number}")
        place(held, "10.0.1.1")


def test_places_of_strangers_come_to_an_end_and_come_back() -> None:
    with ExitStack() as held:
        for number in range(lines.MOST_OF_STRANGERS):
            place(held, f"10.0.0.{number}")
        with pytest.raises(Busy):
            place(held, "10.0.1.1")
    with ExitStack() as held:
        place(held, "10.0.1.1")
