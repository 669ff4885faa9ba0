"""The reader's side of the child processes: the forking parent, and one document's conversation."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Final

from workers.extraction.limits import Limits
from workers.extraction.pool import clean_environment
from workers.extraction.values import Reason, Unreadable
from workers.extraction.wire import Message, WireError, receive, send

_READY_S: Final = 60.0
_LAST_WORDS_S: Final = 5.0


class ForkServer:
    """The forking parent process: started when first needed, again if it died."""

    def __init__(self, limits: Limits) -> None:
        self._limits = asdict(limits)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The parent's process id, None while it isn't running."""
        return self._process.pid if self._process else None

    def fork(self, file: int, name: str) -> tuple[socket.socket, socket.socket]:
        """A new child for an open document: the socket to talk to it, and its lifeline.

        The child is killed when the lifeline is closed; by it comes what became of the child. Raises Unreadable
        (crashed) if the parent can't be started.
        """
        work, childs_work = socket.socketpair()
        lifeline, parents_lifeline = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        told = json.dumps({"name": name[-200:], "limits": self._limits}).encode()
        files = [childs_work.fileno(), file, parents_lifeline.fileno()]
        with childs_work, parents_lifeline, self._lock:
            for attempt in (1, 2):
                try:
                    socket.send_fds(self._running(), [told], files)
                    return work, lifeline
                except OSError as error:
                    self._end()
                    if attempt == 2:
                        work.close()
                        lifeline.close()
                        raise Unreadable(Reason.CRASHED, "no forking parent") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Ends the parent and all children."""
        with self._lock:
            self._end()

    def _running(self) -> socket.socket:
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers.extraction.parent", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=clean_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._control = ours
        ours.settimeout(_READY_S)
        if ours.recv(16) != b"ready":
            raise OSError("the forking parent ended while it started")
        ours.settimeout(None)
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(_LAST_WORDS_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class Session:
    """One document, asked by one thread at a time; the child behind it is replaced after a stretch of pages."""

    def __init__(self, server: ForkServer, path: Path, name: str, limits: Limits) -> None:
        """Raises OSError if the file can't be opened."""
        self._server = server
        self._name = name
        self._limits = limits
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._work: socket.socket | None = None
        self._lifeline: socket.socket | None = None
        self._answers = 0
        self._cpu_s = 0.0
        self._spent_s = 0.0
        self._asked = 0

    def ask(self, request: Message, *, stay: bool = False) -> Message:
        """The child's answer; the caller closes its files.

        ``stay``: keep the same child, since it holds something begun. Raises Unreadable with what the child
        tells, or with what became of it.
        """
        if not stay and (self._answers >= self._limits.chunk_pages or self._cpu_s > self._limits.cpu_s / 2):
            self._retire()
        if self._work is None:
            self._work, self._lifeline = self._server.fork(self._file, self._name)
        self._work.settimeout(self._limits.wall_s)
        try:
            send(self._work, request)
            answer = receive(self._work, self._limits.wall_s)
        except TimeoutError:
            self._retire()
            raise Unreadable(Reason.TIMED_OUT, f"no answer in {self._limits.wall_s:.0f} s") from None
        except (WireError, OSError):
            answer = None
        if answer is None:
            raise self._obituary()
        return self._accounted(answer)

    def close(self) -> None:
        """Ends the child, if any, and closes the document."""
        self._retire()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _accounted(self, answer: Message) -> Message:
        self._answers += 1
        self._asked += 1
        spent = answer.head.get("cpu_s")
        if isinstance(spent, int | float) and not isinstance(spent, bool):
            self._spent_s += max(0.0, spent - self._cpu_s)
            self._cpu_s = float(spent)
        if self._spent_s > self._limits.cpu_s + self._limits.page_cpu_s * self._asked:
            answer.close()
            raise Unreadable(
                Reason.TIMED_OUT, f"{self._spent_s:.0f} s of computing for {self._asked} answers"
            )
        if "reason" in answer.head:
            answer.close()
            try:
                reason = Reason(answer.word("reason"))
            except ValueError:
                reason = Reason.CRASHED
            raise Unreadable(reason, answer.word("detail"))
        return answer

    def _obituary(self) -> Unreadable:
        """Why the child ended without an answer."""
        status, max_rss = 0, 0
        if self._lifeline is not None:
            self._lifeline.settimeout(_LAST_WORDS_S)
            try:
                told = json.loads(self._lifeline.recv(4096) or b"{}")
                status, max_rss = int(told.get("status", 0)), int(told.get("max_rss", 0))
            except (OSError, ValueError):
                pass
        self._retire()
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if killed_by == signal.SIGXCPU:
            return Unreadable(Reason.TIMED_OUT, f"more than {self._limits.cpu_s} s of computing")
        # Libraries in C abort or fault where Python raises MemoryError: how much it held tells one from the other.
        if killed_by not in (0, signal.SIGKILL) and max_rss > self._limits.address_space * 0.4:
            return Unreadable(Reason.OUT_OF_MEMORY, f"signal {killed_by} at {max_rss >> 20} MiB")
        return Unreadable(Reason.CRASHED, f"signal {killed_by}" if killed_by else f"ended with {status}")

    def _retire(self) -> None:
        for end in (self._work, self._lifeline):
            if end is not None:
                end.close()
        self._work = self._lifeline = None
        self._answers = 0
        self._cpu_s = 0.0
