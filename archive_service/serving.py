"""Runs the parts as processes: the web server, the worker, and both together with a hand on them."""

import ctypes
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from archive_service.settings import Settings

PR_SET_PDEATHSIG: Final = 1
SUPERVISOR: Final = "ARCHIVE_SUPERVISOR_PID"
"""Not to be set by hand: it tells a part whose death it shares."""

PREPARED: Final = "prepared"
STOP_WITHIN_SECONDS: Final = 15.0
READY_WITHIN_SECONDS: Final = 20.0
WEB_THREADS: Final = 72
"""More than bodies may be read at once, see ``web.lines``: the others answer everything else."""


def serve_web(settings: Settings) -> None:
    """Granian in this process, one worker process under it; returns after a clean stop."""
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.server import Server

    server = Server(
        "archive_service.wsgi:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=1,
        blocking_threads=WEB_THREADS,
        websockets=False,
        log_access=False,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=10,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, keep_alive=True),
        log_dictconfig=GRANIAN_LOGS,
    )
    # It warns of more threads than cores, which is meant: a thread is taken for as long as somebody's slow line
    # brings a file.
    logging.getLogger("_granian").setLevel(logging.ERROR)
    server.serve()


GRANIAN_LOGS: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "ERROR"}},
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_listening(settings: Settings) -> bool:
    """Whether somebody answers at the service's port."""
    # Where it was told to, or, as long as nobody can sign in, on this machine only.
    for host in dict.fromkeys((settings.host, "127.0.0.1")):
        try:
            socket.create_connection((host, settings.port), timeout=1).close()
        except OSError:
            continue
        return True
    return False


def _prepared_for(settings: Settings) -> str:
    """Tells this release's migrations and file plan on this database from any other."""
    here = Path(__file__).parent
    parts = [settings.database, *sorted(path.name for path in (here / "migrations/versions").glob("*.py"))]
    plan = (here / "classification/data/file_plan.yaml").read_bytes()
    return hashlib.sha256("\n".join(parts).encode() + plan).hexdigest()


def is_prepared(settings: Settings) -> bool:
    """Whether this database was brought up to date by this release before: then the servers may start at once."""
    try:
        return (settings.data_dir / PREPARED).read_text("utf-8") == _prepared_for(settings)
    except OSError:
        return False


def mark_prepared(settings: Settings) -> None:
    (settings.data_dir / PREPARED).write_text(_prepared_for(settings), "utf-8")


def dies_with_its_parent(parent: int) -> None:
    """For a child of process ``parent``: killed as soon as that is gone, however it went.

    Whoever starts the service again the next moment must find its port and its data directory free. By force,
    because a clean end may take a while, and being killed costs nothing but time.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we asked
        os._exit(1)


def dies_with_its_supervisor() -> None:
    """The first thing a part of the whole service does; one that was started by itself lives by itself."""
    if supervisor := os.environ.pop(SUPERVISOR, ""):
        dies_with_its_parent(int(supervisor))


@dataclass(slots=True)
class Part:
    """One process that is started again when it ends by itself."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool] = lambda: (
        True
    )  # the next part waits for it, so that neither slows the other down
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = field(default=0.0)

    def start(self) -> None:
        self.started_at = time.monotonic()
        # A session of its own: the terminal's Ctrl-C reaches only the supervisor, which stops its parts in order.
        environment = {**os.environ, SUPERVISOR: str(os.getpid())}
        self.process = subprocess.Popen(self.command, start_new_session=True, env=environment)


class Supervisor:
    """Keeps parts running until SIGINT or SIGTERM, then stops all of them cleanly."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self._stop = threading.Event()

    def run(self, when_started: Callable[[], None] = lambda: None) -> None:
        """``when_started`` is called when the first part is ready; the others follow."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        try:
            for part in self.parts:
                part.start()
                self._wait_for(part)
                if part is self.parts[0] and not self._stop.is_set():
                    when_started()
            while not self._stop.wait(0.5):
                for part in self.parts:
                    self._look_after(part)
        finally:
            self._end()

    def _wait_for(self, part: Part) -> None:
        """Until it is ready, but not for ever: what is wrong with one part is no reason to keep the others away."""
        until = time.monotonic() + READY_WITHIN_SECONDS
        while not part.is_ready() and time.monotonic() < until and not self._stop.wait(0.05):
            if part.process is None or part.process.poll() is not None:
                return

    def _look_after(self, part: Part) -> None:
        if part.process is None or part.process.poll() is None:
            return
        if time.monotonic() - part.started_at > 60:
            part.failures = 0
        part.failures += 1
        print(
            f"{part.name} ended with {part.process.returncode}; starting it again",
            file=sys.stderr,
            flush=True,
        )
        if self._stop.wait(min(30.0, 0.5 * 2**part.failures)):
            return
        part.start()

    def _end(self) -> None:
        alive = [p.process for p in self.parts if p.process is not None and p.process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_SECONDS
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def whole_service(settings: Settings) -> Supervisor:
    python = sys.executable
    return Supervisor(
        [
            Part("web", [python, "-m", "archive_service.cli", "web"], lambda: is_listening(settings)),
            Part("worker", [python, "-m", "workers.runtime", "worker"]),
        ]
    )
