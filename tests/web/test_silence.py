"""Connections on which nothing goes on, among those that a server of this process has; the clock is told."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from archive_service.web import silence
from archive_service.web.silence import (
    LEAST_BYTES,
    LONGEST_UNREAD_SECONDS,
    SILENT_SECONDS,
    SLOW_READER,
    STRANGERS_BYTES,
    STRANGERS_SECONDS,
    UNREAD_SECONDS,
    Watch,
    waiting_for,
)

FILES = Path("/proc/self/fd")


class Server:
    """Takes connections and keeps both ends."""

    def __init__(self, held: ExitStack) -> None:
        self._held = held
        self._door = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port: int = self._door.getsockname()[1]

    def line(self, received_bytes: int = 0) -> tuple[socket.socket, socket.socket]:
        """The visitor's end and the server's."""
        visitor = self._held.enter_context(socket.socket())
        if received_bytes:
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, received_bytes)
        visitor.connect(("127.0.0.1", self.port))
        ours, _ = self._door.accept()
        self._held.enter_context(ours)
        ours.settimeout(30)
        visitor.settimeout(30)
        return visitor, ours


@pytest.fixture
def server() -> Iterator[Server]:
    with ExitStack() as held:
        yield Server(held)


def arrives(visitor: socket.socket, ours: socket.socket, content: bytes) -> None:
    visitor.sendall(content)
    left = len(content)
    while left:
        left -= len(ours.recv(left))


def is_shut(visitor: socket.socket) -> bool:
    visitor.setblocking(False)
    try:
        return visitor.recv(1) == b""
    except BlockingIOError:
        return False
    finally:
        visitor.settimeout(30)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """Somebody at 127.0.0.1 is waited for since then."""
    monkeypatch.setattr(silence.time, "monotonic", lambda: 1000.0)
    with waiting_for("127.0.0.1"):
        yield 1000.0


def test_a_sender_who_says_nothing_more_is_cut_off_and_the_read_ends(server: Server, begun: float) -> None:
    visitor, ours = server.line()
    arrives(visitor, ours, b"name")
    watch = Watch(server.port)
    assert watch.look(begun) == 0
    assert watch.look(begun + SILENT_SECONDS - 1) == 0
    assert not is_shut(visitor)
    assert watch.look(begun + SILENT_SECONDS) == 1
    assert ours.recv(10) == b""
    assert is_shut(visitor)


def test_a_sender_of_a_byte_now_and_then_is_cut_off_too(server: Server, begun: float) -> None:
    visitor, ours = server.line()
    watch, shut = Watch(server.port), 0
    for seconds in range(0, int(SILENT_SECONDS) + 5, 5):
        arrives(visitor, ours, b"a")
        shut += watch.look(begun + seconds)
    assert shut == 1


def test_a_slow_line_may_take_as_long_as_it_likes(server: Server, begun: float) -> None:
    visitor, ours = server.line()
    watch = Watch(server.port)
    for seconds in range(0, 600, int(SILENT_SECONDS)):
        assert watch.look(begun + seconds) == 0
        arrives(visitor, ours, b"a" * LEAST_BYTES)
    assert not is_shut(visitor)


def test_nobody_is_cut_off_whom_nobody_waits_for(server: Server) -> None:
    visitor, _ = server.line()
    watch = Watch(server.port)
    assert [watch.look(1000.0 + seconds) for seconds in (0, 60, 120)] == [0, 0, 0]
    with waiting_for("192.0.2.7"):
        assert watch.look(1e9) == 0
    assert not is_shut(visitor)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """The form of somebody at 127.0.0.1 who is not signed in is waited for since then."""
    monkeypatch.setattr(silence.time, "monotonic", lambda: 1000.0)
    with waiting_for("127.0.0.1", 1000.0):
        yield 1000.0


def test_a_stranger_is_cut_off_in_time_however_much_comes(server: Server, stranger: float) -> None:
    visitor, ours = server.line()
    watch, shut = Watch(server.port), []
    for seconds in range(int(STRANGERS_SECONDS) + 1):
        arrives(visitor, ours, b"a" * 8000)
        shut.append(watch.look(stranger + seconds))
    assert shut == [0] * int(STRANGERS_SECONDS) + [1]
    assert ours.recv(10) == b""


def test_a_stranger_who_still_reads_an_earlier_answer_is_cut_off_too(server: Server, stranger: float) -> None:
    visitor, ours = server.line(received_bytes=2048)
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            ours.send(b"a" * 65536)
    ours.settimeout(30)
    watch, shut = Watch(server.port), 0
    for seconds in range(int(STRANGERS_SECONDS) + 1):
        arrives(visitor, ours, b"a" * 300)
        assert shut == 0
        visitor.recv(65536)
        shut += watch.look(stranger + seconds)
    assert shut == 1


def test_a_persons_file_from_the_same_address_goes_on(server: Server, stranger: float) -> None:
    visitor, ours = server.line()
    arrives(visitor, ours, b"a" * STRANGERS_BYTES)
    watch = Watch(server.port)
    for seconds in range(60):
        arrives(visitor, ours, b"a" * 8000)  # 64 kbit/s
        assert watch.look(stranger + seconds) == 0


def test_who_is_answered_at_the_same_address_goes_on(server: Server, stranger: float) -> None:
    visitor, ours = server.line()
    watch = Watch(server.port)
    for seconds in range(0, 60, int(STRANGERS_SECONDS) // 2):
        arrives(visitor, ours, b"a" * 300)
        arrives(ours, visitor, b"b" * 300)
        assert watch.look(stranger + seconds) == 0


def test_who_has_just_come_has_time(server: Server, begun: float) -> None:
    watch = Watch(server.port)
    server.line()
    watch.look(begun)
    late, _ = server.line()
    assert watch.look(begun + SILENT_SECONDS) == 1
    assert not is_shut(late)


def test_an_answer_that_lies_unread_is_taken_back(server: Server) -> None:
    _visitor, ours = server.line(received_bytes=2048)
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            ours.send(b"a" * 65536)
    watch, shut = Watch(server.port), 0
    for seconds in range(0, int(UNREAD_SECONDS) + 1, 5):
        assert shut == 0
        shut += watch.look(1000.0 + seconds)
    assert shut == 1


def test_who_took_much_at_once_has_time_to_read_it(server: Server) -> None:
    """The other side's system takes in much before its slow program has read the first of it."""
    _visitor, ours = server.line(received_bytes=2**20)
    ours.setblocking(False)
    for _ in range(3):
        with suppress(BlockingIOError):
            while True:
                ours.send(b"a" * 65536)
    watch = Watch(server.port)
    watch.look(1000.0)
    taken = next(iter(watch._known.values())).stalled.taken
    assert taken > 2 * SLOW_READER
    assert watch.look(1000.0 + UNREAD_SECONDS + 1) == 0
    assert watch.look(1000.0 + LONGEST_UNREAD_SECONDS) == 1


def test_an_answer_that_is_read_slowly_is_not(server: Server) -> None:
    visitor, ours = server.line(received_bytes=2048)
    ours.setblocking(False)
    watch = Watch(server.port)
    for seconds in range(0, 300, int(UNREAD_SECONDS)):
        with pytest.raises(BlockingIOError):
            while True:
                ours.send(b"a" * 65536)
        assert watch.look(1000.0 + seconds) == 0
        left = 4 * 2**20
        while left > 0:
            with suppress(BlockingIOError):
                ours.send(b"a" * 65536)
            left -= len(visitor.recv(65536))


def test_other_connections_and_files_are_left_alone(server: Server, begun: float) -> None:
    before = {path.name for path in FILES.iterdir()}
    with ExitStack() as held:
        other = Server(held)
        visitor, _ = other.line()
        watch = Watch(server.port)
        assert [watch.look(begun + seconds) for seconds in (0, 60, 120)] == [0, 0, 0]
        assert not is_shut(visitor)
    assert {path.name for path in FILES.iterdir()} == before
