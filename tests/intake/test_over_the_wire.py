"""Uploads over real sockets to the real server: other people's clients, broken lines, kills, two servers."""

import hashlib
import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from tusclient.client import TusClient

from archive_service import people, records
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.people import Scope
from archive_service.settings import Settings
from storage import parse_digest
from tests.intake.browser import OCTETS, metadata
from tests.support.web_server import WebServer, web_server

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MIB = 1024 * 1024


@pytest.fixture
def house_of_today(settings: Settings) -> Iterator[Archive]:
    """The same archive by the clock on the wall, as the server sees it."""
    archive = open_archive(settings)
    yield archive
    archive.close()


@pytest.fixture
def server(settings: Settings, house_of_today: Archive) -> Iterator[WebServer]:
    with web_server(settings) as running:
        yield running


@pytest.fixture
def headers(house_of_today: Archive) -> dict[str, str]:
    """What a scanner program of an archivist sends along."""
    with house_of_today.unit_of_work(service_actor("cli")) as work:
        user_id = people.add_person(work, name="chen", display_name="陈", roles=["archivist"])
        _, token = people.create_token(work, user_id, name="scanner", scopes=[Scope.READ, Scope.WRITE])
    return {"Authorization": f"Bearer {token}"}


def documents(archive: Archive) -> list[records.DocumentRow]:
    with archive.reading() as session:
        return records.documents(session, service_actor(), limit=1000)


def stored(archive: Archive, digest: str) -> str:
    """SHA-256 of the bytes that the store gives under ``digest``."""
    with archive.blobs.open(parse_digest(digest)) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # an ordinary file


def begin(server: WebServer, headers: dict[str, str], length: int, **told: str) -> str:
    answer = httpx.post(
        f"{server.url}/api/v1/uploads",
        headers={
            **headers,
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(length),
            "Upload-Metadata": metadata(told),
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def offset_of(server: WebServer, headers: dict[str, str], address: str) -> int:
    answer = httpx.head(f"{server.url}{address}", headers={**headers, "Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def patch(
    server: WebServer, headers: dict[str, str], address: str, offset: int, body: bytes, **more: str
) -> httpx.Response:
    return httpx.patch(
        f"{server.url}{address}",
        content=body,
        headers={
            **headers,
            "Tus-Resumable": "1.0.0",
            "Content-Type": OCTETS,
            "Upload-Offset": str(offset),
            **{name.replace("_", "-"): value for name, value in more.items()},
        },
        timeout=60,
    )


def open_line(
    server: WebServer, headers: dict[str, str], address: str, offset: int, length: int
) -> socket.socket:
    """A connection on which a PATCH of ``length`` bytes has been announced."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    lines = [
        f"PATCH {address} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Tus-Resumable: 1.0.0",
        f"Upload-Offset: {offset}",
        f"Content-Type: {OCTETS}",
        f"Content-Length: {length}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return line


def wait_for_offset(server: WebServer, headers: dict[str, str], address: str, offset: int) -> None:
    """What was sent is under way; how soon it is here, nobody promises."""
    deadline = time.monotonic() + 30
    while offset_of(server, headers, address) < offset:
        assert time.monotonic() < deadline, "the bytes did not arrive"


def test_another_client_uploads_in_parts_and_goes_on(
    server: WebServer, headers: dict[str, str], house_of_today: Archive
) -> None:
    content = os.urandom(2 * MIB + 17)
    client = TusClient(f"{server.url}/api/v1/uploads", headers=headers)
    told = {"filename": "3-1201 竣工图.pdf", "unit": "3-1201"}
    first = client.uploader(
        file_stream=io.BytesIO(content), chunk_size=512 * 1024, metadata=told, upload_checksum=True
    )
    first.upload(stop_at=MIB)
    second = client.uploader(
        file_stream=io.BytesIO(content), chunk_size=512 * 1024, url=first.url, upload_checksum=True
    )
    assert second.offset == MIB
    second.upload()
    [row] = documents(house_of_today)
    assert (row.title, row.unit, row.size) == ("3-1201 竣工图", "3-1201", len(content))
    assert row.digest == hashlib.sha256(content).hexdigest() == stored(house_of_today, row.digest)


@one_database
def test_a_line_cut_midway_keeps_what_came(
    server: WebServer, headers: dict[str, str], house_of_today: Archive
) -> None:
    content = os.urandom(4 * MIB)
    address = begin(server, headers, len(content), filename="a.pdf")
    with closing(open_line(server, headers, address, 0, len(content))) as line:
        line.sendall(content[: 3 * MIB])
        wait_for_offset(server, headers, address, 3 * MIB)
    assert offset_of(server, headers, address) == 3 * MIB
    deadline = time.monotonic() + 30
    while (answer := patch(server, headers, address, 3 * MIB, content[3 * MIB :])).status_code == 423:
        assert time.monotonic() < deadline  # the server has not yet seen that the line is gone
    assert answer.status_code == 204
    [row] = documents(house_of_today)
    assert row.digest == hashlib.sha256(content).hexdigest() == stored(house_of_today, row.digest)


@one_database
def test_two_lines_for_one_upload(
    server: WebServer, headers: dict[str, str], house_of_today: Archive
) -> None:
    address = begin(server, headers, 2 * MIB)
    with closing(open_line(server, headers, address, 0, 2 * MIB)) as line:
        line.sendall(b"a" * MIB)
        wait_for_offset(server, headers, address, MIB)
        assert patch(server, headers, address, MIB, b"b" * MIB).status_code == 423
        line.sendall(b"a" * MIB)
        assert line.recv(100).startswith(b"HTTP/1.1 204")
    [row] = documents(house_of_today)
    assert row.digest == hashlib.sha256(b"a" * 2 * MIB).hexdigest()


@one_database
def test_damaged_parts_are_sent_again(server: WebServer, headers: dict[str, str]) -> None:
    address = begin(server, headers, 6)
    wrong = patch(server, headers, address, 0, b"abc", Upload_Checksum="sha1 " + "A" * 27 + "=")
    assert wrong.status_code == 460
    assert offset_of(server, headers, address) == 0
    assert patch(server, headers, address, 0, b"abcdef").status_code == 204


@one_database
def test_two_hundred_megabytes_take_little_memory(
    server: WebServer, headers: dict[str, str], house_of_today: Archive
) -> None:
    """By both doors: in parts, and as a form. The server's own code and caches are loaded by a first file."""
    patch(server, headers, begin(server, headers, MIB), 0, os.urandom(MIB))
    _post_form(server, headers, os.urandom(MIB), 1)
    before = server.memory_bytes()
    block, blocks = os.urandom(MIB), 200
    address = begin(server, headers, blocks * MIB)
    with closing(open_line(server, headers, address, 0, blocks * MIB)) as line:
        for _ in range(blocks):
            line.sendall(block)
        assert line.recv(100).startswith(b"HTTP/1.1 204")
    in_parts = server.memory_bytes() - before
    _post_form(server, headers, block, blocks)
    by_form = server.memory_bytes() - before
    assert max(in_parts, by_form) < 40 * MIB, (in_parts, by_form)
    assert max(row.size for row in documents(house_of_today)) == blocks * MIB


def _post_form(server: WebServer, headers: dict[str, str], block: bytes, blocks: int) -> None:
    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="keep_both"\r\n\r\ntrue\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.pdf"\r\n\r\n'
        for _ in range(blocks):
            yield block
        yield b"\r\n--b--\r\n"

    answer = httpx.post(
        f"{server.url}/api/v1/documents",
        content=body(),
        headers={**headers, "Content-Type": "multipart/form-data; boundary=b"},
        timeout=120,
    )
    assert answer.status_code == 201, answer.text


@one_database
def test_a_killed_server_goes_on_where_it_was(
    server: WebServer, headers: dict[str, str], house_of_today: Archive
) -> None:
    content = os.urandom(8 * MIB)
    address = begin(server, headers, len(content), filename="a.pdf")
    acknowledged = 0
    for upto in (2 * MIB, 4 * MIB, 6 * MIB):
        with closing(open_line(server, headers, address, acknowledged, len(content) - acknowledged)) as line:
            line.sendall(content[acknowledged:upto])
            wait_for_offset(server, headers, address, upto)
            server.kill()
        server.start()
        acknowledged = offset_of(server, headers, address)
        assert acknowledged == upto
    assert patch(server, headers, address, acknowledged, content[acknowledged:]).status_code == 204
    [row] = documents(house_of_today)
    assert row.digest == hashlib.sha256(content).hexdigest() == stored(house_of_today, row.digest)


@one_database
def test_what_was_acknowledged_survives_kills(
    server: WebServer, headers: dict[str, str], house_of_today: Archive
) -> None:
    acknowledged: list[str] = []

    def keep_sending(stop: threading.Event) -> None:
        while not stop.is_set():
            content = os.urandom(50_000)
            try:
                address = begin(server, headers, len(content))
                if patch(server, headers, address, 0, content).status_code == 204:
                    acknowledged.append(hashlib.sha256(content).hexdigest())
            except httpx.HTTPError:
                pass

    for _ in range(3):
        stop = threading.Event()
        with ThreadPoolExecutor(3) as pool:
            for _ in range(3):
                pool.submit(keep_sending, stop)
            already = len(acknowledged)
            deadline = time.monotonic() + 30
            while len(acknowledged) < already + 10:
                assert time.monotonic() < deadline
            server.kill()
            stop.set()
        server.start()
    there = {row.digest for row in documents(house_of_today)}
    assert set(acknowledged) <= there
    assert all(stored(house_of_today, digest) == digest for digest in there)


def test_two_servers_and_one_file(
    server: WebServer, headers: dict[str, str], house_of_today: Archive, settings: Settings
) -> None:
    content = os.urandom(200_000)

    def send(number: int) -> int:
        to = (server, other)[number % 2]
        address = begin(to, headers, len(content), filename=f"{number}.pdf")
        return patch(to, headers, address, 0, content).status_code

    with web_server(settings) as other, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(50)))
    assert set(answers) == {204}
    assert [entry.size for entry in house_of_today.blobs.entries()] == [len(content)]
    assert len(documents(house_of_today)) == 1
    with house_of_today.reading() as session:
        states = session.execute(text("SELECT state, count(*) FROM upload GROUP BY state")).all()
    assert dict(map(tuple, states)) == {"received": 1, "duplicate": 1, "joined": 48}
    assert list(Path(settings.blobs_dir / "parts").iterdir()) == []


def test_two_servers_and_one_key(
    server: WebServer, headers: dict[str, str], house_of_today: Archive, settings: Settings
) -> None:
    """A program that is never sure whether it was heard sends the same again and again, everywhere at once."""
    content, posts, senders = os.urandom(50_000), 100, 8
    all_ready = threading.Barrier(senders)

    def keep_sending(sender: int) -> list[httpx.Response]:
        to = (server, other)[sender % 2]
        with httpx.Client(base_url=to.url, headers={**headers, "Idempotency-Key": "scan-1"}) as client:
            all_ready.wait(60)
            return [
                client.post(
                    "/api/v1/documents",
                    files={"file": ("3-1201.pdf", content)},
                    data={"title": "收楼验收单"},
                    timeout=60,
                )
                for _ in range(sender, posts, senders)
            ]

    with web_server(settings) as other, ThreadPoolExecutor(senders) as pool:
        answers = [answer for some in pool.map(keep_sending, range(senders)) for answer in some]
    assert len(answers) == posts
    [row] = documents(house_of_today)
    assert {(a.status_code, a.headers["Location"], a.content) for a in answers} == {
        (201, f"/api/v1/documents/{row.id}", answers[0].content)
    }
    assert answers[0].json()["sha256"] == row.digest == stored(house_of_today, row.digest)
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert [entry.digest for entry in house_of_today.blobs.entries()] == [row.digest]


@one_database
def test_silent_senders_do_not_stop_the_service(server: WebServer, headers: dict[str, str]) -> None:
    addresses = [begin(server, headers, 1000) for _ in range(12)]
    with ExitStack() as held:
        for address in addresses:
            held.enter_context(closing(open_line(server, headers, address, 0, 1000))).sendall(b"x")
        answers = [httpx.get(f"{server.url}/health/live", timeout=30).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
