"""Papers through the whole service: embedded, and on PostgreSQL with Redis."""

import pickle
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy.engine import make_url

from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page
from tests.support.service import Service, serving


@pytest.fixture(params=["embedded", "postgres and redis"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    settings: dict[str, str] = {}
    if request.param != "embedded":
        from tests.support import servers

        server = make_url(request.getfixturevalue("postgres_server"))
        name = f"whole_{tmp_path.name.replace('-', '_')}".lower()[:60]
        url = servers.create_database(server, name)
        settings["ARCHIVE_DATABASE_URL"] = url.render_as_string(hide_password=False)
        settings["ARCHIVE_BROKER_URL"] = request.getfixturevalue("redis_url")
    with serving(tmp_path / "data", **settings) as service:
        yield service


def sent(client: httpx.Client, name: str, content: bytes) -> str:
    answer = client.post("/api/v1/documents", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def state_of(client: httpx.Client, document: str) -> str:
    return str(client.get(f"/api/v1/documents/{document}").json()["state"])


def found(client: httpx.Client, words: str) -> list[str]:
    return [hit["id"] for hit in client.get("/api/v1/search", params={"q": words}).json()["hits"]]


def test_a_scan_goes_in_and_is_found_by_its_words(service: Service) -> None:
    token = service.token_for("chen", "archivist")
    page = draw_page(
        "收楼验收单\n房号 云栖花园3栋1201\n水表底数0012 窗框密封胶开裂", chinese_font(), angle=1.2
    )
    with service.client(token) as client:
        scan = sent(client, "扫描.pdf", as_pdf([page]))
        note = sent(client, "便条.txt", "电梯维修记录 ZX-2026-0045".encode())
        broken = sent(client, "坏.pdf", b"%PDF-1.7\nnothing of a PDF follows")
        for document in (scan, note):
            service.wait_for(lambda document=document: state_of(client, document) == "searchable", 60)
        assert found(client, "窗框") == [scan]
        assert found(client, "ZX20260045") == [note]
        service.wait_for(lambda: state_of(client, broken) == "quarantined", 30)
        content = client.get(f"/api/v1/documents/{broken}/versions/1/content")
        assert content.content.startswith(b"%PDF-1.7")


def test_a_start_tells_where_the_service_is_and_nothing_of_its_parts(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as service:
        token = service.token_for("chen", "archivist")
        with service.client(token) as client:
            service.wait_for(lambda: not client.get("/api/v1/status").json()["unattended"], 60)
        address = f"The archive service is at {service.url}"
        service.wait_for(lambda: address in service.log.read_text("utf-8"), 60)
        first = [line for line in service.log.read_text("utf-8").splitlines() if line]
        assert len(first) == 4
        assert "/setup/" in first[2]
        assert first[3] == address


def test_a_killed_worker_is_replaced_and_goes_on(service: Service) -> None:
    token = service.token_for("chen", "archivist")
    page = draw_page("装修申请表\n门头 吊顶 隔墙", chinese_font())

    def the_worker(family: list[psutil.Process]) -> list[psutil.Process]:
        return [p for p in family if "workers.runtime" in " ".join(p.cmdline())]

    with service.client(token) as client:
        scan = sent(client, "申请.pdf", as_pdf([page, page, page]))
        service.wait_for(lambda: state_of(client, scan) == "reading", 30)
        service.kill(the_worker)
        service.wait_for(lambda: state_of(client, scan) == "searchable", 120)
        assert found(client, "吊顶") == [scan]


@pytest.mark.parametrize("working", [False, True], ids=["idle", "at work"])
def test_a_killed_supervisor_takes_everything_with_it(tmp_path: Path, working: bool) -> None:
    """Else the next start would find the port taken, or the data directory locked."""
    with serving(tmp_path / "data") as service:
        token = service.token_for("chen", "archivist")
        page = draw_page("装修申请表\n门头 吊顶 隔墙", chinese_font())
        with service.client(token) as client:
            service.wait_for(lambda: not client.get("/api/v1/status").json()["unattended"], 60)
            if working:
                scan = sent(client, "申请.pdf", as_pdf([page, page, page]))
                service.wait_for(lambda: state_of(client, scan) == "reading", 60)
        family = service.family()
        service.kill(lambda family: family[:1])
        _, left = psutil.wait_procs(family[1:], timeout=30)
        assert left == []
        service.stop()  # there is only the supervisor's exit status to collect
        service.start()
        with service.client(token) as client:
            service.wait_for(lambda: not client.get("/api/v1/status").json()["unattended"], 60)
            if working:
                service.wait_for(lambda: state_of(client, scan) == "searchable", 120)
            status = client.get("/api/v1/status").json()
        assert len(status["workers"]) == 1  # the killed one is forgotten
        service.stop()
        log = service.log.read_text("utf-8")
        assert "running on this data directory" not in log
        assert "starting it again" not in log


class Boom:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("/nonexistent/never"),))


def test_a_pickle_pushed_to_the_broker_is_refused(redis_url: str, tmp_path: Path) -> None:
    import base64
    import json

    with serving(tmp_path / "data", ARCHIVE_BROKER_URL=redis_url) as service:
        token = service.token_for("chen", "archivist")
        body = base64.b64encode(pickle.dumps(([Boom()], {}, {}))).decode()
        message = {
            "body": body,
            "content-type": "application/x-python-serialize",
            "content-encoding": "binary",
            "headers": {
                "task": "archive.handle",
                "id": "evil",
                "lang": "py",
                "argsrepr": "",
                "kwargsrepr": "",
            },
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": "evil",
                "delivery_info": {"exchange": "", "routing_key": "jobs"},
                "correlation_id": "evil",
            },
        }
        _push(redis_url, "jobs", json.dumps(message))
        with service.client(token) as client:
            note = sent(client, "之后.txt", "仍在工作".encode())
            service.wait_for(lambda: state_of(client, note) == "searchable", 60)
        service.wait_for(lambda: "ContentDisallowed" in service.log.read_text("utf-8"), 30)


def _push(url: str, queue: str, text: str) -> None:
    place = make_url(url)
    with socket.create_connection((place.host or "127.0.0.1", place.port or 6379), timeout=5) as wire:
        parts = [b"LPUSH", queue.encode(), text.encode()]
        wire.sendall(b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        assert wire.recv(64).startswith(b":")
