"""Bodies that never come to an end, over real sockets to the real server."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from archive_service import people, serving
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.settings import Settings
from archive_service.web import lines
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


def test_there_are_always_threads_that_read_no_body() -> None:
    assert lines.MOST_OF_PEOPLE + lines.MOST_OF_STRANGERS <= serving.WEB_THREADS - 8
    assert lines.MOST_LINES < lines.MOST_OF_PEOPLE
