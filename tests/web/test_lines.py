"""Bodies that never come to an end and answers that nobody reads, over real sockets to the real server."""

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from archive_service import people, records, serving
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.people import Scope
from archive_service.settings import Settings
from archive_service.web import assets, lines
from tests.support.web_server import WebServer, web_server

PASSWORD = "vier Worte am Stück 4711"


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


def half_sent(server: WebServer, path: str) -> socket.socket:
    """A form of which four bytes come, and then nothing."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    line.sendall(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 1000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nname".encode()
    )
    return line


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
        chen, elsewhere, here = (
            held.enter_context(browser(server, address))
            for address in ("127.0.0.1", "127.0.0.2", "127.0.0.1")
        )
        assert signs_in(chen) == 302
        silent = [
            held.enter_context(closing(half_sent(server, path)))
            for _ in range(serving.WEB_THREADS // 2 + 1)
            for path in ("/language", "/sign-in")
        ]
        for path in ("/health/live", "/sign-in"):
            assert here.get(path).status_code == 200
        refused = silent[-1].recv(4000).decode("latin-1")
        assert refused.startswith("HTTP/1.1 503")
        assert "retry-after: " in refused.lower()
        assert here.post("/language", data={"language": "en"}).status_code == 503
        assert chen.post("/language", data={"language": "en"}).status_code == 303
        assert signs_in(elsewhere) == 302
        for line in silent:
            line.close()
        deadline = time.monotonic() + 30
        while (status := signs_in(here)) == 503:
            assert time.monotonic() < deadline  # the server has not yet seen that the lines are gone
        assert status == 302


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
