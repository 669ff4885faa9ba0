"""Ends connections on which nothing goes on any more, so that nobody keeps the server's threads by doing nothing.

The web server has no such limits, and a read that waits for a silent sender can't be given up from Python; but a
connection can be shut, and then the read ends by itself. The kernel counts what came and what was taken (Linux,
``tcp_info``). The web server doesn't tell by which of an address's connections a body comes, so what each of them
did tells it. Connections are found among this process's own files and never duplicated: closing a second number of
a database's file would drop the locks on it.
"""

import re
import socket
import struct
import termios
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from typing import Final

import structlog

LOOK_EVERY_SECONDS: Final = 2.0
SILENT_SECONDS: Final = 30.0
"""A sender who is waited for may be silent for so long, or as good as silent."""
UNREAD_SECONDS: Final = 60.0
"""And who is sent something may leave it lying for so long."""
SLOW_READER: Final = 10 * 1024
"""Bytes a second: what the other side's system took in at once, its program may read at its own pace first."""
LONGEST_UNREAD_SECONDS: Final = 900.0
LEAST_BYTES: Final = 8 * 1024
"""In that time; fewer are as good as none."""

STRANGERS_SECONDS: Final = 8.0
"""A stranger's form is there by then, however fast its line: it is small, see ``web.lines``."""
STRANGERS_BYTES: Final = 512 * 1024
"""No request of a stranger is longer, with all that the web server takes as a head: what is, is a person's file."""

_INFO_BYTES: Final = 148
_RECEIVED: Final = struct.Struct(
    "=120xQQ8xI"
)  # bytes acknowledged, bytes received, bytes that could not be sent yet
_COUNT: Final = struct.Struct("=i")
_SOCKET: Final = re.compile(r"socket:\[(\d+)]")


@dataclass(frozen=True, slots=True)
class _Wait:
    peer: str
    since: float
    strangers_since: float | None


_waits: dict[object, _Wait] = {}


@contextmanager
def waiting_for(peer: str, strangers_since: float | None = None) -> Iterator[None]:
    """Around a read of a body that comes from the address ``peer``.

    ``strangers_since``: when the first read of this body began, by the monotonic clock, if a stranger sends it.
    """
    wait = object()
    _waits[wait] = _Wait(peer, time.monotonic(), strangers_since)
    try:
        yield
    finally:
        del _waits[wait]


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    taken: int
    received: int
    unsent: int
    answered: int  # bytes written to it so far, taken or not


@dataclass(slots=True)
class _Line:
    """What was seen of one connection.

    ``stalled``: when what was sent last began to lie unread; ``answered``: bytes received by the last look at which
    more had been sent to it.
    """

    samples: deque[_Sample]
    stalled: _Sample
    answered: int


class Watch:
    """Looks at the connections that came in by one port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._known: dict[int, _Line] = {}

    def look(self, now: float) -> int:
        """Shut what has been idle; returns how many that were. ``now``: seconds of the monotonic clock."""
        waits = list(_waits.values())
        waited_for = {wait.peer for wait in waits if now - wait.since >= SILENT_SECONDS}
        overdue = {
            wait.peer
            for wait in waits
            if wait.strangers_since is not None and now - wait.strangers_since >= STRANGERS_SECONDS
        }
        known, self._known = self._known, {}
        shut = 0
        for inode, line in self._lines():
            try:
                peer = str(line.getpeername()[0]).partition("%")[0]
                sample = _sample(line, now)
                seen = known.get(inode) or _Line(deque(), sample, sample.received if sample.answered else 0)
                if seen.samples and sample.answered > seen.samples[-1].answered:
                    seen.answered = sample.received
                seen.samples.append(sample)
                if not sample.unsent or sample.taken - seen.stalled.taken >= LEAST_BYTES:
                    seen.stalled = sample
                if (
                    _is_unread(seen.stalled, now)
                    or (peer in waited_for and _is_silent(seen.samples))
                    or (peer in overdue and _is_late(seen))
                ):
                    line.shutdown(socket.SHUT_RDWR)
                    shut += 1
                    continue
            except (OSError, struct.error):  # gone in the meantime
                continue
            while now - seen.samples[0].at > SILENT_SECONDS + 2 * LOOK_EVERY_SECONDS:
                seen.samples.popleft()
            self._known[inode] = seen
        return shut

    def _lines(self) -> Iterator[tuple[int, socket.socket]]:
        """Each with the number that the kernel knows it by; they must not be kept."""
        for path in Path("/proc/self/fd").iterdir():
            try:
                found = _SOCKET.fullmatch(str(path.readlink()))
                if found is None:
                    continue
                line = socket.socket(fileno=int(path.name))
            except OSError:
                continue
            try:
                if (
                    line.family in (socket.AF_INET, socket.AF_INET6)
                    and line.type == socket.SOCK_STREAM
                    and line.getsockname()[1] == self._port
                ):
                    yield int(found[1]), line
            except OSError:
                continue
            finally:
                line.detach()  # it is the web server's, who also closes it

    def run(self) -> None:
        """For ever, in a thread of its own."""
        log = structlog.get_logger()
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            try:
                if shut := self.look(time.monotonic()):
                    log.info("web.idle-connections-shut", number=shut)
            except Exception:  # this look failed; there will be others
                log.exception("web.look-at-connections-failed")


def _sample(line: socket.socket, now: float) -> _Sample:
    """Raises OSError, struct.error."""
    info = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    taken, received, unsent = _RECEIVED.unpack(info)
    waiting: int = _COUNT.unpack(ioctl(line.fileno(), termios.TIOCOUTQ, bytes(_COUNT.size)))[0]
    return _Sample(now, taken, received, unsent, taken + waiting)


def _is_late(line: _Line) -> bool:
    """Whether a request that came by it, no longer than a stranger's can be, has been without an answer for so long."""
    last = line.samples[-1]
    first = next(
        (sample for sample in reversed(line.samples) if last.at - sample.at >= STRANGERS_SECONDS), None
    )
    return (
        first is not None
        and last.answered <= first.answered
        and last.received - line.answered <= STRANGERS_BYTES
    )


def _is_silent(samples: deque[_Sample]) -> bool:
    last = samples[-1]
    first = next((sample for sample in reversed(samples) if last.at - sample.at >= SILENT_SECONDS), None)
    # Who was sent something in the meantime has had an answer: that is a conversation, however short.
    return first is not None and last.received - first.received < LEAST_BYTES and last.taken == first.taken


def _is_unread(stalled: _Sample, now: float) -> bool:
    patience = min(UNREAD_SECONDS + stalled.taken // SLOW_READER, LONGEST_UNREAD_SECONDS)
    return now - stalled.at >= patience


def watch_connections(port: int) -> None:
    """Begin to look after the web server's connections, in the process that has them."""
    threading.Thread(target=Watch(port).run, name="idle-connections", daemon=True).start()
