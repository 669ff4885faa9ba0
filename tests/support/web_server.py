"""The web server alone, in a process of its own, over the same data as the test's own archive."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self

import httpx
import psutil

from archive_service.settings import Settings
from tests.support.service import free_port

READY_WITHIN_SECONDS: Final = 60.0


class WebServer:
    """``archive web``. Several of them may stand on one data directory."""

    def __init__(self, settings: Settings) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = settings.data_dir.parent / f"web-{self.port}.log"
        self._env = {
            **os.environ,
            **{
                f"ARCHIVE_{name.upper()}": str(value)
                for name, value in settings.model_dump(exclude={"host", "port"}).items()
            },
            "ARCHIVE_PORT": str(self.port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Returns when it answers. Raises TimeoutError with the end of its log."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "archive_service.cli", "web"],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.kill()
                raise TimeoutError(self._log.read_text("utf-8", "replace")[-3000:])
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/live", timeout=5).status_code == 200
        return False

    def kill(self) -> None:
        """SIGKILL to all of its processes at one stroke."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def memory_bytes(self) -> int:
        """Resident memory of the process that answers requests."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        return max(process.memory_info().rss for process in family)


@contextmanager
def web_server(settings: Settings) -> Iterator[WebServer]:
    with WebServer(settings) as server:
        yield server
