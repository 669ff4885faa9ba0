"""Recogniser processes: started when first needed, ended when idle, replaced when dead."""

import os
import queue
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from workers.extraction.wire import Message, WireError, receive, send

_ROOT: Final = Path(__file__).parents[2]
_READY_S: Final = 120.0  # models load in under two seconds; a machine may be busy
_Job = tuple[Message, "Future[Message]"]


class RecogniserDied(Exception):
    """A recogniser ended or fell silent twice over the same picture."""


def clean_environment() -> dict[str, str]:
    """What a process that handles foreign documents gets to know of ours: nothing that is secret."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return {
        **kept,
        "PYTHONPATH": str(_ROOT),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }


class Pool:
    """As many recognisers as ``size``, each with the thread that feeds it."""

    def __init__(self, size: int, idle_s: float, wall_s: float) -> None:
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._idle_s = idle_s
        self._wall_s = wall_s
        self._running: list[subprocess.Popen[bytes]] = []
        self._threads = [
            threading.Thread(target=self._feed, name=f"recogniser-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, request: Message) -> "Future[Message]":
        """The answer to come; the request's files are closed once it is there."""
        future: Future[Message] = Future()
        self._jobs.put((request, future))
        return future

    def processes(self) -> tuple[int, ...]:
        """Ids of the recognisers that are running now."""
        return tuple(process.pid for process in tuple(self._running))

    def close(self) -> None:
        """Ends all recognisers; requests that none has taken up fail."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(self._wall_s)
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job[0].close()
                job[1].set_exception(RecogniserDied("the reader was closed"))

    def _feed(self) -> None:
        recogniser: _Recogniser | None = None
        while True:
            try:
                job = self._jobs.get(timeout=self._idle_s if recogniser else None)
            except queue.Empty:
                self._end(recogniser)
                recogniser = None
                continue
            if job is None:
                self._end(recogniser)
                return
            request, future = job
            if not future.set_running_or_notify_cancel():
                request.close()
                continue
            try:
                for attempt in (1, 2):
                    try:
                        recogniser = recogniser or self._started()
                        future.set_result(recogniser.ask(request))
                        break
                    except (OSError, WireError) as error:
                        self._end(recogniser)
                        recogniser = None
                        if attempt == 2:
                            future.set_exception(RecogniserDied(str(error)))
            except Exception as error:
                # A recogniser that can't even start (a model missing) must tell the one who waits.
                self._end(recogniser)
                recogniser = None
                future.set_exception(error)
            finally:
                request.close()

    def _started(self) -> "_Recogniser":
        recogniser = _Recogniser(self._wall_s)
        self._running.append(recogniser.process)
        try:
            recogniser.wait_until_ready()
        except BaseException:
            self._end(recogniser)
            raise
        return recogniser

    def _end(self, recogniser: "_Recogniser | None") -> None:
        if recogniser is not None:
            recogniser.end()
            self._running.remove(recogniser.process)


class _Recogniser:
    def __init__(self, wall_s: float) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "workers.extraction.recogniser",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=[theirs.fileno()],
                env=clean_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._connection = ours
        self._wall_s = wall_s

    def wait_until_ready(self) -> None:
        if receive(self._connection, _READY_S) is None:
            raise WireError("the recogniser ended while it started")

    def ask(self, request: Message) -> Message:
        self._connection.settimeout(self._wall_s)
        send(self._connection, request)
        answer = receive(self._connection, self._wall_s)
        if answer is None:
            raise WireError("the recogniser ended")
        return answer

    def end(self) -> None:
        self._connection.close()
        self.process.kill()
        self.process.wait()
