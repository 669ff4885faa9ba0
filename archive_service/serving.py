"""Runs the parts as processes: the web server, the worker, and both together with a hand on them."""

import ctypes
import errno
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from archive_service.settings import Settings

HERE: Final = Path(__file__).parent
PR_SET_PDEATHSIG: Final = 1
SUPERVISOR: Final = "ARCHIVE_SUPERVISOR_PID"
"""Not to be set by hand: it tells a part whose death it shares."""

START: Final = "ARCHIVE_START"
"""Not to be set by hand: the word by which a supervisor knows the web server that it started from any other."""
START_HEADER: Final = "X-Archive-Start"

PREPARED: Final = "prepared"
STOP_WITHIN_SECONDS: Final = 15.0
READY_WITHIN_SECONDS: Final = 20.0
FREE_WITHIN_SECONDS: Final = 5.0
"""A killed predecessor's port is free in a moment, but on a busy machine not in the same."""
STEADY_AFTER_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 30.0
WEB_THREADS: Final = 160
"""More than bodies may be read and files sent at once, see ``web.lines``: the others answer everything else."""


def serve_web(settings: Settings) -> None:
    """Granian in this process, one worker process under it; returns after a clean stop."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "archive_service.wsgi:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=1,
        blocking_threads=WEB_THREADS,
        # Of HTTP/2 one connection brings many requests at once and goes on answering small things, so nobody could
        # tell by it which body is late. Browsers speak that with a proxy only, and proxies HTTP/1.1 with us.
        http=HTTPModes.http1,
        websockets=False,
        log_access=False,
        # Whoever starts the service is told where it is, not what each part of it does; and it warns of more threads
        # than cores, which is meant: a thread is taken for as long as somebody's slow line brings a file.
        log_level=LogLevels.debug if settings.log_level == "DEBUG" else LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=10,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, keep_alive=True),
        log_dictconfig=GRANIAN_LOGS,
    )
    server.serve()


GRANIAN_LOGS: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {}},  # no lines of its own form: they go where all others go
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def obstacle(settings: Settings) -> OSError | None:
    """Why nobody can listen where the settings say, or None. A taken port has FREE_WITHIN_SECONDS to become free."""
    until = time.monotonic() + FREE_WITHIN_SECONDS
    while True:
        error = _try_to_bind(settings)
        if error is None or error.errno != errno.EADDRINUSE or time.monotonic() >= until:
            return error
        time.sleep(0.1)


def _try_to_bind(settings: Settings) -> OSError | None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # What is left of ended connections is no obstacle, as it is none to the server.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        return error
    return None


def told(settings: Settings, error: OSError) -> str:
    """What ``obstacle`` found, for whoever starts the service."""
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is taken: another program listens on {where}. End it, or choose another port, "
            f"e.g. ARCHIVE_PORT={other_port(settings)}.\n"
            f"端口 {settings.port} 已被占用：另一个程序正在监听 {where}。请先结束该程序，或改用其他端口，"
            f"例如 ARCHIVE_PORT={other_port(settings)}。"
        )
    reason = error.strerror or type(error).__name__
    return (
        f"Can't listen on {where}: {reason}. Set ARCHIVE_HOST and ARCHIVE_PORT.\n"
        f"无法监听 {where}：{reason}。请设置 ARCHIVE_HOST 和 ARCHIVE_PORT。"
    )


def other_port(settings: Settings) -> int:
    return settings.port + 1 if settings.port < 65535 else settings.port - 1


def answers(settings: Settings, word: str) -> bool:
    """Whether the web server that was started with this word answers; any other that may listen there does not."""
    # Where it was told to, or, as long as nobody can sign in, on this machine only.
    for host in dict.fromkeys((settings.host, "127.0.0.1")):
        request = f"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:{settings.port}\r\nConnection: close\r\n\r\n"
        try:
            with socket.create_connection((host, settings.port), timeout=2) as line:
                line.sendall(request.encode())
                # Not with the standard library's client: what that imports would stay in the supervisor's memory.
                head = line.recv(4096)
        except OSError:
            continue
        if word.encode() in head:
            return True
    return False


def _prepared_for(settings: Settings) -> str:
    """Tells this release's migrations and file plan on this database from any other."""
    parts = [settings.database.encode()]
    for path in sorted(HERE.glob("migrations/versions/*.py")):
        parts += [path.name.encode(), path.read_bytes()]
    parts.append((HERE / "classification/data/file_plan.yaml").read_bytes())
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


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
    # The next part waits for it, so that neither slows the other down.
    is_ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float | None = None  # ended, and to be started then

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.start_again_at = None
        # A session of its own: the terminal's Ctrl-C reaches only the supervisor, which stops its parts in order.
        environment = {**os.environ, SUPERVISOR: str(os.getpid()), **self.environment}
        self.process = subprocess.Popen(self.command, start_new_session=True, env=environment)


class Supervisor:
    """Keeps parts running until SIGINT or SIGTERM, then stops all of them cleanly."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self._stop = threading.Event()

    def run(self, when_started: Callable[[], None] = lambda: None) -> None:
        """``when_started`` is called once, as soon as the first part is ready; the others follow."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        is_told = False
        try:
            for part in self.parts:
                part.start()
                is_ready = self._wait_for(part)
                if is_ready and part is self.parts[0] and not self._stop.is_set():
                    is_told = True
                    when_started()
            while not self._stop.wait(0.5):
                self.look_after(time.monotonic())
                if not is_told and self.parts[0].is_ready():
                    is_told = True
                    when_started()
        finally:
            self._end()

    def _wait_for(self, part: Part) -> bool:
        """Until it is ready, but not for ever: what is wrong with one part is no reason to keep the others away."""
        until = time.monotonic() + READY_WITHIN_SECONDS
        while not (is_ready := part.is_ready()) and time.monotonic() < until and not self._stop.wait(0.05):
            if part.process is None or part.process.poll() is not None:
                break
        return is_ready

    def look_after(self, now: float) -> None:
        """Start again what has ended, each part after a pause of its own that grows with its failures.

        ``now``: seconds of the monotonic clock.
        """
        for part in self.parts:
            if part.process is None or part.process.poll() is None:
                continue
            if part.start_again_at is None:
                if now - part.started_at > STEADY_AFTER_SECONDS:
                    part.failures = 0
                part.failures += 1
                part.start_again_at = now + pause_after(part.failures)
                print(
                    f"{part.name} ended with {part.process.returncode}; starting it again",
                    file=sys.stderr,
                    flush=True,
                )
            elif now >= part.start_again_at:
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


def pause_after(failures: int) -> float:
    """Seconds."""
    # Bounded before it is a power: a part may fail all night, and no float holds 2 ** 1024.
    return min(LONGEST_PAUSE_SECONDS, 0.5 * 2.0 ** min(failures, 6))


def whole_service(settings: Settings) -> Supervisor:
    python, word = sys.executable, secrets.token_hex(16)
    return Supervisor(
        [
            Part(
                "web",
                [python, "-m", "archive_service.cli", "web"],
                is_ready=lambda: answers(settings, word),
                environment={START: word},
            ),
            Part("worker", [python, "-m", "workers.runtime", "worker"]),
        ]
    )
