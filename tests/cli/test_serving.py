"""The supervisor and what ``archive up`` and ``archive web`` do before they serve."""

import errno
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive_service import serving
from archive_service.cli import main
from archive_service.serving import Part, Supervisor
from archive_service.settings import Settings
from tests.support.service import Service

PROJECT = Path(serving.__file__).parents[1]


class Ended(subprocess.Popen[bytes]):
    """A process that has ended."""

    def __init__(self) -> None:
        self.returncode = 1

    def poll(self) -> int:
        return 1

    def __del__(self) -> None: ...


@dataclass(slots=True)
class Failing(Part):
    """Ends as soon as it is started."""

    starts: int = field(default=0)

    def start(self) -> None:
        self.start_again_at = None
        self.starts += 1
        self.process = Ended()


def failing(name: str, failures: int = 0) -> Failing:
    return Failing(name, [], process=Ended(), failures=failures)


def test_a_part_that_fails_all_night_is_started_again_and_again() -> None:
    worker = failing("worker", failures=5000)
    supervisor = Supervisor([worker])
    for now in (0.0, 29.0):
        supervisor.look_after(now)
        assert worker.starts == 0
    supervisor.look_after(30.0)
    assert worker.starts == 1
    assert worker.failures == 5001


def test_pauses_grow_up_to_half_a_minute() -> None:
    assert [serving.pause_after(failures) for failures in (1, 2, 3, 6, 1024, 10**6)] == [
        1.0, 2.0, 4.0, 30.0, 30.0, 30.0,
    ]  # fmt: skip


def test_a_dead_web_server_does_not_wait_for_a_worker_that_dies_and_dies() -> None:
    web, worker = failing("web"), failing("worker", failures=5000)
    supervisor = Supervisor([worker, web])
    supervisor.look_after(0.0)
    supervisor.look_after(1.0)
    assert (web.starts, worker.starts) == (1, 0)
    supervisor.look_after(30.0)
    assert worker.starts == 1


def test_a_part_that_ran_for_long_is_forgiven() -> None:
    web = failing("web", failures=9)
    web.started_at = 0.0
    Supervisor([web]).look_after(61.0)
    assert web.failures == 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_a_migration_that_was_changed_in_place_is_noticed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "archive_service"
    for folder in ("migrations/versions", "classification/data"):
        shutil.copytree(serving.HERE / folder, here / folder)
    monkeypatch.setattr(serving, "HERE", here)
    serving.mark_prepared(settings)
    assert serving.is_prepared(settings)
    (migration, *_) = sorted((here / "migrations/versions").glob("0001*.py"))
    migration.write_text(migration.read_text("utf-8") + "\n# another column\n", "utf-8")
    assert not serving.is_prepared(settings)


class Stranger(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Where another web server answers every question with 200."""
    with HTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        thread = threading.Thread(target=stranger.serve_forever)
        thread.start()
        yield stranger.server_port
        stranger.shutdown()
        thread.join()


@pytest.mark.parametrize("command", ["up", "web"])
def test_a_taken_port_is_told_and_nothing_is_started(
    command: str, taken_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "FREE_WITHIN_SECONDS", 0.0)
    data = tmp_path / "data"
    surroundings = {"ARCHIVE_DATA_DIR": str(data), "ARCHIVE_PORT": str(taken_port)}
    answer = CliRunner().invoke(main, [command], env=surroundings)
    assert answer.exit_code == 1
    assert f"Port {taken_port} is taken" in answer.stderr
    assert f"端口 {taken_port} 已被占用" in answer.stderr
    assert "ARCHIVE_PORT=" in answer.stderr
    assert answer.stdout == ""
    assert not data.exists()


def test_an_address_of_another_machine_is_told_as_well() -> None:
    elsewhere = Settings(host="192.0.2.1")
    error = serving.obstacle(elsewhere)
    assert error is not None
    assert error.errno == errno.EADDRNOTAVAIL
    assert "192.0.2.1" in serving.told(elsewhere, error)


def test_the_port_of_a_killed_predecessor_is_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter([OSError(errno.EADDRINUSE, "in use"), None])
    monkeypatch.setattr(serving, "_try_to_bind", lambda _settings: next(tries))
    monkeypatch.setattr(serving, "FREE_WITHIN_SECONDS", 600.0)
    assert serving.obstacle(settings) is None


def test_a_free_port_is_left_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for _ in range(2):
        assert serving.obstacle(Settings(port=port)) is None


def test_another_web_server_is_not_taken_for_ones_own(taken_port: int) -> None:
    assert not serving.answers(Settings(port=taken_port), "f" * 32)


def test_a_worker_that_is_still_starting_ends_at_ctrl_c(tmp_path: Path) -> None:
    service = Service(tmp_path / "data")
    service.command("migrate")
    lock = tmp_path / "data" / "worker.lock"
    # While somebody else writes it can't begin, so it is caught before Celery is there.
    writer = sqlite3.connect(tmp_path / "data" / "archive.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    worker = subprocess.Popen(
        [sys.executable, "-m", "archive_service.cli", "worker"], env=service.env, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 120
        while not lock.exists():
            assert worker.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        worker.send_signal(signal.SIGINT)
        assert worker.wait(120) == -signal.SIGINT
    finally:
        worker.kill()
        worker.wait()
        writer.close()


@pytest.mark.parametrize("file", [".gitignore", ".dockerignore"])
def test_passwords_beside_the_compose_file_go_nowhere(file: str) -> None:
    """It reads them from ``.env``, and the image takes the whole folder."""
    left_out = (PROJECT / file).read_text("utf-8").splitlines()
    for name in (".env", ".env.production"):
        assert any(fnmatch(name, pattern) for pattern in left_out)


def test_a_queue_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _path, words: started.append(words))
    surroundings = {"ARCHIVE_DATA_DIR": str(tmp_path)}
    answer = CliRunner().invoke(main, ["worker", "nonsense"], env=surroundings)
    assert answer.exit_code == 2
    assert "'nonsense' is not one of 'read', 'index', 'jobs'" in answer.stderr
    assert started == []
    assert CliRunner().invoke(main, ["worker", "read", "jobs"], env=surroundings).exit_code == 0
    assert [words[-2:] for words in started] == [["read", "jobs"]]


def test_help_of_a_command_opens_no_archive_and_a_word_like_it_is_searched(tmp_path: Path) -> None:
    service = Service(tmp_path / "data")
    assert "Find documents" in service.command("search", "--help")
    assert not (tmp_path / "data").exists()
    assert service.command("search", "--json", "--", "--help").startswith("{")
