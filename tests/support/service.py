"""The whole service as a person would start it, in processes of its own, to be used, killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import psutil

READY_WITHIN_SECONDS: Final = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


class Service:
    """``archive up`` over ``data``. Ends what it started when the block ends, however that happens."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / "service.log"
        self.env = {
            **os.environ,
            "ARCHIVE_DATA_DIR": str(data),
            "ARCHIVE_PORT": str(self.port),
            "ARCHIVE_TWO_FACTOR": "offered",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Service":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "archive_service.cli", "up"],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_for(self.is_ready, READY_WITHIN_SECONDS)

    def stop(self) -> None:
        """As Ctrl-C does; what is left after a while is killed."""
        if self._process is None:
            return
        family = self.family()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        assert self._process is not None
        try:
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(
        self, choose: Callable[[list[psutil.Process]], list[psutil.Process]] = lambda all_: all_
    ) -> None:
        """SIGKILL to those chosen; by default to all of them at one stroke, as a power switch would."""
        for process in choose(self.family()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        return False

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> None:
        """Ask again and again until it is so. Raises TimeoutError with the end of the log."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(self.log.read_text("utf-8", "replace")[-3000:])
            time.sleep(0.1)

    def command(self, *arguments: str, stdin: str = "") -> str:
        """What ``archive …`` prints. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, "-m", "archive_service.cli", *arguments],
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def token_for(self, name: str, *roles: str, password: str = "a long enough password") -> str:
        """Make a person with these roles, and a token that reads and writes for them."""
        chosen = [word for role in roles for word in ("--role", role)]
        self.command("user", "create", "--name", name, *chosen, "--password-stdin", stdin=password + "\n")
        return self.command("token", "create", "--user", name, "--scope", "read", "--scope", "write")

    def client(self, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@contextlib.contextmanager
def serving(data: Path, **settings: str) -> Iterator[Service]:
    with Service(data, **settings) as service:
        yield service
